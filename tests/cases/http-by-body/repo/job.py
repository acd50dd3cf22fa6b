import os

import requests

HOST = os.getenv("OLLAMA_HOST", "http://localhost:11434")


def local(prompt):
    return requests.post(f"{HOST}/api/generate", json={"model": "phi3:mini", "prompt": prompt, "stream": False})


def elsewhere(prompt, url):
    payload = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": prompt}]}
    return requests.post(url, headers={"Authorization": f"Bearer {os.environ['GATEWAY_TOKEN']}"}, json=payload)


if __name__ == "__main__":
    local("hello")
    elsewhere("hello", os.environ["GATEWAY"])
    requests.post("https://shop.example/api/cars", json={"model": "roadster", "colour": "red"})
