import os

from openai import OpenAI


def embed(text):
    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    return client.embeddings.create(model=os.environ["EMBEDDING_MODEL"], input=text)


def judge(text):
    client = OpenAI(api_key=os.environ["JUDGE_API_KEY"])
    return client.responses.create(model=os.environ["CHAT_MODEL"], input=text)
