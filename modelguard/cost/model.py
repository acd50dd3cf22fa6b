"""What a switch of models costs: before, steady, and on the first day, when every cache is cold.

A steady day is the billed volume at the new prices: a full cache lets as many requests through as before. On the first
day nothing is cached under the new model yet, so what is billed is the day's requests replayed through an empty cache
(the rollup's `cold`). Amounts are USD; intervals are 90 % prediction intervals of one day (Student's t over the days).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from modelguard.catalog.identity import identify
from modelguard.cost.prices import MILLION, Price, Prices, Unpriced
from modelguard.usage.rollup import Cache, Rollup, Row, match_consumers

SCHEMA = "modelguard.cost/1"
_T_95 = (
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740,
    1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706, 1.703, 1.701, 1.699, 1.697,
)  # fmt: skip
"""95 % quantiles of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """USD a day: expected, and the ends of the 90 % interval; None is unknown (ends of a single day's figure too)."""

    low: Decimal | None = None
    expected: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A consumer going from one model to another; None on either side for a new or removed use."""

    consumer: str
    aliases: tuple[str, ...] = ()
    from_raw: str | None = None
    to_raw: str | None = None
    account: str | None = None
    instances: int = 1


@dataclass(frozen=True, slots=True)
class ConsumerCost:
    """A consumer's costs. `requests` and `calls` are a mean day's; `days` how many days were measured."""

    name: str
    from_raw: str | None
    to_raw: str | None
    source: str
    before: Interval
    steady: Interval
    first_day: Interval
    warm_after_hours: float | None
    why: str
    requests: float | None = None
    calls: float | None = None
    days: int = 0
    cached: bool = False


@dataclass(frozen=True, slots=True)
class CostReport:
    """All rows, and their sums over what is known."""

    rows: tuple[ConsumerCost, ...]
    before: Interval
    steady: Interval
    first_day: Interval
    unknown: tuple[str, ...]
    price_source: str
    as_of: str
    since: str = ""
    until: str = ""
    prices_only: Decimal | None = field(default=None)
    """The naive figure: new prices on yesterday's bill, as if every cache stayed warm; USD a day more."""


def cost_of(switches: Sequence[Switch], rollup: Rollup | None, prices: Prices, on: date) -> CostReport:
    """The cost of each switch at the prices of the day `on`. Unknown volume or price is unknown, never zero."""
    rows = tuple(_row(s, switches, rollup, prices, on) for s in switches)
    known = [r for r in rows if r.source != "unknown"]
    before, steady, first = (_sum([getattr(r, part) for r in known]) for part in ("before", "steady", "first_day"))
    more = steady.expected - before.expected if steady.expected is not None and before.expected is not None else None
    return CostReport(
        rows=rows,
        before=before,
        steady=steady,
        first_day=first,
        unknown=tuple(r.name for r in rows if r.source == "unknown"),
        price_source=prices.source,
        as_of=prices.as_of,
        since=rollup.since if rollup else "",
        until=rollup.until if rollup else "",
        prices_only=more,
    )


def _row(switch: Switch, switches: Sequence[Switch], rollup: Rollup | None, prices: Prices, on: date) -> ConsumerCost:
    if switch.to_raw is None:
        return _gone(switch)
    if rollup is None:
        return _unknown(switch, "no usage is recorded: there is no rollup")
    target = prices.price_of(identify(switch.to_raw), on)
    if isinstance(target, Unpriced):
        return _unknown(switch, target.why)
    consumers = [(s.consumer, s.aliases) for s in switches]
    names = match_consumers(sorted({r.consumer for r in rollup.rows}), consumers)
    mine = [r for r in rollup.rows if names.get(r.consumer, ("",))[0] == switch.consumer]
    mine = [r for r in mine if switch.account is None or r.account in (None, switch.account)]
    if not mine:
        return _unknown(switch, "no usage is recorded")
    if switch.from_raw is None:
        return _unknown(switch, "it is new: no usage of this model is recorded")
    source_name = identify(switch.from_raw).name
    used = [r for r in mine if identify(r.model).name == source_name or identify(r.raw or r.model).name == source_name]
    if not used:
        return _unknown(switch, f"its recorded usage is of other models than {source_name}")
    return _measured(switch, used, _cache_of(switch, rollup), rollup, prices, target, on)


def _measured(
    switch: Switch, used: list[Row], cache: Cache | None, rollup: Rollup, prices: Prices, target: Price, on: date
) -> ConsumerCost:
    old = prices.price_of(identify(switch.from_raw or ""), on)
    by_day: dict[str, list[Row]] = {}
    for row in used:
        by_day.setdefault(row.day, []).append(row)
    scale = rollup.calibration
    before = _daily(by_day.values(), lambda r: r.cost if r.cost is not None else _billed(r, old, scale))
    steady = _daily(by_day.values(), lambda r: _billed(r, target, scale))
    first = _daily(by_day.values(), lambda r: _cold(r, target, scale, cache))
    if steady.expected is None:
        return _unknown(switch, "its usage has no token counts")
    requests, calls = _mean(used, "requests", len(by_day)), _mean(used, "calls", len(by_day))
    cached = bool(requests and calls is not None and calls < 0.995 * requests)
    likely = any(r.consumer != switch.consumer for r in used)
    why = _why(requests, calls, cached, len(by_day), rollup, target)
    if likely:
        why += f" Logged as {', '.join(sorted({r.consumer for r in used}))}."
    declared = all(r.source == "declared" for r in used)
    hours = cache.ttl_hours.high if cached and cache is not None else 0.0 if not cached else None
    return ConsumerCost(
        switch.consumer, switch.from_raw, switch.to_raw, "declared" if declared else "measured",
        before, steady, first, hours, why, requests, calls, len(by_day), cached,
    )  # fmt: skip


