from openai import OpenAI


class Provider:
    def __init__(self, model):
        self.model = model

    def query(self, text):
        return OpenAI().chat.completions.create(model=self.model, messages=[text])


class All:
    def __init__(self):
        self.providers = []
        self.by_name = {}
        self.providers.append(Provider("gpt-4o"))
        self.add()
        self.by_name["small"] = Provider("gpt-4.1-mini")

    def add(self):
        self.providers.append(Provider("gpt-4.1"))

    def ask(self, text):
        self.by_name["small"].query(text)
        return [p.query(text) for p in self.providers]


if __name__ == "__main__":
    models = []
    models.append("gpt-4o-mini")
    for model in models:
        OpenAI().chat.completions.create(model=model, messages=[])
    All().ask("hello")
