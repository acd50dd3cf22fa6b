import sys
from openai import OpenAI
match sys.argv[1]:
    case "fast":
        m = "gpt-4o-mini"
    case _:
        m = "gpt-4o"
OpenAI().chat.completions.create(model=m, messages=[])
