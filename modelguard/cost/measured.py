"""One consumer's costs from its measured days: before, steady, and the first day, when every cache is cold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from modelguard.cost.billing import Sizing, billed, cold
from modelguard.cost.forecast import DRAWS, Forecast, forecast, normal_draws
from modelguard.cost.partial import Bounds, of_filling, of_part
from modelguard.cost.prices import Price, Unpriced
from modelguard.cost.records import Estimate, Interval
from modelguard.cost.series import Day, Series, Warm, amounts, cycle_days, warm
from modelguard.usage.rollup import Row

_Amounts = Sequence[tuple[Day, Decimal]]
_ANY_CALLS = 0.01
_A_DAY = 23.0
"""Hours of a TTL, inferred a little short, from which no key is billed twice in a day."""
_UNSEEN = 0.2
"""How far a cache's calls in a part of its cycle may be from the whole's (standard deviation, as a share)."""
_LAST = 3
"""Days at the end of those in which a cache was filled: so quiet it may stay."""
STEADY_DAYS = 14
"""A steady day is the mean of so many after the caches are warm: two weeks, as weekdays differ."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What a consumer's days are priced at: old and new price, what is really paid, what becomes of the tokens."""

    old: Price | Unpriced
    first: Price
    steady: Price
    scale: Decimal
    sizing: Sizing


@dataclass(frozen=True, slots=True)
class Measured:
    """Estimates of a consumer, USD a day. `priced_days` are those whose tokens are known."""

    before: Estimate
    steady: Estimate
    first_day: Estimate
    bounded: bool
    weekly: bool
    slope: float
    priced_days: int
    filling: bool = False
    part_of_cycle: bool = False


def steady_dates(switched: date, ttl_hours: float | None) -> list[date]:
    """The days that the steady estimate is the mean of: from when the caches have been filled."""
    start = switched + timedelta(days=cycle_days(ttl_hours))
    return [start + timedelta(days=n) for n in range(STEADY_DAYS)]


def measured(series: Series, priced: Priced, ttl_hours: float | None, cached: bool, switched: date) -> Measured:
    """All estimates. Where no day's tokens are known, steady is unknown, and with it the rest."""
    days = warm(series, ttl_hours)

    def new(row: Row) -> Decimal | None:
        return billed(row, priced.steady, priced.scale, priced.sizing)

    def replay(row: Row) -> Decimal | None:
        return cold(row, priced.steady, priced.scale, priced.sizing)

    steady_days, laid = amounts(days.days, new), amounts(days.laid, new)
    targets, cycle = steady_dates(switched, ttl_hours), cycle_days(ttl_hours)
    part, seen = len(days.days) < cycle, None
    if days.quiet and part:
        steady = _part_filled(steady_days, laid, targets)
    elif days.quiet:
        steady = _filling(steady_days, laid, amounts(days.quiet, new))
    else:
        steady, seen = _estimate(steady_days, targets)
        if part:
            steady = _part(steady, steady_days, amounts(days.days, replay), cycle, targets)
    first, bounded = _first(series, priced, cached, switched, ttl_hours)
    slope = seen.slope if seen else 0.0
    weekly = bool(seen and seen.weekly)
    return Measured(
        _paid(days, priced), steady, first, bounded, weekly, slope, len(steady_days), bool(days.quiet), part
    )


def _part(found: Estimate, days: _Amounts, replayed: _Amounts, cycle: int, targets: Sequence[date]) -> Estimate:
    """The estimate where its days hold no whole cycle of the cache, and it was not seen empty: what expires on the others
    is not seen. Without replays, `_UNSEEN` of what is missing.
    """
    middle = found.interval.expected
    if middle is None:
        return found
    full = float(_mean([a for _, a in replayed])) if len(replayed) == len(days) else 0.0
    if full > 0:
        warm_day = _mean([a for _, a in days])
        return _between(of_part(float(warm_day), full, len(days), cycle, STEADY_DAYS), warm_day, days, targets)
    if not found.draws:
        return found
    by = _UNSEEN * (1 - len(days) / cycle)
    return _drawn(
        middle, [d * max(0.0, 1 + by * n) for d, n in zip(found.draws, reversed(normal_draws()), strict=True)]
    )


def _part_filled(days: _Amounts, laid: _Amounts, targets: Sequence[date]) -> Estimate:
    """The estimate where the cache was filled in days that end before its cycle does; `laid` are the rest of it."""
    if not days:
        return Estimate()
    whole = _mean([a for _, a in (*days, *laid)])
    mean, last = (float(_mean([a for _, a in part])) for part in (days, days[-_LAST:]))
    bounds = of_filling(mean, last, float(whole))
    return _between(bounds, whole, days, targets)


def _between(bounds: Bounds, middle: Decimal, days: _Amounts, targets: Sequence[date]) -> Estimate:
    """An estimate between bounds, as nothing says where, times what becomes of the number of requests: what is billed
    grows and shrinks with the age of the cache, so it shows no growth of its own.
    """
    asked = [d.total("requests") or 0.0 for d, _ in days]
    grown = forecast([d.day for d, _ in days], asked, targets)
    factors = grown.draws or (grown.factor,) * DRAWS
    wide = bounds.high - bounds.low
    # In an order of their own, so that the busiest do not go with the most requests.
    places = sorted(range(DRAWS), key=lambda n: normal_draws()[DRAWS - 1 - n])
    between = [bounds.low - wide / 18 + wide * 10 / 9 * place / (DRAWS - 1) for place in places]
    return _drawn(
        middle * Decimal(str(round(grown.factor, 12))), [max(0.0, b) * f for b, f in zip(between, factors, strict=True)]
    )


