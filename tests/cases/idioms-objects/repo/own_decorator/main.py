import functools
from openai import OpenAI
def timed(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs)
    return inner
@timed
def ask(q, model="gpt-4o"):
    return OpenAI().chat.completions.create(model=model, messages=[])
ask("x")
