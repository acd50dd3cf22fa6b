"""A consumer's rows as days: which days were measured, which had nothing, which are cut off, and where a cache began cold."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from modelguard.usage.rollup import Row

_CUT_OFF = 0.12
"""Hours at an edge that usually have more than this share of a day's requests, and had none, make it a part of a day."""


@dataclass(frozen=True, slots=True)
class Day:
    """A UTC day; no rows means that nothing was used."""

    day: date
    rows: tuple[Row, ...] = ()

    def total(self, key: str) -> float | None:
        """A figure summed over the rows; None where one of them doesn't know it."""
        return _sum([getattr(r, key) for r in self.rows])

    def cold(self, key: str) -> float | None:
        """A figure of the day's replay through an empty cache, likewise."""
        return _sum([None if r.cold is None else getattr(r.cold, key) for r in self.rows])

    def hours(self, key: str) -> tuple[float, ...] | None:
        """A figure by hour (24), likewise."""
        found = [_hours(r, key) for r in self.rows]
        if not found or any(f is None for f in found):
            return None if found else (0.0,) * 24
        return tuple(sum(each) for each in zip(*(f for f in found if f is not None), strict=True))


@dataclass(frozen=True, slots=True)
class Series:
    """Days in order. `missing` and `partial` were left out; `idle` are the days with nothing; `cold_at` is the index
    of the last day that began with an empty cache, None where none is seen.
    """

    days: tuple[Day, ...]
    missing: int = 0
    partial: int = 0
    idle: int = 0
    cold_at: int | None = None


def _sum(values: Sequence[float | None]) -> float | None:
    return None if any(v is None for v in values) else float(sum(v for v in values if v is not None))


def _hours(row: Row, key: str) -> tuple[float, ...] | None:
    hours = getattr(row, "hours", None)
    values = getattr(hours, key, None) if hours is not None else None
    if values is None or len(values) != 24 or any(v is None for v in values):
        return None
    return tuple(float(v) for v in values)


def series_of(rows: Sequence[Row], observed: frozenset[date], since: str, until: str) -> Series:
    """The days of a consumer's rows. `observed` are days on which anything at all was recorded, by anybody."""
    by_day: dict[date, list[Row]] = {}
    for row in rows:
        day = parse_day(row.day)
        if day is not None:
            by_day.setdefault(day, []).append(row)
    if not by_day:
        return Series(())
    present = sorted(by_day)
    first, last = present[0], max(present[-1], _bound(until, present[-1]))
    last = min(last, present[-1] + timedelta(days=366))
    share = len(present) / ((present[-1] - first).days + 1)
    if share < 0.7:  # it runs now and then, so the days before its first are days without a run, too
        first = max(min(first, _bound(since, first)), first - timedelta(days=366))
    days: list[Day] = []
    missing = 0
    skipped_weekdays = _never(present, first, last)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day in by_day:
            days.append(Day(day, tuple(by_day[day])))
        elif day in observed or day.weekday() in skipped_weekdays:
            days.append(Day(day))
        else:
            missing += 1
    found = _without_parts(Series(tuple(days), missing))
    idle = sum(1 for d in found.days if not d.rows)
    return replace(found, idle=idle, cold_at=_cold_start(found.days))


def parse_day(text: str) -> date | None:
    """An ISO date, None for anything else."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _bound(text: str, default: date) -> date:
    return parse_day(text) or default


def _never(present: list[date], first: date, last: date) -> frozenset[int]:
    """Weekdays that came at least twice and never had anything."""
    seen = {d.weekday() for d in present}
    counts = [0] * 7
    for number in range((last - first).days + 1):
        counts[(first + timedelta(days=number)).weekday()] += 1
    return frozenset(w for w in range(7) if w not in seen and counts[w] >= 2)


def _without_parts(series: Series) -> Series:
    """Without a first or last day of which an export holds a part only."""
    days = series.days
    if len(days) < 4:
        return series
    inner = [h for d in days[1:-1] if (h := d.hours("requests")) is not None and sum(h) > 0]
    if len(inner) < 2:
        return series
    usual = [sum(h[hour] / sum(h) for h in inner) / len(inner) for hour in range(24)]
    cut = 0
    for edge, order in ((0, range(24)), (-1, range(23, -1, -1))):
        own = days[edge].hours("requests")
        if own is None or not sum(own):
            continue
        share = 0.0
        for hour in order:
            if own[hour]:
                break
            share += usual[hour]
        if share > _CUT_OFF:
            days = days[1:] if edge == 0 else days[:-1]
            cut += 1
    return replace(series, days=days, partial=cut)


def _cold_start(days: Sequence[Day]) -> int | None:
    """The last day that billed all that an empty cache would bill, where other days bill clearly less."""
    shares = [(i, s) for i, d in enumerate(days) if (s := _share(d)) is not None]
    if len(shares) < 3:
        return None
    usual = median(s for _, s in shares)
    if usual > 0.9:
        return None
    cold = [i for i, s in shares if s >= 0.985]
    return cold[-1] if cold and len(cold) <= len(shares) // 3 else None


def _share(day: Day) -> float | None:
    calls, cold = day.total("calls"), day.cold("calls")
    return calls / cold if day.rows and calls is not None and cold else None


def cycle_days(ttl_hours: float | None) -> int:
    """Whole days of a cache's cycle; a TTL that was inferred may be a little more than it is."""
    return max(1, math.ceil((ttl_hours or 24) / 24 - 0.1))


@dataclass(frozen=True, slots=True)
class Warm:
    """The days that a steady day is estimated from, and those of an incomplete cycle to be laid after them.

    `quiet` is given where the cycle in which the cache was filled had to be taken: its days without the cold one. Where
    every use of an answer keeps it for longer (a sliding TTL), days stay as quiet as those.
    """

    days: tuple[Day, ...]
    laid: tuple[Day, ...] = ()
    quiet: tuple[Day, ...] = ()


def warm(series: Series, ttl_hours: float | None) -> Warm:
    """Whole cycles of the cache, after the cycle in which it was filled.

    Where there is none, the cycle that begins with the cold day is one, too; where the days end before it does, its last
    days are taken to go on.
    """
    days, cycle = series.days, cycle_days(ttl_hours)
    if series.cold_at is None:
        whole = len(days) // cycle * cycle
        return Warm(days[-whole:] if cycle > 1 and 0 < whole < 4 * cycle else days)
    after = days[series.cold_at + cycle :]
    if len(after) >= max(cycle, 3):
        whole = len(after) // cycle * cycle
        return Warm(after[-whole:] if cycle > 1 and whole < 4 * cycle else after)
    own = days[series.cold_at :]
    quiet = own[1 : min(cycle, len(own))]
    if len(own) >= cycle:
        return Warm(own[: len(own) // cycle * cycle], (), quiet)
    if not quiet:
        return Warm(days)
    return Warm(own, tuple(quiet[-1 - (n % len(quiet))] for n in range(cycle - len(own))), quiet)


def amounts(days: Sequence[Day], cost: Callable[[Row], Decimal | None]) -> list[tuple[Day, Decimal]]:
    """Days with what they cost; without those of which a row doesn't say."""
    found = []
    for day in days:
        parts = [cost(r) for r in day.rows]
        if all(p is not None for p in parts):
            found.append((day, sum((p for p in parts if p is not None), Decimal(0))))
    return found
