from ruamel.yaml import YAML
from openai import OpenAI
yaml = YAML(typ="safe")
with open("config.yaml") as f:
    cfg = yaml.load(f)
OpenAI().chat.completions.create(model=cfg["llm"]["model"], messages=[])
