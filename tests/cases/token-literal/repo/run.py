from openai import OpenAI

client = OpenAI(api_key="sk-proj-Zk3vQ9xLm2Tn8RbW5yHc")
client.chat.completions.create(model="gpt-4o", messages=[])
