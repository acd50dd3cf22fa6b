import os

from openai import OpenAI

client = OpenAI()
answer = client.chat.completions.create(model=os.environ["EVAL_MODEL"], messages=[])
client.chat.completions.create(model=os.environ["JUDGE_MODEL"], messages=[])
