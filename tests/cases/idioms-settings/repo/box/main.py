import yaml
from box import Box
from openai import OpenAI
cfg = Box(yaml.safe_load(open("config.yaml")))
OpenAI().chat.completions.create(model=cfg.llm.model, messages=[])
