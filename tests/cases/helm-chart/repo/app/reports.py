import os

import openai

openai.OpenAI().responses.create(model=os.environ["CHAT_MODEL"], input="x")
