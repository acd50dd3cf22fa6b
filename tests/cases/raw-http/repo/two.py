import json

import httpx

with httpx.Client(base_url="https://api.anthropic.com") as session:
    session.post("/v1/messages", content=json.dumps({"model": "claude-sonnet-4-5", "max_tokens": 5}))
