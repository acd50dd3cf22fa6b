import os, httpx
client = httpx.Client(base_url="https://api.openai.com/v1", headers={"Authorization": "Bearer " + os.environ["KEY"]})
client.post("/chat/completions", json={"model": "gpt-4o", "messages": []})
