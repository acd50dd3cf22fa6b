from openai import OpenAI
def summarise(text):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
