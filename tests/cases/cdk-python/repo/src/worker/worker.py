import os

from openai import OpenAI

client = OpenAI()

while True:
    client.responses.create(model=os.environ["JUDGE_MODEL"], input="x")