def _why(requests: float | None, calls: float | None, cached: bool, days: int, rollup: Rollup, price: Price) -> str:
    how = f"{days} days of usage to {rollup.until}, {price.source}."
    if requests and calls is not None and cached:
        share = 100 * (1 - calls / requests)
        return f"{share:.0f} % of {requests:,.0f} requests a day were answered from the cache, which is cold at first; {how}"
    return f"Nothing is answered from a cache, so the first day is like any other; {how}"


def _billed(row: Row, price: Price | Unpriced, scale: Decimal) -> Decimal | None:
    """A row's billed tokens at a price, USD. Cached prompt tokens cost the input price where there is no other."""
    if isinstance(price, Unpriced) or row.tokens_in is None or row.tokens_out is None:
        return None
    reads = _amount(row.cache_read_tokens, price.cache_read if price.cache_read is not None else price.input)
    writes = _amount(row.cache_write_tokens, price.cache_write if price.cache_write is not None else price.input)
    plain = _amount(row.tokens_in, price.input) + _amount(row.tokens_out, price.output)
    return (plain + reads + writes) * scale


def _cold(row: Row, price: Price, scale: Decimal, cache: Cache | None) -> Decimal | None:
    """A row's day with an empty cache. Without a cache in front it is the day as billed."""
    if row.cold is not None and row.cold.tokens_in is not None and row.cold.tokens_out is not None:
        return (_amount(row.cold.tokens_in, price.input) + _amount(row.cold.tokens_out, price.output)) * scale
    uncached = cache is None and row.requests is not None and row.calls == row.requests
    return _billed(row, price, scale) if uncached else None


def _amount(tokens: float | None, price: Decimal) -> Decimal:
    return Decimal(str(tokens or 0)) * price / MILLION


def _daily(days: Iterable[list[Row]], cost: Callable[[Row], Decimal | None]) -> Interval:
    """Mean and interval over days; unknown where any row of any day is."""
    totals: list[Decimal] = []
    for rows in days:
        amounts = [cost(r) for r in rows]
        if any(a is None for a in amounts):
            return Interval()
        totals.append(sum((a for a in amounts if a is not None), Decimal(0)))
    count = len(totals)
    mean = sum(totals, Decimal(0)) / count
    if count < 2:
        return Interval(None, mean, None)
    variance = sum(((t - mean) ** 2 for t in totals), Decimal(0)) / (count - 1)
    t = Decimal(str(_T_95[count - 2] if count - 2 < len(_T_95) else 1.645))
    spread = t * (variance * (1 + Decimal(1) / count)).sqrt()
    return Interval(max(mean - spread, Decimal(0)), mean, mean + spread)


def _mean(rows: list[Row], key: str, days: int) -> float | None:
    values = [getattr(r, key) for r in rows]
    return None if any(v is None for v in values) else float(sum(values)) / days


def _cache_of(switch: Switch, rollup: Rollup) -> Cache | None:
    names = match_consumers([c.consumer for c in rollup.caches], [(switch.consumer, switch.aliases)])
    return next((c for c in rollup.caches if c.consumer in names), None)


def _sum(parts: list[Interval]) -> Interval:
    """Sums of rows; an end that is unknown for one row is unknown for the sum, an expected value is summed where known."""

    def total(key: str) -> Decimal | None:
        values = [getattr(p, key) for p in parts]
        return sum(values, Decimal(0)) if values and all(v is not None for v in values) else None

    return Interval(total("low"), total("expected"), total("high"))


def _unknown(switch: Switch, why: str) -> ConsumerCost:
    nothing = Interval()
    return ConsumerCost(
        switch.consumer, switch.from_raw, switch.to_raw, "unknown", nothing, nothing, nothing, None, why
    )


def _gone(switch: Switch) -> ConsumerCost:
    """A use that ends costs nothing from then on; what it cost before is not asked for."""
    zero = Interval(Decimal(0), Decimal(0), Decimal(0))
    why = "it no longer uses this model"
    return ConsumerCost(
        switch.consumer, switch.from_raw, None, "declared", Interval(None, Decimal(0), None), zero, zero, 0.0, why
    )


def row_document(row: ConsumerCost) -> dict[str, Any]:
    """A consumer's row of modelguard.cost/1; amounts are unrounded decimal strings."""
    return {
        "name": row.name,
        "from": row.from_raw,
        "to": row.to_raw,
        "source": row.source,
        "before_per_day": _interval(row.before),
        "steady_per_day": _interval(row.steady),
        "first_day": _interval(row.first_day),
        "warm_after_hours": row.warm_after_hours,
        "why": row.why,
    }


def as_document(report: CostReport) -> dict[str, Any]:
    """The whole as modelguard.cost/1."""
    return {
        "schema": SCHEMA,
        "currency": "USD",
        "prices": {"source": report.price_source, "as_of": report.as_of},
        "consumers": [row_document(r) for r in report.rows],
        "total": {
            "before_per_day": _interval(report.before),
            "steady_per_day": _interval(report.steady),
            "first_day": _interval(report.first_day),
            "prices_only_per_day": _text(report.prices_only),
            "unknown": list(report.unknown),
        },
    }


def _interval(interval: Interval) -> dict[str, str | None]:
    return {"low": _text(interval.low), "expected": _text(interval.expected), "high": _text(interval.high)}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
