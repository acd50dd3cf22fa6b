"""The one way from here to a model: the LiteLLM proxy, over its OpenAI-compatible API."""

import os
from functools import cache
from typing import Any

from openai import OpenAI

from orchestrator.settings import project_settings


@cache
def proxy() -> OpenAI:
    """A client of the proxy. Its address and the bearer token come with the deployment."""
    return OpenAI(base_url=os.environ["LITELLM_BASE_URL"], api_key=os.environ["LITELLM_API_KEY"])


def ask(model: str, prompt: str, *, caller: str, cached: bool = True) -> str:
    """Answer one prompt. `caller` becomes a tag in the proxy's logs; `cached=False` passes its cache by."""
    llm = project_settings().llm
    extra: dict[str, Any] = {"metadata": {"tags": [caller]}}
    if not cached:
        extra["cache"] = {"no-cache": True}
    answer = proxy().chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": prompt}],
        max_tokens=llm.max_output_tokens,
        temperature=llm.temperature,
        extra_body=extra,
    )
    return answer.choices[0].message.content or ""
