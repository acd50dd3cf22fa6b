import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["DIGEST_MODEL"], input="x")
