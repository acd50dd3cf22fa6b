import os

from openai import OpenAI

OpenAI().responses.create(model=os.environ["BOT_MODEL"], input="x")
