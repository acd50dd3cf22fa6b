import json
import os
from defaults import DEFAULT


class Config:
    def __init__(self, path=None):
        config = self.load_config(path)
        self._set(config)
        self.smart_llm_provider, self.smart_llm_model = self.parse_llm(self.smart_llm)

    @classmethod
    def load_config(cls, path):
        if path is None:
            return DEFAULT
        with open(path) as f:
            return {**DEFAULT, **json.load(f)}

    def _set(self, config):
        for key, value in config.items():
            env = os.getenv(key)
            if env is not None:
                value = self.convert(key, env)
            setattr(self, key.lower(), value)

    @staticmethod
    def convert(key, env):
        return json.loads(env)

    @staticmethod
    def parse_llm(text):
        provider, model = text.split(":", 1)
        assert provider
        return provider, model
