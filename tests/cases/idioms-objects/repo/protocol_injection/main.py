from typing import Protocol
from openai import OpenAI
class LLM(Protocol):
    def ask(self, q: str) -> str: ...
class OpenAILLM:
    def ask(self, q):
        return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
class Service:
    def __init__(self, llm: LLM):
        self.llm = llm
    def run(self):
        return self.llm.ask("x")
Service(OpenAILLM()).run()
