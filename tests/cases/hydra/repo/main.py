import hydra
from omegaconf import DictConfig
from openai import OpenAI

from utils.client import init_client


@hydra.main(config_path="conf", config_name="config", version_base=None)
def main(cfg: DictConfig):
    client = init_client(cfg)
    client.ask("hello")
    OpenAI().responses.create(model=cfg.judge.model, input=cfg.judge.prompt)
    OpenAI().embeddings.create(model=cfg.embedding.model, input="")


if __name__ == "__main__":
    main()
