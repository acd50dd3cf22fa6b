import openai

client = openai.OpenAI(base_url="http://gateway:4000", api_key="unused")
client.chat.completions.create(model="fast", messages=[])
