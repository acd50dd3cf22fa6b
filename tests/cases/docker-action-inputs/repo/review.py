import os

from litellm import completion
from openai import OpenAI


def main():
    model = os.environ.get("AI_MODEL", "gpt-4o")
    completion(model=model, api_key=os.environ.get("GEMINI_API_KEY"), messages=[])
    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
    client.chat.completions.create(model="gpt-4o-mini", messages=[])


if __name__ == "__main__":
    main()
