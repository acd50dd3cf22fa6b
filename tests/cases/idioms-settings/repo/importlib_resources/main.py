from app.load import cfg
from openai import OpenAI
OpenAI().chat.completions.create(model=cfg["model"], messages=[])
