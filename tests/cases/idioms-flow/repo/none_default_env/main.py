import os
from openai import OpenAI
class C:
    def __init__(self, model=None):
        self.model = model if model is not None else os.environ.get("M", "gpt-4o")
    def ask(self):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
C().ask()
