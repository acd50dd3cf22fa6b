import os
from openai import OpenAI
k = os.getenv("OPENAI_API_KEY")
os.environ["OPENAI_API_KEY"] = k
OpenAI().chat.completions.create(model="gpt-4", messages=[])
