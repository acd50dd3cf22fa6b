import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["INPUT_API-KEY"])
client.chat.completions.create(model=os.environ["INPUT_MODEL"], messages=[])
