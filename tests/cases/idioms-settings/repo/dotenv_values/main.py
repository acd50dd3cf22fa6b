from dotenv import dotenv_values
from openai import OpenAI
config = dotenv_values(".env")
OpenAI().chat.completions.create(model=config["MODEL"], messages=[])
