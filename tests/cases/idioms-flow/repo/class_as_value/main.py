from openai import OpenAI
class L:
    def ask(self):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
class S:
    def __init__(self, llm_cls=L):
        self.llm = llm_cls()
    def run(self):
        self.llm.ask()
S().run()
