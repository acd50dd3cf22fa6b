__all__ = ["ask"]
from openai import OpenAI
def ask(q):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
