import os

from openai import OpenAI


def main():
    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    for model in client.models.list():
        print(model.id)


main()
