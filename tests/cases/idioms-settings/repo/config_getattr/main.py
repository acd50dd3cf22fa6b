import yaml
from openai import OpenAI
class Config:
    def __init__(self):
        for k, v in yaml.safe_load(open("config.yaml")).items():
            setattr(self, k, v)
c = Config()
OpenAI().chat.completions.create(model=c.model_name, messages=[])
