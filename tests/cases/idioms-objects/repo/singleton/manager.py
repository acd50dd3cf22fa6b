from openai import OpenAI
class Manager:
    _instance = None
    def __init__(self):
        self.client = OpenAI()
        self.model = "gpt-4o"
    @classmethod
    def get_instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance
    def ask(self, q):
        return self.client.chat.completions.create(model=self.model, messages=[])
