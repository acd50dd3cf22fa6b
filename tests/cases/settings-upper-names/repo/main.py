import os
from openai import OpenAI
from config import Config

cfg = Config(None)
OpenAI().chat.completions.create(model=cfg.smart_llm_model, messages=[])
OpenAI().chat.completions.create(model=cfg.plain_model, messages=[])
