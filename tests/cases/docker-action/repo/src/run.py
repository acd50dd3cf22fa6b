import argparse

from openai import OpenAI
from pydantic import BaseModel, Field


class Settings(BaseModel):
    chat_model: str = Field(default="gpt-4o")
    check_model: str = Field(default="gpt-4o")


def settings() -> Settings:
    parser = argparse.ArgumentParser()
    group = parser.add_argument_group("models")
    group.add_argument("--chat-model", default="gpt-3.5-turbo")
    group.add_argument("--check-model", default="gpt-3.5-turbo")
    return Settings(**vars(parser.parse_args()))


def main() -> None:
    given = settings()
    client = OpenAI()
    client.chat.completions.create(model=given.chat_model, messages=[])
    client.chat.completions.create(model=given.check_model, messages=[])


if __name__ == "__main__":
    main()
