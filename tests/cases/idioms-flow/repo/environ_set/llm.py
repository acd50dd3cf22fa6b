import os
from openai import OpenAI
def ask():
    return OpenAI().chat.completions.create(model=os.environ["MODEL"], messages=[])
