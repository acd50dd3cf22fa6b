import configparser
from openai import OpenAI
c = configparser.ConfigParser()
c.read("config.ini")
OpenAI().chat.completions.create(model=c["openai"]["model"], messages=[])
c.get("openai", "model")
