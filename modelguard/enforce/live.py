"""Keys as they are live in a LiteLLM proxy with a database, from its answer to GET /key/list, saved or just asked for.

A live key is known by its hash, which is the fingerprint that modelguard-keys.yaml has; the proxy never gives a key back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from modelguard.errors import InputError

MAX_KEYS = 100_000
HINT = "It must be what a proxy with a database answers to GET /key/list?return_full_object=true (one page, or a list of pages)"


@dataclass(frozen=True)
class LiveKey:
    """One key of the proxy. `models` empty means all of them; amounts are USD; `more` are settings that may open others."""

    hash: str
    alias: str
    models: tuple[str, ...]
    max_budget: float | None
    budget_duration: str | None
    blocked: bool
    expires: date | None
    routes: tuple[str, ...]
    spend: float
    claims: str
    """The consumer that its metadata names."""
    more: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """As modelguard-keys.yaml has it."""
        return f"sha256:{self.hash}"


@dataclass(frozen=True, slots=True)
class LiveKeys:
    """All keys of a proxy; `master_spend` is what was spent under its master key lately in USD, None where not known."""

    keys: tuple[LiveKey, ...]
    master_spend: float | None = None
    master_calls: int | None = None


def parse_live(data: bytes, path: str) -> LiveKeys:
    """The keys in a saved answer. Raises InputError where it is none, or has keys without their settings."""
    try:
        document = json.loads(data)
        pages = document if isinstance(document, list) else [document]
        return LiveKeys(tuple(keys_in(pages)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("this lists no keys of a proxy", path=path, hint=HINT) from error


def keys_in(pages: Iterable[Mapping[str, Any]]) -> Iterable[LiveKey]:
    """The keys of pages as the proxy answers them. Raises ValueError, KeyError or TypeError for anything else."""
    for page in pages:
        if not isinstance(page["keys"], list):
            raise TypeError("no list of keys")
        for entry in page["keys"]:
            if not isinstance(entry, Mapping):
                raise TypeError("a key without its settings")
            yield _key(entry)


def _key(entry: Mapping[str, Any]) -> LiveKey:
    from modelguard.enforce.keys import CLEARED

    token = str(entry["token"])
    if len(token) != 64 or set(token) - set("0123456789abcdef"):
        raise ValueError("a token that is no hash")
    budget, spend = entry.get("max_budget"), entry.get("spend")
    metadata = entry.get("metadata") or {}
    ours = metadata.get("modelguard") if isinstance(metadata, Mapping) else None
    return LiveKey(
        hash=token,
        alias=str(entry.get("key_alias") or ""),
        models=tuple(sorted(str(m) for m in entry.get("models") or [])),
        max_budget=None if budget is None else float(budget),
        budget_duration=entry.get("budget_duration"),
        blocked=bool(entry.get("blocked")),
        expires=_day(entry.get("expires")),
        routes=tuple(sorted(str(r) for r in entry.get("allowed_routes") or [])),
        spend=float(spend or 0),
        claims=str(ours.get("consumer", "")) if isinstance(ours, Mapping) else "",
        more=MappingProxyType({k: entry[k] for k in CLEARED if entry.get(k)}),
    )


def _day(text: Any) -> date | None:
    if not text:
        return None
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")).date()
