import yaml
from openai import OpenAI

with open("/etc/worker/settings.yaml") as file:
    settings = yaml.safe_load(file)

client = OpenAI(api_key=open("/run/secrets/openai_key").read().strip())
print(client.responses.create(model=settings["summary"]["model"], input="hello"))
