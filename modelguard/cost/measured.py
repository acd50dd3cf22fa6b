"""One consumer's costs from its measured days: before, steady, and the first day, when every cache is cold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from modelguard.cost.billing import Sizing, billed, cold
from modelguard.cost.forecast import Forecast, forecast
from modelguard.cost.prices import Price, Unpriced
from modelguard.cost.records import Estimate, Interval
from modelguard.cost.series import Day, Series, amounts, warm

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


def steady_dates(switched: date, ttl_hours: float | None) -> list[date]:
    """The days that the steady estimate is the mean of: from when the caches have been filled."""
    start = switched + timedelta(days=max(1, math.ceil((ttl_hours or 24) / 24 - 1e-9)))
    return [start + timedelta(days=n) for n in range(STEADY_DAYS)]


def measured(series: Series, priced: Priced, ttl_hours: float | None, cached: bool, switched: date) -> Measured:
    """All estimates. Where no day's tokens are known, steady is unknown, and with it the rest."""
    days, laid = warm(series, ttl_hours)
    ahead = steady_dates(switched, ttl_hours)
    steady_days = amounts(days, lambda r: billed(r, priced.steady, priced.scale, priced.sizing))
    steady_laid = amounts(laid, lambda r: billed(r, priced.steady, priced.scale, priced.sizing))
    steady, seen = _estimate(steady_days, steady_laid, ahead)
    before = _paid(days, laid, priced)
    first, bounded = _first(series, priced, cached, switched)
    slope = seen.slope if seen else 0.0
    return Measured(before, steady, first, bounded, bool(seen and seen.weekly), slope, len(steady_days))


def _paid(days: Sequence[Day], laid: Sequence[Day], priced: Priced) -> Estimate:
    """The mean of what was paid on the same days that the steady day is estimated from."""
    paid = amounts(days, lambda r: r.cost if r.cost is not None else billed(r, priced.old, priced.scale))
    more = amounts(laid, lambda r: r.cost if r.cost is not None else billed(r, priced.old, priced.scale))
    if not paid:
        return Estimate()
    values = [a for _, a in (*paid, *more)]
    mean = sum(values, Decimal(0)) / len(values)
    found = forecast([d.day for d, _ in paid], [float(a) for _, a in paid], [d.day for d, _ in paid])
    centred = tuple(d / found.factor for d in found.draws) if found.factor > 0 else ()
    return estimate(mean, Forecast(1.0, centred))


def _first(series: Series, priced: Priced, cached: bool, switched: date) -> tuple[Estimate, bool]:
    """The first day: the replays through an empty cache; or, without a cache in front, a day as billed."""

    def replayed(row) -> Decimal | None:  # type: ignore[no-untyped-def]
        found = cold(row, priced.first, priced.scale, priced.sizing)
        if found is None and row.requests is not None and row.calls == row.requests and not cached:
            return billed(row, priced.first, priced.scale, priced.sizing)
        return found

    days = amounts(series.days, replayed)
    active = [(d, a) for d, a in days if d.rows]
    if not active:
        return Estimate(), False
    if len(active) < len(days):  # it does not run every day: the first day is the first on which it does
        days = active
    found, _ = _estimate(days, [], [switched])
    return found, False


def _estimate(
    days: Sequence[tuple[Day, Decimal]], laid: Sequence[tuple[Day, Decimal]], targets: Sequence[date]
) -> tuple[Estimate, Forecast | None]:
    """The mean of days to come from days that were, and those laid after them to make a cycle whole."""
    if not days:
        return Estimate(), None
    values = [a for _, a in (*days, *laid)]
    mean = sum(values, Decimal(0)) / len(values)
    if laid:
        found = Forecast(1.0, ())
    else:
        found = forecast([d.day for d, _ in days], [float(a) for _, a in days], targets)
    return estimate(mean, found), found


def estimate(mean: Decimal, found: Forecast) -> Estimate:
    """USD from a mean day and what its forecast makes of it."""
    expected = mean * Decimal(str(round(found.factor, 12)))
    low, high = found.quantile(0.05), found.quantile(0.95)
    ends = [None if q is None else mean * Decimal(str(round(q, 12))) for q in (low, high)]
    low_end = None if ends[0] is None else min(ends[0], expected)
    high_end = None if ends[1] is None else max(ends[1], expected)
    return Estimate(Interval(low_end, expected, high_end), tuple(float(mean) * d for d in found.draws))
