from openai import OpenAI

client = OpenAI()
LIMITS = {"gpt-4o": 128_000, "gpt-4o-mini": 128_000}
PRICES = {"o3": 2, "o4-mini": 1}
ROLES = {"writer": {"model": "gpt-4.1"}, "critic": {"model": "gpt-4.1-mini"}}

for model in LIMITS:
    client.responses.create(model=model, input="over the keys")

for name, price in PRICES.items():
    client.responses.create(model=name, input=f"for {price}")

for role, settings in ROLES.items():
    client.responses.create(model=settings["model"], input=role)

for role in ROLES:
    client.responses.create(model=ROLES[role]["model"], input=role)

for index in PRICES.keys():
    client.responses.create(model=index, input="keys")
