"""What a switch of models costs: before, steady, and on the first day, when every cache is cold.

A steady day is the billed volume at the new prices: a full cache lets as many requests through as before. On the first
day nothing is cached under the new model yet, so what is billed is the day's requests replayed through an empty cache
(the rollup's `cold`). Amounts are USD; intervals are 90 % and come from the days' own variation (forecast.py): of the
first day, and of the mean of the fourteen days after the caches are warm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from modelguard.catalog.identity import identify
from modelguard.cost.billing import billed
from modelguard.cost.document import SCHEMA, as_document, row_document
from modelguard.cost.extras import GracePeriod, Question, extras
from modelguard.cost.measured import Priced, measured
from modelguard.cost.notes import notes_of
from modelguard.cost.prices import Price, Prices, Unpriced
from modelguard.cost.records import ConsumerCost, CostReport, Interval, Switch
from modelguard.cost.series import Series, parse_day, series_of
from modelguard.cost.sizing import sizing_of
from modelguard.usage.rollup import Cache, Rollup, Row, match_consumers

__all__ = ["SCHEMA", "ConsumerCost", "CostReport", "Interval", "Switch", "as_document", "cost_of", "row_document"]

_AHEAD = 14
"""Days after the switch at whose prices a steady day is reckoned: announced changes of prices count from their date."""
_PLAUSIBLE = (Decimal("0.05"), Decimal("1.5"))
_SAME_PRICE = Decimal("0.005")
_IMPORT = (
    "To know it, import logs of its calls: modelguard usage import litellm FILE (or bedrock-logs, otel, openai, csv)."
)
FRESH_DAYS = 14
"""A rollup that ended no longer ago than this is of now: the switch is taken to happen on the day of the question."""


def cost_of(
    switches: Sequence[Switch],
    rollup: Rollup | None,
    prices: Prices,
    on: date,
    switched: date | None = None,
    *,
    hour: int = 0,
    curves: bool = False,
    graces: Sequence[GracePeriod] = (),
) -> CostReport:
    """The cost of each switch at the prices of the day `on`. Unknown volume or price is unknown, never zero.

    The first day is `switched`, from `hour` (UTC) on; without it the day after the rollup ends, or `on` where that is a
    little later. `curves` adds how the caches fill by hour, and what the `graces` that fit make of it.
    """
    day = switched or _switch_day(rollup, on)
    question = Question(tuple(switches), rollup, prices, on, day, hour, curves, tuple(graces))
    rows = tuple(_row(s, question) for s in switches)
    known = [r for r in rows if r.source != "unknown"]
    before, steady, first = (_sum(known, n) for n in range(3))
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
        switched=day,
    )


def _switch_day(rollup: Rollup | None, on: date) -> date:
    end = parse_day(rollup.until) if rollup else None
    if rollup is not None and end is None:
        end = max((d for r in rollup.rows if (d := parse_day(r.day))), default=None)
    if end is None:
        return on
    after = end + timedelta(days=1)
    return on if after <= on <= end + timedelta(days=FRESH_DAYS) else after


def _row(switch: Switch, asked: Question) -> ConsumerCost:
    rollup, prices = asked.rollup, asked.prices
    if switch.to_raw is None:
        return _gone(switch)
    if rollup is None:
        return _unknown(switch, "no usage is recorded: there is no rollup", _IMPORT)
    ahead = asked.day + timedelta(days=_AHEAD)
    found = prices.price_of(identify(switch.to_raw), max(asked.on, asked.day))
    later = prices.price_of(identify(switch.to_raw), max(asked.on, ahead))
    if isinstance(found, Unpriced) or isinstance(later, Unpriced):
        return _unknown(switch, found.why if isinstance(found, Unpriced) else "its price ends soon")
    mine = _rows_of(switch, asked)
    if not mine:
        return _unknown(switch, "no usage is recorded", _IMPORT)
    if switch.from_raw is None:
        return _unknown(switch, "it is new: no usage of this model is recorded")
    source_name = identify(switch.from_raw).name
    used = [r for r in mine if identify(r.model).name == source_name or identify(r.raw or r.model).name == source_name]
    if not used:
        return _unknown(switch, f"its recorded usage is of other models than {source_name}")
    billing = prices.terms.of(switch.consumer, identify(switch.to_raw).name)
    before = prices.terms.of(switch.consumer, source_name)
    old = prices.price_of(identify(switch.from_raw), asked.on)
    priced = Priced(
        old if isinstance(old, Unpriced) else old.of(before.service),
        found.of(billing.service),
        later.of(billing.service),
        calibration(rollup, used, old),
        sizing_of(switch.from_raw, switch.to_raw, mine, billing),
    )
    row = _measured(switch, used, priced, asked, moved=max(r.day for r in mine) > max(r.day for r in used))
    return row if billing.provisioned_per_day is None else _provisioned(row, billing.provisioned_per_day)


def _provisioned(row: ConsumerCost, per_day: Decimal) -> ConsumerCost:
    """The row on capacity that is paid for by time: every day costs the same, a cold one, too."""
    fixed = Interval(per_day, per_day, per_day)
    note = (
        "It runs on provisioned capacity, as modelguard.yaml declares, which costs the same whatever goes through it."
    )
    draws = (row.draws[0], (), ())
    return replace(row, steady=fixed, first_day=fixed, bounded=False, draws=draws, notes=(note,), exposure=None,
                   graced=None, graced_exposure=None, worst=None)  # fmt: skip


def _rows_of(switch: Switch, asked: Question) -> list[Row]:
    """The rows of a consumer, under any name that the logs have for it."""
    assert asked.rollup is not None
    rows = asked.rollup.rows
    terms = asked.prices.terms
    consumers = list(dict.fromkeys((s.consumer, (*s.aliases, *terms.names(s.consumer))) for s in asked.switches))
    names = match_consumers(sorted({r.consumer for r in rows}), consumers)
    mine = [r for r in rows if names.get(r.consumer, ("",))[0] == switch.consumer]
    return [r for r in mine if switch.account is None or r.account in (None, switch.account)]


def calibration(rollup: Rollup, used: Sequence[Row], old: Price | Unpriced) -> Decimal:
    """Paid ÷ list price: the rollup's, where it has one; else what the consumer's own rows say, if that is plausible."""
    if rollup.calibration != 1 or isinstance(old, Unpriced):
        return rollup.calibration
    pairs = [(r.cost, b) for r in used if r.cost is not None and (b := billed(r, old, Decimal(1))) is not None]
    paid, listed = (sum((p[n] for p in pairs), Decimal(0)) for n in (0, 1))
    if listed <= 0 or paid <= 0:
        return rollup.calibration
    ratio = paid / listed
    # Less than that is rounding; far from 1 it is no discount, but a price or a unit that we don't know.
    return ratio if _PLAUSIBLE[0] <= ratio <= _PLAUSIBLE[1] and abs(ratio - 1) > _SAME_PRICE else rollup.calibration


def _measured(switch: Switch, used: list[Row], priced: Priced, asked: Question, moved: bool) -> ConsumerCost:
    """The row from a consumer's days on its model; `moved` says that it is on others since."""
    rollup = asked.rollup
    assert rollup is not None
    observed = frozenset(d for r in rollup.rows if (d := parse_day(r.day)))
    series = series_of(used, observed, rollup.since, "" if moved else rollup.until)
    cache = _cache_of(switch, asked)
    requests, calls = _mean(series, "requests"), _mean(series, "calls")
    cached = bool(requests and calls is not None and calls < 0.995 * requests)
    ttl = (cache.ttl_hours.low + cache.ttl_hours.high) / 2 if cache is not None and cached else None
    found = measured(series, priced, ttl, cached or cache is not None, asked.day)
    if found.steady.interval.expected is None:
        return _unknown(switch, "its usage has no token counts", _IMPORT)
    count = sum(1 for d in series.days if d.rows)
    why = _why(requests, calls, cached, count, rollup, priced)
    if any(r.consumer != switch.consumer for r in used):
        why += f" Logged as {', '.join(sorted({r.consumer for r in used}))}."
    declared = all(r.source == "declared" for r in used)
    hours = cache.ttl_hours.high if cached and cache is not None else 0.0 if not cached else None
    row = ConsumerCost(
        switch.consumer, switch.from_raw, switch.to_raw, "declared" if declared else "measured",
        found.before.interval, found.steady.interval, found.first_day.interval, hours, why, requests, calls,
        count, cached, found.bounded, draws=(found.before.draws, found.steady.draws, found.first_day.draws),
    )  # fmt: skip
    row = replace(row, notes=tuple(notes_of(series, found, priced, row)))
    return extras(row, switch, series, ttl, asked) if asked.curves else row


