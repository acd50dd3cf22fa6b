import os

from openai import OpenAI

client = OpenAI()


def handler(event, context):
    head = client.chat.completions.create(model=os.environ["HEAD_MODEL"], messages=event["messages"])
    found = client.chat.completions.create(model=os.environ["CHAT_MODEL"], messages=event["messages"])
    return client.chat.completions.create(model=os.environ["RANK_MODEL"], messages=[head, found])
