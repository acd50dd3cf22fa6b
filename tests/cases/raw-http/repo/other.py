import requests

requests.post("https://example.org/models", json={"model": "gpt-4o"})
