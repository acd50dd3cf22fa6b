from openai import OpenAI


class Chat:
    def __init__(self, name):
        self.name = name
        self.client = OpenAI()

    def __call__(self, history):
        return self.client.chat.completions.create(model=self.name, messages=history)