def _drawn(middle: Decimal, draws: Sequence[float]) -> Estimate:
    ordered = sorted(draws)
    low, high = (Decimal(str(round(ordered[round(q * (DRAWS - 1))], 12))) for q in (0.05, 0.95))
    return Estimate(Interval(min(low, middle), middle, max(high, middle)), tuple(draws))


def _paid(days: Warm, priced: Priced) -> Estimate:
    """The mean of what was paid on the same days that the steady day is estimated from."""

    def paid(row: Row) -> Decimal | None:
        return row.cost if row.cost is not None else billed(row, priced.old, priced.scale)

    own, laid = amounts(days.days, paid), amounts(days.laid, paid)
    if days.quiet:
        return _filling(own, laid, amounts(days.quiet, paid))
    if not own:
        return Estimate()
    found = forecast([d.day for d, _ in own], [float(a) for _, a in own], [d.day for d, _ in own])
    centred = tuple(d / found.factor for d in found.draws) if found.factor > 0 else ()
    return estimate(_mean([a for _, a in own]), Forecast(1.0, centred))


def _filling(days: _Amounts, laid: _Amounts, quiet: _Amounts) -> Estimate:
    """The mean of the cycle in which a cache was filled; it may also stay as quiet as it was after its first day."""
    if not days or not quiet:
        return Estimate()
    mean, least = _mean([a for _, a in (*days, *laid)]), _mean([a for _, a in quiet])
    if mean <= 0:
        return estimate(mean, Forecast(1.0, ()))
    floor = min(1.0, float(least / mean))
    draws = tuple(floor * 0.85 + (1.15 - floor * 0.85) * n / (DRAWS - 1) for n in range(DRAWS))
    return estimate(mean, Forecast(1.0, draws))


def _first(
    series: Series, priced: Priced, cached: bool, switched: date, ttl_hours: float | None
) -> tuple[Estimate, bool]:
    """The first day: the replays through an empty cache; without a cache in front, a day as billed; else its bounds."""

    def replayed(row: Row) -> Decimal | None:
        found = cold(row, priced.first, priced.scale, priced.sizing)
        if found is None and row.requests is not None and row.calls == row.requests and not cached:
            return billed(row, priced.first, priced.scale, priced.sizing)
        return found

    days = _active(amounts(series.days, replayed))
    if days:
        found, _ = _estimate(days, [switched], [d.cold("calls") or d.total("calls") for d, _ in days])
        return found, False
    return _bounds(series, priced, switched, ttl_hours)


def _active(days: _Amounts) -> _Amounts:
    """Days with any use, where there are days without: the first day of what runs now and then is its first run."""
    return [(d, a) for d, a in days if d.rows]


def _bounds(series: Series, priced: Priced, switched: date, ttl_hours: float | None) -> tuple[Estimate, bool]:
    """A first day without a replay, from counts alone, at the price of a billed call.

    Where answers are kept for a day or longer, each of the day's distinct keys is billed once. Else the day bills at
    least what it bills warm, and at most all its requests, or what it bills warm and each key once more. Expected is
    then the most, as nothing says how far below it is.
    """
    known = amounts(series.days, lambda r: billed(r, priced.first, priced.scale, priced.sizing))
    calls = sum(d.total("calls") or 0.0 for d, _ in known)
    if calls < _ANY_CALLS:
        return Estimate(), False
    per_call = sum((a for _, a in known), Decimal(0)) / Decimal(str(calls))
    least, most = [], []
    for day, _ in known:
        own = [day.total(k) for k in ("calls", "requests", "distinct_keys")]
        bounds = _bounded_calls(own[0], own[1], own[2], ttl_hours) if day.rows else None
        if bounds is not None:
            least.append((day, Decimal(str(bounds[0])) * per_call))
            most.append((day, Decimal(str(bounds[1])) * per_call))
    if not most:
        return Estimate(), False
    low, _ = _estimate(least, [switched])
    high, _ = _estimate(most, [switched])
    if all(a == b for (_, a), (_, b) in zip(least, most, strict=True)):
        return high, False
    ends = (low.interval.low or low.interval.expected, high.interval.high or high.interval.expected)
    return Estimate(Interval(ends[0], high.interval.expected, ends[1])), True


def _bounded_calls(
    calls: float | None, requests: float | None, keys: float | None, ttl_hours: float | None
) -> tuple[float, float] | None:
    """What a day would at least and at most bill that began with an empty cache; None where hits are not known."""
    if calls is None or requests is None:
        return None
    if keys is None:
        return calls, max(calls, requests)
    least = max(calls, keys)
    if ttl_hours is not None and ttl_hours >= _A_DAY:
        return least, least
    return least, max(least, min(requests, calls + keys))


def _estimate(
    days: _Amounts, targets: Sequence[date], counts: Sequence[float | None] = ()
) -> tuple[Estimate, Forecast | None]:
    """The mean of days to come from days that were."""
    if not days:
        return Estimate(), None
    asked = [d.total("requests") for d, _ in days]
    found = forecast([d.day for d, _ in days], [float(a) for _, a in days], targets, counts, asked)
    return estimate(_mean([a for _, a in days]), found), found


def _mean(values: Sequence[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def estimate(mean: Decimal, found: Forecast) -> Estimate:
    """USD from a mean day and what its forecast makes of it."""
    expected = mean * Decimal(str(round(found.factor, 12)))
    low, high = found.quantile(0.05), found.quantile(0.95)
    ends = [None if q is None else mean * Decimal(str(round(q, 12))) for q in (low, high)]
    low_end = None if ends[0] is None else min(ends[0], expected)
    high_end = None if ends[1] is None else max(ends[1], expected)
    return Estimate(Interval(low_end, expected, high_end), tuple(float(mean) * d for d in found.draws))
