from openai import OpenAI
def answer(q):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
