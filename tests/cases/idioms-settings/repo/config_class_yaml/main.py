import yaml
from openai import OpenAI
class Config:
    def __init__(self, path="config.yaml"):
        with open(path) as f:
            self._data = yaml.safe_load(f)
    def get(self, key, default=None):
        return self._data.get(key, default)
    @property
    def model(self):
        return self.get("model_name", "gpt-3.5-turbo")
OpenAI().chat.completions.create(model=Config().model, messages=[])
