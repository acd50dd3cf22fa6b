import os

from openai import OpenAI

client = OpenAI()
client.chat.completions.create(model=os.environ["SWEEP_MODEL"], messages=[])
