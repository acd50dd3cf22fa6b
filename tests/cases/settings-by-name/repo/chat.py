from openai import OpenAI


class Chat:
    def __init__(self, settings):
        self.model = settings.chat_llm

    def ask(self, text):
        return OpenAI().chat.completions.create(model=self.model, messages=[{"role": "user", "content": text}])
