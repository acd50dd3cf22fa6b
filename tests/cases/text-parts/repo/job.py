import os

from openai import OpenAI

FAVOURITES = ["gpt-4o", "gpt-4.1", "o3"]


def provider_and_model(written):
    if written is None:
        return None, None
    provider, model = written.split(":", 1)
    return provider, model


class Settings:
    def __init__(self):
        self.provider, self.model = provider_and_model(os.environ.get("SMART_LLM", "openai:ft:gpt-4.1-mini"))


client = OpenAI()
client.chat.completions.create(model=Settings().model, messages=[])
client.chat.completions.create(model=FAVOURITES[-1], messages=[])
client.embeddings.create(model="azure/eu/text-embedding-3-small".rsplit("/", 1)[-1], input=[])
client.embeddings.create(model="openrouter/text-embedding-3-large".partition("/")[2], input=[])
client.chat.completions.create(model="a:b:gpt-4o".split(":", int(os.environ["MOST"]))[-1], messages=[])
