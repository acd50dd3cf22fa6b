import os
from llm import ask
os.environ["MODEL"] = "gpt-4o"
ask()
