from consts import DEFAULT_MODEL
from openai import OpenAI
def ask(q, model=DEFAULT_MODEL):
    return OpenAI().chat.completions.create(model=model, messages=[])
ask("x")