def _why(requests: float | None, calls: float | None, cached: bool, days: int, rollup: Rollup, priced: Priced) -> str:
    how = f"{days} days of usage to {rollup.until}, {priced.first.source}."
    if requests and calls is not None and cached:
        share = 100 * (1 - calls / requests)
        return f"{share:.0f} % of {requests:,.0f} requests a day were answered from the cache, which is cold at first; {how}"
    return f"Nothing is answered from a cache, so the first day is like any other; {how}"


def _mean(series: Series, key: str) -> float | None:
    """A mean day's figure, None where a day doesn't know it."""
    values = [d.total(key) for d in series.days]
    return None if not values or any(v is None for v in values) else sum(v for v in values if v) / len(values)


def _cache_of(switch: Switch, asked: Question) -> Cache | None:
    caches = asked.rollup.caches if asked.rollup else ()
    aliases = (*switch.aliases, *asked.prices.terms.names(switch.consumer))
    names = match_consumers([c.consumer for c in caches], [(switch.consumer, aliases)])
    return next((c for c in caches if c.consumer in names), None)


def _sum(rows: Sequence[ConsumerCost], which: int) -> Interval:
    """Sums of rows. The ends are of the sums of draws, as days that are busy for one are often so for all."""
    parts = [(r.before, r.steady, r.first_day)[which] for r in rows]
    if not parts or any(p.expected is None for p in parts):
        return Interval()
    expected = sum((p.expected for p in parts if p.expected is not None), Decimal(0))
    if any(p.low is None or p.high is None for p in parts):
        return Interval(None, expected, None)
    draws = [r.draws[which] for r in rows]
    fixed = [p for p, d in zip(parts, draws, strict=True) if not d]
    low, high = (sum((e for p in fixed if (e := getattr(p, end)) is not None), Decimal(0)) for end in ("low", "high"))
    drawn = [d for d in draws if d]
    if drawn:
        sums = sorted(sum(each) for each in zip(*drawn, strict=True))
        low += Decimal(str(round(sums[round(0.05 * (len(sums) - 1))], 9)))
        high += Decimal(str(round(sums[round(0.95 * (len(sums) - 1))], 9)))
    return Interval(min(low, expected), expected, max(high, expected))


def _unknown(switch: Switch, why: str, note: str = "") -> ConsumerCost:
    nothing = Interval()
    notes = (note,) if note else ()
    return ConsumerCost(
        switch.consumer, switch.from_raw, switch.to_raw, "unknown", nothing, nothing, nothing, None, why, notes=notes
    )


def _gone(switch: Switch) -> ConsumerCost:
    """A use that ends costs nothing from then on; what it cost before is not asked for."""
    zero = Interval(Decimal(0), Decimal(0), Decimal(0))
    why = "it no longer uses this model"
    return ConsumerCost(
        switch.consumer, switch.from_raw, None, "declared", Interval(None, Decimal(0), None), zero, zero, 0.0, why
    )
