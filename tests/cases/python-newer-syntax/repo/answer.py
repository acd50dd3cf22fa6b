import os

from openai import OpenAI

type Text = str


class Box[T]:
    def __init__(self, inside: T) -> None:
        self.inside = inside


def ask(items: list[dict[str, Text]]) -> str:
    answer = OpenAI().responses.create(
        model=os.environ.get("ANSWER_MODEL", "gpt-5-mini"),
        input=f"Say which: {", ".join(i["name"] for i in items)}; {
            items[0]["why"]
        }",
    )
    return answer.output_text


print(ask([{"name": "a", "why": "b"}]))
