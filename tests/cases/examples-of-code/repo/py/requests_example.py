import requests

requests.post("https://api.openai.com/v1/responses", json={"model": "gpt-4.1-nano", "input": "x"})
