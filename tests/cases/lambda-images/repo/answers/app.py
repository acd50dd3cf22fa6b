import os

from openai import OpenAI


def handler(event, context):
    return OpenAI().responses.create(model=os.environ["ANSWER_MODEL"], input=event["q"]).output_text


def other(event, context):
    return OpenAI().responses.create(model="gpt-4.1-nano", input=event["q"]).output_text
