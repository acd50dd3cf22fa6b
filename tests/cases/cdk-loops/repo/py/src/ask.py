import os

from openai import OpenAI


def handler(event, context):
    client = OpenAI()
    client.chat.completions.create(model=os.environ["TASK_MODEL"], messages=[])
    return client.responses.create(model=os.environ["JUDGE_MODEL"], input="")
