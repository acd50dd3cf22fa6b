import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["WORK_MODEL"], input="x")
