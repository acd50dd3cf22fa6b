"""Arguments that are spread, where what stands at a place may be one of several."""
import os

from openai import OpenAI

client = OpenAI()
BIG = os.getenv("BIG_MODEL", "gpt-5")
FIRST = "hello" if os.getenv("SHORT") else "good morning"


def ask(prompt, model):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])


def forwarded(*args):
    return ask(*args)


def second(*args):
    return client.chat.completions.create(model=args[1], messages=[])


def either(short):
    return ["hi", "gpt-4.1-mini"] if short else ["hello there", "gpt-4.1"]


if __name__ == "__main__":
    ask(*[FIRST, BIG])
    forwarded(FIRST, "gpt-4o")
    second(FIRST, "gpt-4o-mini")
    ask(*either(os.getenv("SHORT")))
