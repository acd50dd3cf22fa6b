#!/bin/bash
EMBED_MODEL=text-embedding-ada-002 python app/main.py --model=o3
python - <<PY
from openai import OpenAI
OpenAI().responses.create(model="${JUDGE:-gpt-4.1}", input="x")
PY
