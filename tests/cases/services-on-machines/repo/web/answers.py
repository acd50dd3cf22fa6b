import os

from openai import OpenAI

OpenAI().chat.completions.create(model=os.environ["WEB_MODEL"], messages=[])
