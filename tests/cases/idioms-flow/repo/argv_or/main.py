import sys
from openai import OpenAI
model = sys.argv[1] if len(sys.argv) > 1 else "gpt-4o"
OpenAI().chat.completions.create(model=model, messages=[])
