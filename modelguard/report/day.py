"""The picture of the day: what each consumer costs by the hour, on the last recorded day and the day around a switch.

A day's cost is spread over its 24 UTC hours by the billed calls; a first, cold day by the calls that an empty cache
would have let through. A day without hours is spread over none, and left out with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modelguard.catalog.identity import identify
from modelguard.graph.model import Consumer, Graph
from modelguard.usage.rollup import Rollup, Row, match_consumers

HOURS = 24
Hourly = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A consumer's hours. `before` and `after` are USD an hour; `cold` is each hour's share of a cold day, None: unknown."""

    consumer: str
    model: str
    before: Hourly
    after: Hourly | None
    cold: Hourly | None
    model_after: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """Two days, ISO dates: the last one recorded, or, where consumers changed models, the days around the switch."""

    day: str
    next_day: str
    series: tuple[Series, ...]
    left_out: tuple[str, ...]
    switched: bool


def day_of(graph: Graph, rollup: Rollup | None) -> Day | None:
    """The picture's figures; None where nothing is recorded that has hours and a cost."""
    if rollup is None or not rollup.rows:
        return None
    consumers = [(n.name, n.aliases) for n in graph.nodes if isinstance(n, Consumer)]
    names = match_consumers(sorted({r.consumer for r in rollup.rows}), consumers)
    by_day: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rollup.rows:
        by_day[row.day][names.get(row.consumer, (row.consumer,))[0]].append(row)
    days = sorted(by_day)
    switch = _switch_day(days, by_day)
    day = days[days.index(switch) - 1] if switch else days[-1]
    series, left_out = [], []
    for consumer in sorted(by_day[day]):
        rows = by_day[day][consumer]
        before = _hourly(rows)
        if before is None:
            left_out.append(consumer)
            continue
        later = by_day[switch].get(consumer, []) if switch else []
        after = (_hourly(later) if later else (0.0,) * HOURS) if switch else None
        series.append(Series(consumer, _models(rows), before, after, _shares(rows), _models(later)))
    return Day(day, switch, tuple(series), tuple(left_out), bool(switch)) if series else None


def _switch_day(days: list[str], by_day: dict[str, dict[str, list[Row]]]) -> str:
    """The last day on which a consumer's calls were of a model that it did not use the day before; "" for none."""
    for before, after in zip(reversed(days[:-1]), reversed(days[1:]), strict=True):
        for consumer, rows in by_day[after].items():
            old = by_day[before].get(consumer)
            if old and _models(old) != _models(rows):
                return after
    return ""


def _models(rows: Iterable[Row]) -> str:
    return ", ".join(sorted({identify(r.model).name for r in rows if r.calls is None or r.calls > 0}))


def _hourly(rows: list[Row]) -> Hourly | None:
    total = [0.0] * HOURS
    for row in rows:
        calls = row.hours.calls if row.hours is not None else None
        if row.cost is None or calls is None or (not sum(calls) and row.cost):
            return None
        weight = sum(calls) or 1
        total = [t + float(row.cost) * c / weight for t, c in zip(total, calls, strict=True)]
    return tuple(round(t, 6) for t in total)


def _shares(rows: list[Row]) -> Hourly | None:
    total = [0.0] * HOURS
    for row in rows:
        calls = row.hours.cold_calls if row.hours is not None else None
        if calls is None:
            return None
        total = [t + c for t, c in zip(total, calls, strict=True)]
    weight = sum(total)
    return tuple(round(t / weight, 6) for t in total) if weight else None
