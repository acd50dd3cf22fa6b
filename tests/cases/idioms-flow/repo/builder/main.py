from openai import OpenAI
class B:
    def __init__(self):
        self._model = "x"
    def with_model(self, m):
        self._model = m
        return self
    def build(self):
        return A(self._model)
class A:
    def __init__(self, model):
        self.model = model
    def ask(self):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
B().with_model("gpt-4o").build().ask()
