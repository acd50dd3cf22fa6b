from collections import namedtuple
from openai import OpenAI
Cfg = namedtuple("Cfg", ["model", "t"])
cfg = Cfg("gpt-4o", 0)
OpenAI().chat.completions.create(model=cfg.model, messages=[])
