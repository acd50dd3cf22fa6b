from openai import OpenAI
DEFAULTS = {"model": "gpt-4o", "temperature": 0}
def ask(**kw):
    return OpenAI().chat.completions.create(**{**DEFAULTS, **kw}, messages=[])
ask(temperature=1)
