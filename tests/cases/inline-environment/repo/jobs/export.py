import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
client.chat.completions.create(model=os.environ["EXPORT_MODEL"], messages=[])
client.chat.completions.create(model=os.environ["UNSEEN"], messages=[])
