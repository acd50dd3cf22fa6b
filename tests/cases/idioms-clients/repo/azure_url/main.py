import os, requests
DEPLOYMENT = "gpt-4o"
requests.post(f"{os.environ['ENDPOINT']}/openai/deployments/{DEPLOYMENT}/chat/completions?api-version=1", headers={"api-key": os.environ["KEY"]}, json={"messages": []})
