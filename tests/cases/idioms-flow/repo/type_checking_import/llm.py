from openai import OpenAI
class LLM:
    def ask(self, q):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
