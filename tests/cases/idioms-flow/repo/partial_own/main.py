from functools import partial
from openai import OpenAI
def ask(q, model):
    return OpenAI().chat.completions.create(model=model, messages=[])
quick = partial(ask, model="gpt-4o")
quick("x")
