import os
from openai import OpenAI
if not (m := os.environ.get("MODEL")):
    m = "gpt-4o"
OpenAI().chat.completions.create(model=m, messages=[])
