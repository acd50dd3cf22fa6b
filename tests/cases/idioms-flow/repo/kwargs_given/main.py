from openai import OpenAI
def ask(q, **kwargs):
    return OpenAI().chat.completions.create(model=kwargs.get("model", "gpt-4o-mini"), messages=[])
ask("x", model="gpt-4o")
