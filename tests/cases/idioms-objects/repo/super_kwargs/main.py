from openai import OpenAI
class Base:
    def __init__(self, model="gpt-3.5-turbo", **kw):
        self.model = model
    def ask(self):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
class Sub(Base):
    def __init__(self, **kw):
        super().__init__(model="gpt-4o", **kw)
Sub().ask()
