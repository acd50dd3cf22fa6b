import openai

DEFAULTS = {"judge": "gpt-4o-mini", "writer": "gpt-4.1", "note": None}


def ask(model, key=None):
    openai.OpenAI(api_key=key).responses.create(model=model, input="x")


settings = {name: value for name, value in DEFAULTS.items() if value is not None}
ask(settings["judge"])
