import os

from openai import OpenAI

OpenAI(api_key=os.environ["OPENAI_API_KEY"]).responses.create(model=os.environ["MODEL"], input="x")
