from openai import OpenAI
def ask(q, model):
    return OpenAI().chat.completions.create(model=model, messages=[])
