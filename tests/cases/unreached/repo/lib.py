import yaml

CONFIG = yaml.safe_load(open("config.yaml"))


def describe():
    return "we use " + CONFIG["model"]
