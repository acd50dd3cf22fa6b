from environs import Env
from openai import OpenAI
env = Env()
env.read_env()
OpenAI(api_key=env.str("KEY")).chat.completions.create(model=env.str("MODEL", "gpt-4o"), messages=[])
