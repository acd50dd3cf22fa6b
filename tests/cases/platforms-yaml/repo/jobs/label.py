import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["LABEL_MODEL"], input="x")
