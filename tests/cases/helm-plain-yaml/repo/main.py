import os

from openai import OpenAI

OpenAI().chat.completions.create(model=os.environ["LLM_MODEL"], messages=[])
