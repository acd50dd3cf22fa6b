import sys
from openai import OpenAI
T = {"a": lambda q: OpenAI().chat.completions.create(model="gpt-4o", messages=[])}
T[sys.argv[1]]("x")
