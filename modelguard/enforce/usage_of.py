"""Tokens that an answer says it used, in the shapes of OpenAI, Anthropic, Bedrock and Google, whole or streamed.

LiteLLM's own account of a call comes first (litellm.py); this reads what passes through the proxy unread.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tokens:
    """`plain` input, output, and input that was read from or written to the provider's prompt cache."""

    plain: int
    output: int
    cache_read: int = 0
    cache_write: int = 0


def usage_in(body: bytes) -> Tokens | None:
    """The tokens in an answer's body, JSON or server-sent events; None where it does not say."""
    best: dict[str, int] = {}
    for document in _documents(body):
        for usage in _usages(document):
            # A stream says how far it is: input at the start, output at the end; the last word of each counts.
            best |= {k: v for k, v in _read(usage).items() if v or k not in best}
    if not best:
        return None
    inside = best.get("inside", 0)
    return Tokens(
        max(best.get("plain", 0) - inside, 0), best.get("output", 0), best.get("read", 0), best.get("write", 0)
    )


def _documents(body: bytes) -> Iterator[Any]:
    text = body.decode("utf-8", "replace")
    try:
        yield json.loads(text)
        return
    except ValueError:
        pass
    for line in text.splitlines():
        if line.startswith("data:"):
            try:
                yield json.loads(line[5:])
            except ValueError:
                continue


def _usages(document: Any) -> Iterator[Mapping[str, Any]]:
    """`usage` and `usageMetadata`, at the top, in Anthropic's `message`, in a `response`, in any of a list."""
    for entry in document if isinstance(document, list) else [document]:
        if not isinstance(entry, Mapping):
            continue
        for holder in (entry, entry.get("message"), entry.get("response"), entry.get("metadata")):
            if isinstance(holder, Mapping):
                for key in ("usage", "usageMetadata"):
                    if isinstance(holder.get(key), Mapping):
                        yield holder[key]


def _read(usage: Mapping[str, Any]) -> dict[str, int]:
    """One usage object. `inside` is what its input figure holds of the cached tokens: OpenAI's and Google's do."""
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    cached = _int(details, "cached_tokens") if isinstance(details, Mapping) else 0
    google = _int(usage, "cachedContentTokenCount")
    found = {
        "plain": _int(usage, "prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount"),
        "output": _int(usage, "completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount")
        + _int(usage, "thoughtsTokenCount"),
        "read": _int(usage, "cache_read_input_tokens", "cacheReadInputTokens") or cached or google,
        "write": _int(usage, "cache_creation_input_tokens", "cacheWriteInputTokens"),
        "inside": cached or google,
    }
    return found if any(found.values()) else {}


def _int(usage: Mapping[str, Any], *keys: str) -> int:
    values = [usage.get(k) for k in keys]
    return next((int(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and v >= 0), 0)
