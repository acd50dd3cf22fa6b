from openai import OpenAI
class C:
    def __init__(self):
        self.model = None
    def set_model(self, m):
        self.model = m
        return self
    def ask(self):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
c = C()
c.set_model("gpt-4o")
c.ask()
