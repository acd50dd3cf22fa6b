from openai import OpenAI
def ask(m):
    return OpenAI().chat.completions.create(model=m, messages=[])
out = {m: ask(m) for m in ["gpt-4o", "gpt-4o-mini"]}
