from openai import OpenAI

client = OpenAI(base_url="http://envoy.internal/v1", api_key="unused")
print(client.chat.completions.create(model="team-chat", messages=[{"role": "user", "content": "hello"}]))
