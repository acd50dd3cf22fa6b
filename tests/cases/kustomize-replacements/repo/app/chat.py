import os

import yaml
from openai import OpenAI

limits = yaml.safe_load(open("/etc/chat/limits.yaml"))
client = OpenAI()
answer = client.responses.create(model=os.environ["CHAT_MODEL"], input="hello")
client.responses.create(model=os.environ["RANK_MODEL"], input=str(answer))
client.responses.create(model=limits["judge"]["model"], input=str(answer))
