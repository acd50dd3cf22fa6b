import os

from openai import OpenAI

client = OpenAI()


def main():
    text = input()
    client.responses.create(model=os.environ["GUARD_MODEL"], input=text)
    client.responses.create(model=os.environ["RANK_MODEL"], input=text)
    print(client.responses.create(model=os.environ["CHAT_MODEL"], input=text))


if __name__ == "__main__":
    main()
