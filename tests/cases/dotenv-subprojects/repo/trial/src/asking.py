import os

import openai

openai.api_key = os.getenv("OPENAI_API_KEY")


def ask(text):
    return openai.chat.completions.create(model=os.getenv("CHAT_MODEL"), messages=[text])
