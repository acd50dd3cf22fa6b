from importlib.resources import files
import yaml
cfg = yaml.safe_load(files("app").joinpath("config.yaml").read_text())
