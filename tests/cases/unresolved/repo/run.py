import sys

from openai import OpenAI

client = OpenAI(base_url="http://proxy:4000", api_key="unused")


def ask(model, prompt):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])


ask(sys.argv[1], "hello")
