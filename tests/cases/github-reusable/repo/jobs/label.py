import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
labels = client.responses.create(model=os.environ["LABEL_MODEL"], input="texts")
print(client.responses.create(model=os.environ["JUDGE_MODEL"], input=str(labels)))
