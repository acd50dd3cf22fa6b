"""Keys in the database of a LiteLLM proxy: for each consumer that the ledger gives something, what its key must say.

Facts that shape a key, read in LiteLLM 1.108.7: `models: []` means all models, so nothing is `no-default-models`; a
budget of 0 means none, so there is no key without an allocation; an alias must be unique; the proxy's own list of models
knows nothing of fallbacks in its configuration, so a name that may fall back to something else is left out; pass-through
routes are not held to the list at all, so a key may use the routes of OpenAI's, Anthropic's and Google's protocols only.
A key has one budget for all models, so it is a backstop; the guard holds each allocation exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from modelguard.enforce.policy import Allocation, Consumer, Deciding, Name, Policy, expired, most

NOTHING = "no-default-models"
ROUTES = ("anthropic_routes", "google_routes", "openai_routes")
ALIAS = "modelguard/"
_LONGEST = ("month", "week", "day")
_DURATIONS = {"day": "1d", "week": "7d", "month": "1mo"}
_IN_LONGER = {("day", "week"): Decimal(7), ("day", "month"): Decimal(31), ("week", "month"): Decimal(31) / 7}
"""How many of a period the longer one has at most."""

CLEARED: Mapping[str, Any] = {
    "aliases": {},
    "config": {},
    "permissions": {},
    "access_group_ids": [],
    "router_settings": {},
    "budget_fallbacks": {},
    "team_id": None,
    "organization_id": None,
    "project_id": None,
}
"""What else on a key opens models or budgets to it; none of it may be set."""


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What a consumer's keys must say. `max_budget` is USD in `budget_duration`; `expires` the last day, None for never."""

    consumer: str
    alias: str
    models: tuple[str, ...]
    max_budget: Decimal
    budget_duration: str
    expires: date | None = None

    def generate(self, on: date) -> dict[str, Any]:
        """The body of /key/generate, but for the key itself, which is put in when it is sent."""
        body = {
            "key_alias": self.alias,
            **self.settings(),
            "allowed_routes": list(ROUTES),
            "metadata": {"modelguard": {"consumer": self.consumer}},
        }
        return body | ({"duration": self.duration(on)} if self.expires else {})

    def settings(self) -> dict[str, Any]:
        """What is compared with live keys, as /key/generate and /key/update take it."""
        return {
            "models": list(self.models),
            "max_budget": float(self.max_budget),
            "budget_duration": self.budget_duration,
        }

    def duration(self, on: date) -> str:
        """How long from now the key is good: to the end of its last day."""
        assert self.expires is not None
        return f"{(self.expires - on).days + 1}d"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A name that a consumer may ask for and that its key does not list, and why."""

    consumer: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys that should be; consumers without a right to one; names left out of keys."""

    wanted: tuple[WantedKey, ...]
    without: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def keys_of(policy: Policy, on: date) -> Keys:
    """The keys of a day."""
    deciding = Deciding(policy)
    wanted: list[WantedKey] = []
    without: list[str] = []
    left_out: list[LeftOut] = []
    for consumer in policy.consumers:
        valid = [a for a in consumer.allocations if not expired(a, on) and most(a) > 0]
        valid += _by_default(consumer, deciding, on)
        if not valid:
            without.append(consumer.label)
            continue
        names = dict(_names(consumer, deciding, on))
        left_out += [LeftOut(consumer.label, name, why) for name, why in names.items() if why]
        models = tuple(sorted(name for name, why in names.items() if not why)) or (NOTHING,)
        amount, duration = _budget(valid)
        ends = [_last_day(a) for a in valid]
        expires = max(e for e in ends if e is not None) if all(ends) else None
        wanted.append(WantedKey(consumer.label, alias_of(consumer.label), models, amount, duration, expires))
    return Keys(tuple(wanted), tuple(without), tuple(left_out))


def _by_default(consumer: Consumer, deciding: Deciding, on: date) -> list[Allocation]:
    """What the ledger's default gives for each model that no line of it covers."""
    raws = sorted({raw for allowed in consumer.allowed for raw in allowed.models})
    given = [deciding.decide(consumer, raw, on).allocation for raw in raws]
    return list({a.id: a for a in given if a is not None and a not in consumer.allocations}.values())


def _last_day(allocation: Allocation) -> date | None:
    """The last day of an allocation, None for one without an end."""
    ends = [allocation.expires, allocation.break_glass.until if allocation.break_glass else None]
    return min((end for end in ends if end is not None), default=None)


def alias_of(label: str) -> str:
    """The alias of a consumer's key, in the characters that LiteLLM's strictest check lets through."""
    return ALIAS + re.sub(r"[^A-Za-z0-9_./@-]+", "-", label).replace("..", "-").strip("-./@_")[:200]


def _names(consumer: Consumer, deciding: Deciding, on: date) -> Iterable[tuple[str, str]]:
    """The names that a consumer may ask for, each with the reason why its key can't list it, "" where it can."""
    for allowed in consumer.allowed:
        if allowed.partial:
            yield allowed.name, "it is also served by models that the ledger does not give it"
        else:
            yield allowed.name, _fallback(allowed.name, consumer, deciding, on, set())


def _fallback(name: str, consumer: Consumer, deciding: Deciding, on: date, seen: set[str]) -> str:
    """Why a name's fallbacks lead beyond what the ledger gives; "" where they don't."""
    seen.add(name)
    for other in _record_fallbacks(name, deciding):
        served = deciding.served(other)
        if not served or any(not deciding.decide(consumer, raw, on).allowed for raw in served):
            return f"it falls back to {other}, which the ledger does not give it"
        if other not in seen:
            further = _fallback(other, consumer, deciding, on, seen)
            if further:
                return further
    return ""


def _record_fallbacks(name: str, deciding: Deciding) -> Sequence[str]:
    import fnmatch

    known: Name | None = deciding.names.get(name)
    if known is None:
        known = next((w for w in deciding.wildcards if fnmatch.fnmatchcase(name, w.name)), None)
    return known.fallbacks if known is not None else ()


def _budget(allocations: Sequence[Allocation]) -> tuple[Decimal, str]:
    """One budget that holds all allocations: their sum, in the longest of their periods, first days included."""
    per = next(p for p in _LONGEST if any(a.per == p for a in allocations))
    total = sum((most(a) * _IN_LONGER.get((a.per, per), Decimal(1)) for a in allocations), Decimal(0))
    return total.quantize(Decimal("0.01"), rounding=ROUND_CEILING), _DURATIONS[per]
