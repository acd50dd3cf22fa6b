import os

from openai import OpenAI

client = OpenAI()
client.chat.completions.create(model=os.environ["KEPT_MODEL"], messages=[])
client.responses.create(model=os.environ["WRITTEN_MODEL"], input="")
