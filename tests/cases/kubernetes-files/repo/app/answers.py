import os
from pathlib import Path

import yaml
from openai import OpenAI

config = yaml.safe_load(Path(os.environ["CONFIG_PATH"]).read_text())
client = OpenAI(api_key=Path("/var/keys/openai").read_text())

print(client.responses.create(model=config["chat"]["model"], input="hello"))
with open("/srv/rank.txt") as file:
    print(client.responses.create(model=file.read().strip(), input="hello"))
