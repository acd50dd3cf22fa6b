from openai import OpenAI
def run(q):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
