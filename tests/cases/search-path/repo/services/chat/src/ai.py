from config import MODEL
from openai import OpenAI


def ask(q):
    return OpenAI().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": q}])
