import os

from openai import OpenAI

client = OpenAI()
client.embeddings.create(model=os.environ["EMBED_MODEL"], input="x")
client.responses.create(model=os.environ["CHAT_MODEL"], input="x")
