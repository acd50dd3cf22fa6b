"""Set model: gpt-4o in the configuration."""

PRICES = {"gpt-4o": 2.5}
SUPPORTED_MODELS = ["gpt-4o", "gpt-4o-mini"]
car_model = "roadster"


def expensive(model):
    return model == "gpt-4o"
