import os

from openai import OpenAI

print(OpenAI().responses.create(model=os.environ["ASK_MODEL"], input="x"))
