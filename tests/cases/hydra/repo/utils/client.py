from omegaconf import DictConfig
from openai import OpenAI


class Client:
    def __init__(self, model):
        self.model = model

    def ask(self, text):
        return OpenAI().chat.completions.create(model=self.model, messages=[text])


def init_client(cfg: DictConfig):
    global client
    llm = cfg.llm
    client = Client(model=llm.model)
    return client
