from openai import OpenAI


class Writer:
    def __init__(self, name):
        self.name = name

    def answer(self, text):
        return OpenAI().chat.completions.create(model=self.name, messages=[text])
