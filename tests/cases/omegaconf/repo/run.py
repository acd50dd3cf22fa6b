from omegaconf import OmegaConf
from openai import OpenAI

base = OmegaConf.load("base.yaml")
conf = OmegaConf.merge(base, OmegaConf.load("local.yaml"))
OpenAI().chat.completions.create(model=base.llm.judge, messages=[])
OpenAI().responses.create(model=conf.llm.judge, input="")
OpenAI().embeddings.create(model=OmegaConf.to_container(conf)["llm"]["name"], input="")
