import os

from openai import OpenAI


def run(event, context):
    OpenAI().chat.completions.create(model=os.getenv("MODEL"), messages=[])
