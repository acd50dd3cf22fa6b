import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["ASK_MODEL"], input="x")
