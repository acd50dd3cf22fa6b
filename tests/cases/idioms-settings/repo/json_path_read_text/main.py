import json
from pathlib import Path
from openai import OpenAI
CONFIG = json.loads((Path(__file__).resolve().parent / "cfg" / "config.json").read_text())
OpenAI().chat.completions.create(model=CONFIG["model"], messages=[])
