from openai import OpenAI
def setup():
    client = OpenAI()
    return client, "gpt-4o"
client, model = setup()
client.chat.completions.create(model=model, messages=[])
