from base import Base
from openai import OpenAI
class Sub(Base):
    model = "gpt-4o"
    def _call(self, q):
        return OpenAI().chat.completions.create(model=self.model, messages=[])
