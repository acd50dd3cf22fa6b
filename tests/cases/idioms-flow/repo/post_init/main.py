from dataclasses import dataclass
from openai import OpenAI
@dataclass
class A:
    model: str = "gpt-4o"
    def __post_init__(self):
        self.client = OpenAI()
        self.client.chat.completions.create(model=self.model, messages=[])
A()
