"""How a consumer's cache fills after a switch, in calls and USD: the curve, its peak against quotas, a grace period."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from modelguard.cost.records import Interval, Warming
from modelguard.cost.series import Day, Series
from modelguard.cost.terms import Quota
from modelguard.cost.warmup import (
    HOURS,
    MAX_HOURS,
    Curve,
    Grace,
    Reuse,
    after_switch,
    reuse_of,
    steady_per_hour,
    warm_after,
)


@dataclass(frozen=True, slots=True)
class Filling:
    """A warming with what it is told in: USD and tokens of a cold call, what a grace period makes of it."""

    warming: Warming
    exposure: Decimal | None
    graced: Interval | None
    graced_exposure: Decimal | None
    echo_day: int | None
    from_hour: float


def filling_of(
    series: Series,
    ttl_hours: float | None,
    first_day: Interval,
    steady: Interval,
    quota: Quota | None,
    grace: Grace | None,
    start_hour: int = 0,
) -> Filling | None:
    """None where requests, calls or cold calls are not known, or where nothing is kept."""
    mean = {k: _mean([d.total(k) for d in series.days]) for k in ("requests", "calls")}
    cold = _mean([d.cold("calls") for d in series.days])
    requests, calls = mean["requests"], mean["calls"]
    if requests is None or calls is None or cold is None or not ttl_hours:
        return None
    hours = [h for d in series.days if (h := d.hours("requests")) is not None]
    shape = [sum(each) for each in zip(*hours, strict=True)] if hours else []
    reuse = reuse_of(requests, calls, cold, ttl_hours, shape)
    if reuse is None:
        return None
    span = min(MAX_HOURS, max(3 * HOURS, round(ttl_hours) + 2 * HOURS))
    curve = after_switch(reuse, span, start_hour)
    long_run = steady_per_hour(reuse)
    warm_at = warm_after(curve, long_run, ttl_hours)
    peak = max(range(min(HOURS, span)), key=lambda h: curve.calls[h])
    tokens = _tokens_per_call(series)
    minute = curve.calls[peak] / 60
    per_minute = None if tokens is None else minute * tokens
    warming = Warming(curve.calls, long_run, warm_at, peak, minute, per_minute, _against(quota, minute, per_minute))
    ratio = sum(curve.calls[:HOURS]) / (sum(after_switch(reuse, HOURS).calls) or 1.0)
    exposure = _exposure(curve, long_run, first_day, steady, warm_at)
    graced = graced_exposure = None
    if grace is not None and first_day.expected is not None:
        soft = after_switch(reuse, span, start_hour, grace)
        part = sum(soft.calls[:HOURS]) / (sum(curve.calls[:HOURS]) or 1.0)
        graced = scaled(first_day, min(1.0, part))
        ends = max(warm_at or 0, min(span, grace.window_hours + HOURS))
        graced_exposure = _exposure(soft, long_run, first_day, steady, ends, sum(curve.calls[:HOURS]))
    return Filling(warming, exposure, graced, graced_exposure, _echo(curve, reuse, long_run), ratio)


def _exposure(
    curve: Curve, long_run: float, first: Interval, steady: Interval, until: float | None, first_calls: float = 0.0
) -> Decimal | None:
    """USD above a steady day's, from the switch until the cache is warm."""
    total = first_calls or sum(curve.calls[:HOURS])
    if first.expected is None or steady.expected is None or not total:
        return None
    hours = int(max(HOURS, until or HOURS))
    above = sum(curve.calls[:hours]) - long_run * min(hours, len(curve.calls))
    return max(Decimal(0), first.expected * Decimal(str(round(above / total, 9))))


def _echo(curve: Curve, reuse: Reuse, long_run: float) -> int | None:
    """The day (1 is the first after the switch) on which the first day's answers expire together, where that shows."""
    day = round(reuse.ttl_hours / HOURS)
    later = sum(curve.calls[day * HOURS : (day + 1) * HOURS])
    return day + 1 if day >= 2 and later > 2 * long_run * HOURS else None


def scaled(interval: Interval, factor: float) -> Interval:
    """An interval times a plain number."""
    by = Decimal(str(round(factor, 9)))
    parts = (None if p is None else p * by for p in (interval.low, interval.expected, interval.high))
    return Interval(*parts)


def _tokens_per_call(series: Series) -> float | None:
    """Prompt and output of a cold call; of a billed one where the replay has no tokens."""
    for read in (Day.cold, Day.total):
        sums = [sum(read(d, k) or 0.0 for d in series.days) for k in ("calls", "tokens_in", "tokens_out")]
        if sums[0] and sums[1]:
            return (sums[1] + sums[2]) / sums[0]
    return None


def _mean(values: list[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def _against(quota: Quota | None, calls: float, tokens: float | None) -> str:
    """What a quota makes of the peak, in words; "" without one."""
    if quota is None:
        return ""
    told = []
    for limit, value, what in (
        (quota.requests_per_minute, calls, "requests"),
        (quota.tokens_per_minute, tokens, "tokens"),
    ):
        if limit is not None and value is not None:
            verdict = "over" if value > limit else "within"
            told.append(
                f"{verdict} the {limit:,.0f} {what} a minute of the quota ({value:,.1f} on the mean of that hour)"
            )
    return "; ".join(told)
