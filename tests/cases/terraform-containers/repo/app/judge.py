import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["JUDGE_MODEL"], input="x")
