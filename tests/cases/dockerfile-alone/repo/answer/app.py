import os

from openai import OpenAI


def handler(event, context):
    return OpenAI().chat.completions.create(model=os.environ["ANSWER_MODEL"], messages=[])
