from openai import OpenAI


def summarize(rows):
    client = OpenAI()
    return [client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": r}]) for r in rows]
