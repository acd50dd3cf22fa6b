from openai import OpenAI
def ask(q, **kwargs):
    model = kwargs.pop("model", "gpt-4o")
    return OpenAI().chat.completions.create(model=model, messages=[], **kwargs)
ask("x")
