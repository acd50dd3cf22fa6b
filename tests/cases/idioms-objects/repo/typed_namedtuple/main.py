from typing import NamedTuple
from openai import OpenAI
class Cfg(NamedTuple):
    model: str = "gpt-4o"
OpenAI().chat.completions.create(model=Cfg().model, messages=[])
