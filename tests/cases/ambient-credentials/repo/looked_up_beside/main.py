import os
from openai import OpenAI
if not os.getenv("OPENAI_API_KEY"):
    raise SystemExit("no key")
OpenAI().chat.completions.create(model="gpt-4", messages=[])
