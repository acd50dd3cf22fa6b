from envyaml import EnvYAML
from openai import OpenAI
params = EnvYAML("config.yaml").export()
OpenAI().chat.completions.create(model=params["llm"]["model"], messages=[])
