from openai import OpenAI
from config import settings
class ChatService:
    def __init__(self, model: str | None = None):
        self.client = OpenAI(api_key=settings.openai_api_key)
        self.model = model or settings.model_name
    def reply(self, text):
        r = self.client.chat.completions.create(model=self.model, messages=[])
        return r
