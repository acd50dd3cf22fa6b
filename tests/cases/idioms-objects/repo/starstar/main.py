import os
from dataclasses import dataclass
import yaml
from openai import OpenAI

@dataclass
class Ctx:
    base: str
    model: str = "gpt-4"

def get():
    cfg = yaml.safe_load(open("a.yaml")) if os.path.exists("a.yaml") else {}
    return Ctx(base="b", **cfg.get("models", {}))

OpenAI().chat.completions.create(model=get().model, messages=[])
