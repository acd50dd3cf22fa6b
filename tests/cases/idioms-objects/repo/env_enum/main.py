import os
from enum import Enum
from openai import OpenAI
class Model(str, Enum):
    FAST = "gpt-4o-mini"
    SMART = "gpt-4o"
OpenAI().chat.completions.create(model=Model.SMART.value, messages=[])
