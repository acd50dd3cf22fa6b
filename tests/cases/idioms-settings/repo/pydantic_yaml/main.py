from pathlib import Path
import yaml
from pydantic import BaseModel
from openai import OpenAI
class LLM(BaseModel):
    model: str
class Config(BaseModel):
    llm: LLM
    @classmethod
    def load(cls, path: Path):
        return cls.model_validate(yaml.safe_load(path.read_text()))
cfg = Config.load(Path(__file__).parent / "config.yaml")
OpenAI().chat.completions.create(model=cfg.llm.model, messages=[])
