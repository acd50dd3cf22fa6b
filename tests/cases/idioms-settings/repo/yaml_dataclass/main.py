import yaml
from dataclasses import dataclass
from openai import OpenAI
@dataclass
class LLM:
    model: str
    temperature: float = 0
def load(path="config.yaml"):
    with open(path) as f:
        raw = yaml.safe_load(f)
    return LLM(**raw["llm"])
cfg = load()
OpenAI().chat.completions.create(model=cfg.model, messages=[])
