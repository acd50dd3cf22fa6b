import os

from openai import OpenAI


def nightly(event, context):
    OpenAI().chat.completions.create(model=os.environ["CHAT_MODEL"], messages=[])
    OpenAI().chat.completions.create(model=os.environ["RANK_MODEL"], messages=[])
