import os

from openai import OpenAI

client = OpenAI()
text = client.chat.completions.create(model=os.environ["SUMMARY_MODEL"], messages=[])
