"""What the warehouse computed, put together as the rows of the rollup. Small by now: hours × names, not requests."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from modelguard.usage.replay import UNKNOWN_HOUR
from modelguard.usage.rollup import Cold, Hours, Row

Key = tuple[str, str | None, str]
"""Consumer, account, canonical model."""
COUNTS = ("tokens_in", "tokens_out", "cache_read", "cache_write")
SUMMED = (
    "requests", "calls", *COUNTS, "counted", "plain_requests", "plain_counted", "plain_tokens_in", "plain_tokens_out",
    "plain_hits",
)  # fmt: skip
HOURLY = ("requests", "calls", "cold_calls", "tokens_in", "tokens_out")
MOST_MISSING = 0.05
"""Largest share of calls without token counts for which the others' mean stands in."""


@dataclass
class _Day:
    """Sums of a day as they are added up."""

    sums: dict[str, int | None] = field(default_factory=dict)
    cost: Decimal | None = None
    raws: Counter[str] = field(default_factory=Counter)
    hours: dict[str, list[int]] = field(default_factory=dict)
    no_hours: bool = False

    def add(self, name: str, value: int | None) -> None:
        if value is not None:
            self.sums[name] = (self.sums.get(name) or 0) + int(value)

    def add_hour(self, name: str, hour: int, value: int | None) -> None:
        if value is not None and hour != UNKNOWN_HOUR:
            self.hours.setdefault(name, [0] * 24)[hour] += int(value)


def rows_of(
    hourly: Iterable[Mapping[str, Any]],
    cold: Iterable[Mapping[str, Any]],
    distinct: Iterable[Mapping[str, Any]],
    keys: Mapping[tuple[str, str, str], Key],
    slots: Sequence[Key],
    origin: str,
    unknown: Collection[str] = (),
) -> tuple[list[Row], list[str]]:
    """The rollup's rows in order, and notes. `unknown` are names that map to no consumer.

    `keys` says which logged names are which consumer, account and model.
    """
    days: dict[tuple[str, Key], _Day] = defaultdict(_Day)
    for found in hourly:
        key = keys[found["who"] or "", found["account"] or "", found["model"] or ""]
        day = days[_iso(found["day"]), key]
        _add(day, found)
    mean = _means(days)
    for found in cold:
        key = slots[found["slot"]]
        _add_cold(days[_iso(found["day"]), key], found, mean.get(key))
    for found in distinct:
        days[_iso(found["day"]), slots[found["slot"]]].add("keys", found["keys"])
    notes: list[str] = []
    rows = [_row(day, key, sums, mean.get(key), origin, key[0] in unknown) for (day, key), sums in days.items()]
    missing = sum((d.sums.get("calls") or 0) - (d.sums.get("counted") or 0) for d in days.values() if _counts(d))
    if missing > 0:
        notes.append(
            f"{missing:,} calls have no token counts; up to 5 % of a day stand at its mean, else it is unknown"
        )
    return sorted(rows, key=lambda r: (r.day, r.consumer, r.account or "", r.model)), notes


def _iso(day: date | str) -> str:
    return str(day)[:10]


def _counts(day: _Day) -> bool:
    return day.sums.get("tokens_in") is not None


def _add(day: _Day, found: Mapping[str, Any]) -> None:
    hour = int(found["hour"])
    day.no_hours |= hour == UNKNOWN_HOUR
    for name in SUMMED:
        day.add(name, found[name])
    for name in ("requests", "calls", "tokens_in", "tokens_out"):
        day.add_hour(name, hour, found[name])
    # A request without a key is never answered from a cache: an empty one changes nothing for it.
    day.add_hour("cold_calls", hour, found["plain_requests"])
    if found["cost"] is not None:
        day.cost = (day.cost or Decimal(0)) + Decimal(found["cost"])
    day.raws[found["model"]] += int(found["calls"] or found["requests"] or 1)


def _add_cold(day: _Day, found: Mapping[str, Any], mean: tuple[float, float] | None) -> None:
    day.add("cold_calls", found["calls"])
    day.add_hour("cold_calls", int(found["hour"]), found["calls"])
    day.add("cold_counted", found["counted"])
    for name in ("tokens_in", "tokens_out"):
        day.add(f"cold_{name}", found[name])


def _means(days: Mapping[tuple[str, Key], _Day]) -> dict[Key, tuple[float, float]]:
    """Tokens of a billed call, by consumer and model: they stand in where a hit's row has none."""
    sums: dict[Key, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for (_, key), day in days.items():
        if day.sums.get("counted"):
            for position, name in enumerate(("counted", "tokens_in", "tokens_out")):
                sums[key][position] += day.sums.get(name) or 0
    return {key: (tokens_in / n, tokens_out / n) for key, (n, tokens_in, tokens_out) in sums.items() if n}


def _row(day: str, key: Key, found: _Day, mean: tuple[float, float] | None, origin: str, split: bool) -> Row:
    sums = found.sums
    calls, counted = sums.get("calls"), sums.get("counted")
    tokens: dict[str, int | None] = {name: sums.get(name) for name in COUNTS}
    if calls is not None and counted is not None and 0 < counted < calls and tokens["tokens_in"] is not None:
        if (calls - counted) / calls <= MOST_MISSING:
            tokens = {n: None if v is None else round(v * calls / counted) for n, v in tokens.items()}
        else:
            tokens = dict.fromkeys(COUNTS)
    hours = None
    if not found.no_hours:
        kept = HOURLY if split else HOURLY[:3]
        hours = Hours(*(tuple(found.hours[n]) if n in found.hours else None for n in kept))
    return Row(
        day=day, consumer=key[0], account=key[1], model=key[2],
        raw=min(found.raws, key=lambda raw: (-found.raws[raw], raw)),
        requests=sums.get("requests"), calls=calls,
        tokens_in=tokens["tokens_in"], tokens_out=tokens["tokens_out"],
        cache_read_tokens=tokens["cache_read"], cache_write_tokens=tokens["cache_write"],
        cost=found.cost, cold=_cold(sums, mean), source="measured",
        distinct_keys=sums.get("keys"), hours=hours, origin=origin,
    )  # fmt: skip


def _cold(sums: Mapping[str, int | None], mean: tuple[float, float] | None) -> Cold | None:
    """The replay of a day; None where requests or their keys are not known. Calls without token counts stand at the mean."""
    if sums.get("requests") is None or sums.get("plain_hits"):
        return None
    calls = (sums.get("cold_calls") or 0) + (sums.get("plain_requests") or 0)
    counted = (sums.get("cold_counted") or 0) + (sums.get("plain_counted") or 0)
    parts: list[int | None] = []
    for position, name in enumerate(("tokens_in", "tokens_out")):
        known = (sums.get(f"cold_{name}") or 0) + (sums.get(f"plain_{name}") or 0)
        if counted == calls:
            parts.append(known)
        else:
            parts.append(None if mean is None else round(known + (calls - counted) * mean[position]))
    return Cold(calls, parts[0], parts[1])
