"""Settle the pairs that the matching API left open: one event, one question to the proxy."""

import os
from typing import Any

import requests

BASE_URL = os.environ["LITELLM_BASE_URL"]


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Answer with the model's verdict on `event["left"]` and `event["right"]`."""
    response = requests.post(
        f"{BASE_URL}/chat/completions",
        headers={"Authorization": f"Bearer {os.environ['LITELLM_API_KEY']}"},
        json={
            "model": os.environ["LLM_MODEL"],
            "messages": [{"role": "user", "content": f"Same product?\n\nA: {event['left']}\n\nB: {event['right']}"}],
            "max_tokens": 200,
        },
        timeout=45,
    )
    response.raise_for_status()
    return {"verdict": response.json()["choices"][0]["message"]["content"]}
