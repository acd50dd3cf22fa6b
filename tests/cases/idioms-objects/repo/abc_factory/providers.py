from abc import ABC, abstractmethod
import anthropic
from openai import OpenAI
class Provider(ABC):
    @abstractmethod
    def generate(self, prompt): ...
class OpenAIProvider(Provider):
    def __init__(self, model="gpt-4o"):
        self.model = model
        self.client = OpenAI()
    def generate(self, prompt):
        return self.client.chat.completions.create(model=self.model, messages=[])
class AnthropicProvider(Provider):
    def __init__(self, model="claude-3-haiku-20240307"):
        self.model = model
        self.client = anthropic.Anthropic()
    def generate(self, prompt):
        return self.client.messages.create(model=self.model, max_tokens=5, messages=[])
PROVIDERS = {"openai": OpenAIProvider, "anthropic": AnthropicProvider}
def get_provider(name):
    cls = PROVIDERS.get(name)
    if cls is None:
        raise ValueError(name)
    return cls()
