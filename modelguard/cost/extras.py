"""What `modelguard cost` says beyond a row's three figures: the curve, its peak, a grace period, what fallbacks may cost."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from modelguard.catalog.identity import identify
from modelguard.cost.prices import Prices, Unpriced
from modelguard.cost.records import ConsumerCost, Switch
from modelguard.cost.series import Series
from modelguard.cost.warming import filling_of, scaled
from modelguard.cost.warmup import Grace
from modelguard.usage.rollup import Rollup


@dataclass(frozen=True, slots=True)
class GracePeriod:
    """A grace period for a consumer's switch from `old` to `new` (globs); the window in hours.

    Renewals in the background are bounded by calls a minute (0: there are none), calls in all and USD in all.
    """

    consumer: str
    old: str
    new: str
    hours: float
    per_minute: float | None = None
    calls: float | None = None
    usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What all rows of a report share."""

    switches: tuple[Switch, ...]
    rollup: Rollup | None
    prices: Prices
    on: date
    day: date
    hour: int
    curves: bool
    graces: tuple[GracePeriod, ...]


def extras(row: ConsumerCost, switch: Switch, series: Series, ttl: float | None, asked: Question) -> ConsumerCost:
    """The row with its curve, its grace period and its worst case."""
    row = replace(row, worst=_worst(row, switch, asked))
    target = identify(switch.to_raw or "").name
    quota = asked.prices.terms.quota(target)
    grace = _grace_of(row, switch, series, asked)
    found = filling_of(series, ttl, row.first_day, row.steady, quota, grace, asked.hour)
    if found is None:
        return row
    notes = list(row.notes)
    if found.echo_day is not None:
        notes.append(
            f"The first day's answers expire together on day {found.echo_day}, which bills nearly as much again."
        )
    first, draws = row.first_day, row.draws
    if asked.hour:
        first = scaled(first, found.from_hour)
        draws = (draws[0], draws[1], tuple(d * found.from_hour for d in draws[2]))
    return replace(
        row,
        first_day=first,
        draws=draws,
        notes=tuple(notes),
        warming=found.warming,
        exposure=found.exposure,
        graced=found.graced,
        graced_exposure=found.graced_exposure,
    )


def _grace_of(row: ConsumerCost, switch: Switch, series: Series, asked: Question) -> Grace | None:
    """The first grace period that fits the switch."""
    old, new = identify(switch.from_raw or "").name, identify(switch.to_raw or "").name
    for period in asked.graces:
        pairs = ((switch.consumer, period.consumer), (old, period.old), (new, period.new))
        if not all(fnmatch.fnmatchcase(name, pattern) for name, pattern in pairs):
            continue
        in_all = [period.calls] if period.calls is not None else []
        cold = [c for d in series.days if (c := d.cold("calls")) is not None]
        if period.usd is not None and row.first_day.expected and cold and sum(cold):
            in_all.append(float(period.usd / row.first_day.expected) * sum(cold) / len(cold))
        hourly = None if period.per_minute is None else period.per_minute * 60
        return Grace(period.hours, hourly, min(in_all) if in_all else None)
    return None


def _worst(row: ConsumerCost, switch: Switch, asked: Question) -> Decimal | None:
    """The steady day where every call is billed at each try, at its model and then at each fallback."""
    billing = asked.prices.terms.of(switch.consumer, identify(switch.to_raw or "").name)
    if row.steady.expected is None or (billing.attempts == 1 and not switch.fallbacks):
        return None
    target = asked.prices.price_of(identify(switch.to_raw or ""), asked.on)
    total = Decimal(1)
    for raw in switch.fallbacks:
        other = asked.prices.price_of(identify(raw), asked.on)
        if isinstance(other, Unpriced) or isinstance(target, Unpriced):
            return None
        # The dearer of both directions, so that no mix of prompt and output costs more.
        total += max(other.input / target.input if target.input else Decimal(1),
                     other.output / target.output if target.output else Decimal(1))  # fmt: skip
    return row.steady.expected * total * billing.attempts
