import os

from openai import OpenAI


def handler(event, context):
    return OpenAI().responses.create(model=os.environ["RANK_MODEL"], input=event["text"])
