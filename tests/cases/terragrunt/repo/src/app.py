import os

from openai import OpenAI


def handler(event, context):
    return OpenAI().responses.create(model=os.environ["APP_MODEL"], input=event["text"])
