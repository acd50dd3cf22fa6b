import openai

client = openai.OpenAI()


class Client:
    def __init__(self, model):
        self.model = model

    def ask(self, text):
        return client.responses.create(model=self.model, input=text)


class Strict(Client):
    def __init__(self, retries):
        super().__init__("gpt-4.1")
        self.retries = retries


class Loose(Client):
    def __init__(self, model, retries):
        Client.__init__(self, model)
        self.retries = retries


def ask(text, model=None):
    model = model or "gpt-4o-mini"
    if text == "long":
        text = text[:100]
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])


ask("a", "gpt-4o")
ask("long")
Strict("gpt-3.5-turbo").ask("b")
Loose("o3", retries="o1").ask("c")
