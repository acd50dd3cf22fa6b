from openai import OpenAI
class C:
    _i = None
    def __new__(cls):
        if cls._i is None:
            cls._i = super().__new__(cls)
            cls._i.client = OpenAI()
            cls._i.model = "gpt-4o"
        return cls._i
    def ask(self):
        return self.client.chat.completions.create(model=self.model, messages=[])
C().ask()
