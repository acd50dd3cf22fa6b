import os
from openai import OpenAI
os.environ.setdefault("MODEL", "gpt-4o")
OpenAI().chat.completions.create(model=os.environ["MODEL"], messages=[])
