from openai import OpenAI
client = OpenAI()
a = client.beta.assistants.create(name="x", model="gpt-4o")
