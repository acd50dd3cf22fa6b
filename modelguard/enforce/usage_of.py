"""Tokens that an answer says it used, in the shapes of OpenAI, Anthropic, Bedrock and Google, whole or streamed.

LiteLLM's own account of a call comes first (litellm.py); this reads what passes through the proxy unread. Tokens of sound,
pictures and video are told apart where the answer does, since they have prices of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SIDES = {
    "input": ("prompt_tokens_details", "input_tokens_details", "input_token_details"),
    "output": ("completion_tokens_details", "output_tokens_details", "output_token_details"),
}
_TOTALS = {"input": ("prompt_tokens", "input_tokens"), "output": ("completion_tokens", "output_tokens")}
_GOOGLE_SIDES = {
    "input": ("promptTokensDetails", "toolUsePromptTokensDetails"),
    "output": ("candidatesTokensDetails", "responseTokensDetails"),
    "cache_read": ("cacheTokensDetails",),
}
_MEDIA = ("audio", "image", "video")
_CALLS = ("web_search", "file_search", "code_interpreter")


@dataclass(frozen=True, slots=True)
class Tokens:
    """`plain` input, output, and input that was read from or written to the provider's prompt cache; `hour`: of what was
    written, for an hour. `kinds` of those are sound and the like: (`input_audio`, tokens). `told`: the kinds that the
    answer speaks of, be it with 0. `uses` of tools: (`web_search`, times). `service`: the tier that it was served at.
    """

    plain: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    hour: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    told: frozenset[str] = frozenset()
    uses: tuple[tuple[str, int], ...] = ()
    service: str = ""

    def __add__(self, other: Tokens) -> Tokens:
        """Both together, as of a session's turns."""
        return Tokens(
            self.plain + other.plain,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.hour + other.hour,
            _summed(self.kinds, other.kinds),
            self.told & other.told if self.plain or self.output else other.told,
            _summed(self.uses, other.uses),
            other.service or self.service,
        )


