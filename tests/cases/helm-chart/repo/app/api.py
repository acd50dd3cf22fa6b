import os

from openai import OpenAI

client = OpenAI()


def answer(text):
    client.embeddings.create(model=os.environ["EMBED_MODEL"], input=text)
    draft = client.responses.create(model=os.environ["CHAT_MODEL"], input=text)
    return client.responses.create(model=os.environ["JUDGE_MODEL"], input=draft.output_text)


answer("x")
