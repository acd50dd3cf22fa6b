from dataclasses import dataclass, field
from openai import OpenAI
@dataclass
class LLMConfig:
    model: str = "gpt-4o"
@dataclass
class Config:
    llm: LLMConfig = field(default_factory=LLMConfig)
class Agent:
    def __init__(self, config: Config):
        self.config = config
    def run(self):
        OpenAI().chat.completions.create(model=self.config.llm.model, messages=[])
Agent(Config()).run()
