import yaml
from pathlib import Path
from pydantic import BaseModel


class Llm(BaseModel):
    model: str


class Settings(BaseModel):
    llm: Llm


def load():
    return Settings(**yaml.safe_load((Path(__file__).parents[1] / "config/app.yaml").read_text()))
