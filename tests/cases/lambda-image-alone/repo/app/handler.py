import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["KEY"])


def run(event, context):
    return client.responses.create(model=os.environ["WHO"], input="x")
