from openai import OpenAI


class Chat:
    def __init__(self, name):
        self.name = name

    def __call__(self, history):
        return OpenAI().chat.completions.create(model=self.name, messages=history)
