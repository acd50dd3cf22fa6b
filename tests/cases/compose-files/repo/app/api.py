import os

from openai import OpenAI

client = OpenAI()
client.responses.create(model=os.environ["GUARD_MODEL"], input="check")
print(client.responses.create(model=os.environ["API_MODEL"], input="hello"))
