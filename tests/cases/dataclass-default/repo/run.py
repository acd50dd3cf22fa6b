from dataclasses import dataclass

from openai import OpenAI

client = OpenAI(base_url="http://proxy:4000", api_key="unused")


def ask(model, prompt):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])


@dataclass
class Options:
    model: str = "gpt-4o-mini"
    tries: int = 3


ask(Options().model, "a")
ask(Options(model="gpt-4o").model, "b")
