import pathlib

import yaml

from client import ask

CONFIG = yaml.safe_load((pathlib.Path(__file__).parent / "config.yaml").read_text())
ask(CONFIG["model"], "hello")
