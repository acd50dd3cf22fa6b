import os

from openai import OpenAI

key = os.environ["LABEL_KEY"] or os.environ["SPARE_KEY"]
OpenAI(api_key=key).chat.completions.create(model=os.environ["LABEL_MODEL"], messages=[])
