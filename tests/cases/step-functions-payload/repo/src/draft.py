from openai import OpenAI


def handler(event, context):
    return OpenAI().responses.create(model=event["model"], input=event["text"])
