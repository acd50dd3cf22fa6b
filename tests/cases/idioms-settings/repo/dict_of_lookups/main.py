import os
from openai import OpenAI
def load_config():
    return {"model": os.getenv("MODEL", "gpt-4o"), "key": os.environ["K"]}
config = load_config()
OpenAI(api_key=config["key"]).chat.completions.create(model=config.get("model"), messages=[])