def _summed(one: tuple[tuple[str, int], ...], two: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    a, b = dict(one), dict(two)
    return tuple((k, a.get(k, 0) + b.get(k, 0)) for k in sorted({*a, *b}))


def usage_in(body: bytes) -> Tokens | None:
    """The tokens in an answer's body, JSON or server-sent events; None where it does not say."""
    best: dict[str, Any] = {}
    for document in _documents(body):
        for usage, service in _usages(document):
            # A stream says how far it is: input at the start, output at the end; the last word of each counts.
            found = _read(usage)
            if found:
                best |= {k: v for k, v in found.items() if v or k not in best}
                best["service"] = service or best.get("service", "")
    if not best:
        return None
    inside = best.get("inside", 0)
    return Tokens(
        max(best.get("plain", 0) - inside, 0), best.get("output", 0), best.get("read", 0), best.get("write", 0),
        best.get("hour", 0), best.get("kinds", ()), best.get("told", frozenset()), best.get("uses", ()),
        best.get("service", ""),
    )  # fmt: skip


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


def _usages(document: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
    """`usage` and `usageMetadata`, at the top, in Anthropic's `message`, in a `response`, in any of a list; with the
    service tier that stands beside or in it."""
    for entry in document if isinstance(document, list) else [document]:
        if not isinstance(entry, Mapping):
            continue
        for holder in (entry, entry.get("message"), entry.get("response"), entry.get("metadata")):
            if isinstance(holder, Mapping):
                for key in ("usage", "usageMetadata"):
                    usage = holder.get(key)
                    if isinstance(usage, Mapping):
                        yield usage, str(holder.get("service_tier") or usage.get("service_tier") or "")


def _read(usage: Mapping[str, Any]) -> dict[str, Any]:
    """One usage object. `inside` is what its input figure holds of the cached tokens: OpenAI's and Google's do."""
    cached = number(_details(usage, "input"), "cached_tokens")
    google = number(usage, "cachedContentTokenCount")
    kinds, told = kinds_of(usage)
    found = {
        "plain": number(usage, "prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount")
        + number(usage, "toolUsePromptTokenCount"),
        "output": number(
            usage, "completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount", "responseTokenCount"
        )
        + number(usage, "thoughtsTokenCount"),
        "read": number(usage, "cache_read_input_tokens", "cacheReadInputTokens") or cached or google,
        "write": number(usage, "cache_creation_input_tokens", "cacheWriteInputTokens"),
        "hour": hour_of(usage),
        "inside": cached or google,
    }
    return {**found, "kinds": kinds, "told": told, "uses": uses_of(usage)} if any(found.values()) else {}


def hour_of(usage: Mapping[str, Any]) -> int:
    """Tokens that were written into the provider's cache for an hour."""
    creation = usage.get("cache_creation") or _details(usage, "input").get("cache_creation_token_details")
    return number(creation, "ephemeral_1h_input_tokens") if isinstance(creation, Mapping) else 0


def uses_of(usage: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """How often the provider's tools were used, where the usage says so: Anthropic's, and LiteLLM's word for others."""
    server, details = usage.get("server_tool_use"), _details(usage, "input")
    found: dict[str, int] = {}
    if isinstance(server, Mapping):
        found = {k.removesuffix("_requests"): int(v) for k, v in server.items() if isinstance(v, int) and v > 0}
    for key, name in (("web_search_requests", "web_search"), ("google_maps_grounding_requests", "maps")):
        if number(details, key):
            found[name] = max(found.get(name, 0), number(details, key))
    return tuple(sorted(found.items()))


def tool_calls(output: Any) -> dict[str, int]:
    """How often tools were used by what stands in the output of OpenAI's responses: items `web_search_call` and the like.
    Of the tools that bill by the session the number of calls is more than that of sessions, never less."""
    found = {} if not isinstance(output, list) else dict.fromkeys(_CALLS, 0)
    for item in output if isinstance(output, list) else ():
        type_ = item.get("type") if isinstance(item, Mapping) else getattr(item, "type", None)
        name = str(type_ or "").removesuffix("_call")
        if name in found:
            found[name] += 1
    return found


def kinds_of(usage: Mapping[str, Any]) -> tuple[tuple[tuple[str, int], ...], frozenset[str]]:
    """Tokens of sound and the like, (`input_audio`, n), and which of them the usage speaks of at all. What came from the
    provider's cache is taken out of the input's and stands as `cache_read_audio`."""
    found: dict[str, int] = {}
    told: set[str] = set()
    for side in _SIDES:
        details = _details(usage, side)
        for medium in _MEDIA:
            if isinstance(details.get(f"{medium}_tokens"), int):
                told.add(f"{side}_{medium}")
                found[f"{side}_{medium}"] = number(details, f"{medium}_tokens")
        parts = [number(details, f"{word}_tokens") for word in ("text", *_MEDIA)]
        if isinstance(details.get("text_tokens"), int):
            # Whoever says how much is text has told the rest; only zeros of something are LiteLLM's, for what nobody said.
            silent = not any(parts) and number(usage, *_TOTALS[side]) > 0
            names = {f"{side}_{medium}" for medium in _MEDIA}
            told = told - names if silent else told | names
    found["output_reasoning"] = number(_details(usage, "output"), "reasoning_tokens")
    cached = _details(usage, "input").get("cached_tokens_details")
    if isinstance(cached, Mapping):
        for medium in _MEDIA:
            found[f"cache_read_{medium}"] = number(cached, f"{medium}_tokens")
    _google(usage, found, told)
    for medium in _MEDIA:
        read = found.get(f"cache_read_{medium}", 0)
        if read:
            found[f"input_{medium}"] = max(found.get(f"input_{medium}", 0) - read, 0)
    return tuple(sorted((k, v) for k, v in found.items() if v)), frozenset(told)


def _google(usage: Mapping[str, Any], found: dict[str, int], told: set[str]) -> None:
    """Google's lists of `{modality, tokenCount}`, and its count of thoughts."""
    for side, keys in _GOOGLE_SIDES.items():
        for key in keys:
            entries = usage.get(key)
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, Mapping):
                    told |= {f"{side}_{medium}" for medium in _MEDIA}
                    medium = str(entry.get("modality", "")).lower()
                    if medium in _MEDIA:
                        found[f"{side}_{medium}"] = found.get(f"{side}_{medium}", 0) + number(entry, "tokenCount")
    found["output_reasoning"] = found["output_reasoning"] or number(usage, "thoughtsTokenCount")


def _details(usage: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    found = next((usage[k] for k in _SIDES[side] if isinstance(usage.get(k), Mapping)), None)
    return found if found is not None else {}


def number(usage: Mapping[str, Any], *keys: str) -> int:
    """The first of some figures that is there, 0 where none is."""
    values = [usage.get(k) for k in keys]
    return next((int(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and v >= 0), 0)
