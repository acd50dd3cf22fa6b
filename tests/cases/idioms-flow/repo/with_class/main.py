from openai import OpenAI
class LLM:
    def __enter__(self):
        self.client = OpenAI()
        return self
    def __exit__(self, *a):
        pass
    def ask(self):
        return self.client.chat.completions.create(model="gpt-4o", messages=[])
with LLM() as llm:
    llm.ask()
