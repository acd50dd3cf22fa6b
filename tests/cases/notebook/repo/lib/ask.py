from openai import OpenAI


def ask(question, model="gpt-4o-mini"):
    return OpenAI().chat.completions.create(model=model, messages=[{"role": "user", "content": question}])
