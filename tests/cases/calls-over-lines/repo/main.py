import os

import requests
from openai import AzureOpenAI, OpenAI


class Judge:
    def __init__(self, model: str = "mistral:7b") -> None:
        self.model = model

    def ask(self, text: str) -> str:
        body = {
            "stream": False,
            "prompt": text,
            "model": self.model,
        }
        answer = requests.post(
            "http://localhost:11434/api/generate",
            json=body,
        )
        return answer.text


def summarise(text: str) -> str:
    model = "gpt-4o-mini"
    answer = OpenAI().chat.completions.create(
        messages=[
            {"role": "system", "content": "Summarise."},
            {"role": "user", "content": text},
        ],
        temperature=0,
        model=model,
    )
    return answer.choices[0].message.content


def translate(text: str) -> str:
    answer = OpenAI().chat.completions.create(
        messages=[
            {"role": "user", "content": text},
        ],
        temperature=0,
        model="gpt-4.1-mini",
    )
    return answer.choices[0].message.content


if __name__ == "__main__":
    print(summarise("x"), translate("y"), Judge().ask("z"))
