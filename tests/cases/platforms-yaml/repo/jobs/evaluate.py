import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["EVAL_MODEL"], input="x")
