import os

from openai import OpenAI

if __name__ == "__main__":
    OpenAI(api_key=os.environ["OPENAI_API_KEY"]).responses.create(model=os.environ["TAG_MODEL"], input="texts")
