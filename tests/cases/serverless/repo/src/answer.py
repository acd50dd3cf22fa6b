import os

from openai import OpenAI

client = OpenAI()


def handler(event, context):
    return client.responses.create(model=os.environ["ANSWER_MODEL"], input=event["text"])


def judge(event, context):
    return client.responses.create(model=os.environ["JUDGE_MODEL"], input=event["text"])
