from openai import OpenAI
def ask(m):
    return OpenAI().chat.completions.create(model=m, messages=[])
list(map(ask, ["gpt-4o", "gpt-4o-mini"]))
