import os

from openai import OpenAI


def ask(text):
    return OpenAI().chat.completions.create(model=os.environ["TAG_MODEL"], messages=[{"role": "user", "content": text}])
