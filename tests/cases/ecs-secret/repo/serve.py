import os

from openai import OpenAI

OpenAI().chat.completions.create(model=os.getenv("MODEL"), messages=[])
