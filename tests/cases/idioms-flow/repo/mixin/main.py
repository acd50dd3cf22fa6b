from openai import OpenAI
class Ask:
    def ask(self, q):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
class Cfg:
    def __init__(self):
        self.model = "gpt-4o"
class A(Ask, Cfg):
    pass
A().ask("x")
