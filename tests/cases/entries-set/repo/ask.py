import os

from openai import OpenAI


class Settings:
    def __init__(self):
        self.key = os.environ["ASK_OPENAI_API_KEY"]
        self.model = os.environ.get("ASK_MODEL", "gpt-4o")


class Table:
    """Takes entries, but is no mapping."""

    def __init__(self, client):
        self.client = client
        self.rows = {}

    def __setitem__(self, key, value):
        self.rows[key] = value

    def embed(self, text):
        return self.client.embeddings.create(model="text-embedding-3-small", input=text)


def options(fast):
    found = {"temperature": 0}
    if fast:
        found["model"] = "gpt-4o-mini"
    else:
        found.update(model="gpt-4.1", seed=1)
    return found


def main(fast):
    settings = Settings()
    kwargs = {"timeout": 3}
    if settings.key:
        kwargs["api_key"] = settings.key
    client = OpenAI(**kwargs)
    given = dict(messages=[])
    given["model"] = settings.model
    client.chat.completions.create(**given)
    client.responses.create(input="x", **options(fast))
    table = Table(client)
    table["model"] = "gpt-3.5-turbo"
    for word in ("a", "b"):
        table[word] = word
    table.embed("x")


main(False)
