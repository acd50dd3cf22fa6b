import os

from openai import OpenAI


def chat(event, context):
    client = OpenAI()
    client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=[])
    client.chat.completions.create(model=os.environ["RANK_MODEL"], messages=[])
    client.chat.completions.create(model=os.environ.get("SUM_MODEL", "gpt-4o-mini"), messages=[])
