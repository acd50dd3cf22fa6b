from openai import OpenAI

MODEL = "gpt-4o"

OpenAI().responses.create(model=MODEL, input="hello")
