from openai import OpenAI

OpenAI().responses.create(model="gpt-4.1-mini", input="x")
