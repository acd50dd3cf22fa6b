"""From the rollup and the signals to who made which calls: every model of a shared key, day by day, with cost.

Calls that name exactly one consumer are exact: they are taken off the shared total hour by hour, and win over what would be
inferred. Cost is what the rollup has for the day, shared out by each consumer's tokens at the model's price, else by calls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from modelguard.errors import InputError
from modelguard.usage.attribution.split import Alike, Share, Shared, Split, split
from modelguard.usage.rollup import Hours, Rollup, Row
from modelguard.usage.signals import Signals

CALLERS = "(all callers)"
UNEXPLAINED = "(unexplained)"
TOKENS = ("tokens_in", "tokens_out")
PriceOf = Callable[[str], tuple[Decimal, Decimal] | None]
"""A model as logged to its price: USD per million tokens in and out; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """A consumer's part of a shared key's model on a day. Intervals are 90 %. `cost` is USD, None where not known."""

    day: str
    model: str
    share: Share
    cost: Decimal | None
    cost_low: Decimal | None
    cost_high: Decimal | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """All parts, by day, model and consumer; unexplained calls are a part called UNEXPLAINED. Totals are what was billed."""

    shared: tuple[str, ...]
    parts: tuple[Part, ...]
    alike: tuple[tuple[str, Alike], ...]
    shifts: Mapping[tuple[str, str], float]
    silent: tuple[str, ...]
    notes: tuple[str, ...]


def attribute(
    rollup: Rollup, signals: Signals, shared: Collection[str], price_of: PriceOf, consumers: Collection[str] = ()
) -> Attribution:
    """Split what was billed under the names `shared`. `consumers` are those that could have called (for who is silent)."""
    rows = [r for r in rollup.rows if r.consumer in shared and r.source == "measured"]
    rows = [r for r in rows if r.hours is not None and r.hours.calls is not None]
    if not rows:
        raise InputError(
            f"the rollup has no calls by hour under {', '.join(sorted(shared))};",
            hint="a daily source can't be split: import hours (CloudWatch with a period of 3600)",
        )
    known = {s.consumer for s in signals.rows}
    parts: list[Part] = []
    alike: list[tuple[str, Alike]] = []
    shifts: dict[tuple[str, str], float] = {}
    notes: list[str] = []
    exact_names: set[str] = set()
    for model in sorted({r.model for r in rows}):
        mine = [r for r in rows if r.model == model]
        exact = _exact(rollup, model, shared) if set(shared) == {CALLERS} else []
        exact_names |= {r.consumer for r in exact}
        left = _less(mine, exact)
        wanted = {k: v for k, v in _columns(signals, left.days).items() if k[0] not in {r.consumer for r in exact}}
        found = split(_masked(left, mine, rows), wanted)
        parts += _parts(model, mine, exact, found, price_of)
        alike += [(model, each) for each in found.alike]
        shifts |= {(model, consumer): shift for consumer, shift in found.shifts.items()}
        notes += [f"{model}: {note}" for note in found.notes]
    silent = tuple(sorted(set(consumers) - known - exact_names))
    ordered = sorted(
        parts, key=lambda p: (p.day, p.model, p.share.consumer == UNEXPLAINED, -p.share.calls, p.share.consumer)
    )
    return Attribution(tuple(sorted(shared)), tuple(ordered), tuple(alike), shifts, silent, tuple(dict.fromkeys(notes)))


def shared_names(rollup: Rollup, consumers: Collection[str]) -> list[str]:
    """The names under which several consumers may call: of all callers, else those that map to no consumer."""
    there = {r.consumer for r in rollup.rows if r.source == "measured" and r.hours is not None}
    return [CALLERS] if CALLERS in there else sorted(there - set(consumers))


def rows_with(rollup: Rollup, found: Attribution) -> tuple[Row, ...]:
    """The rollup's rows with the inferred parts as rows of their own (`attributed`), in place of those of an earlier run."""
    days = {p.day for p in found.parts}
    kept = [r for r in rollup.rows if r.source != "attributed" or r.day not in days]
    raws = {(r.day, r.model): r.raw for r in rollup.rows if r.consumer in found.shared}
    new = [
        Row(
            day=p.day, consumer=p.share.consumer, model=p.model, raw=raws.get((p.day, p.model)), calls=round(p.share.calls),
            tokens_in=_whole(p.share.tokens_in), tokens_out=_whole(p.share.tokens_out),
            cost=None if p.cost is None else round(p.cost, 6), source="attributed", origin="activity",
            hours=Hours(calls=tuple(round(h, 1) for h in p.share.hours)),
        )
        for p in found.parts
        if not p.share.exact and p.share.consumer != UNEXPLAINED and p.share.calls >= 0.5
    ]  # fmt: skip
    return (*kept, *new)


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value)


def _exact(rollup: Rollup, model: str, shared: Collection[str]) -> list[Row]:
    """Rows that name a consumer themselves, of the same calls that the shared total has."""
    return [
        r
        for r in rollup.rows
        if r.model == model
        and r.consumer not in shared
        and r.source == "measured"
        and r.hours is not None
        and r.hours.calls
    ]


def _days(rows: Sequence[Row]) -> tuple[str, ...]:
    first, last = (date.fromisoformat(pick(r.day for r in rows)) for pick in (min, max))
    return tuple((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))


def _less(rows: Sequence[Row], exact: Sequence[Row]) -> Shared:
    """The shared calls by hour, less those that name somebody."""
    days = _days(rows)
    calls, tokens_in, tokens_out = [0.0] * (24 * len(days)), [0.0] * (24 * len(days)), [0.0] * (24 * len(days))
    complete = True
    place = {day: n * 24 for n, day in enumerate(days)}
    for row, sign in [(r, 1.0) for r in rows] + [(r, -1.0) for r in exact if r.day in place]:
        assert row.hours is not None
        at = place[row.day]
        counted, read, written = row.hours.calls or (0.0,) * 24, row.hours.tokens_in, row.hours.tokens_out
        if sign < 0 and (read is None or written is None):
            read, written = _spread(row.tokens_in, counted), _spread(row.tokens_out, counted)
        complete = complete and read is not None and written is not None
        for hour in range(24):
            calls[at + hour] += sign * counted[hour]
            tokens_in[at + hour] += sign * (read[hour] if read else 0.0)
            tokens_out[at + hour] += sign * (written[hour] if written else 0.0)
    parts = [tuple(max(0.0, v) for v in values) for values in (calls, tokens_in, tokens_out)]
    return Shared(days, parts[0], parts[1] if complete else None, parts[2] if complete else None)


def _spread(total: float | None, hours: Sequence[float]) -> tuple[float, ...] | None:
    calls = sum(hours)
    return None if total is None or not calls else tuple(total * h / calls for h in hours)


def _masked(shared: Shared, rows: Sequence[Row], others: Sequence[Row]) -> Shared:
    """Without the hours of a switch in which the calls went to another model: activity then was for that one."""
    other: dict[tuple[str, int], float] = {}
    for row in others:
        if row.model != rows[0].model and row.hours is not None and row.hours.calls is not None:
            for hour, calls in enumerate(row.hours.calls):
                other[row.day, hour] = other.get((row.day, hour), 0.0) + calls
    busy = [n for n, calls in enumerate(shared.calls) if calls > 0]
    if not other or not busy:
        return shared
    outside = [n for n in range(len(shared.calls)) if n < busy[0] or n > busy[-1]]
    idle = frozenset(n for n in outside if other.get((shared.days[n // 24], n % 24), 0.0) > 0)
    return replace(shared, idle=idle)


def _columns(signals: Signals, days: Sequence[str]) -> dict[tuple[str, str], list[float | None]]:
    place = {day: n * 24 for n, day in enumerate(days)}
    columns: dict[tuple[str, str], list[float | None]] = {}
    for row in signals.rows:
        if row.day in place:
            column = columns.setdefault((row.consumer, row.signal), [None] * (24 * len(days)))
            column[place[row.day] : place[row.day] + 24] = row.hours
    for (consumer, signal), column in columns.items():
        # A day of which a signal says nothing, while it does of others, is a day without activity only if it was covered.
        covered = sorted(r.day for r in signals.rows if (r.consumer, r.signal) == (consumer, signal))
        for day, at in place.items():
            if covered[0] < day < covered[-1] and column[at : at + 24] == [None] * 24:
                column[at : at + 24] = [0.0] * 24
    return columns


def _parts(model: str, rows: Sequence[Row], exact: Sequence[Row], found: Split, price_of: PriceOf) -> list[Part]:
    by_day: dict[str, list[Share]] = {}
    for share in found.shares:
        by_day.setdefault(share.day, []).append(share)
    days = {r.day for r in rows}
    for row in exact:
        if row.day in days and row.hours is not None and row.hours.calls is not None:
            calls = row.calls or 0.0
            share = Share(
                row.day,
                row.consumer,
                calls,
                calls,
                calls,
                row.hours.calls,
                0.0,
                row.origin,
                row.tokens_in,
                row.tokens_out,
                exact=True,
            )
            by_day.setdefault(row.day, []).append(share)
    for day, hours in found.unexplained.items():
        calls = sum(hours)
        if calls >= 0.5:
            mine = by_day.setdefault(day, [])
            tokens = [
                _rest([getattr(r, n) for r in rows if r.day == day], [getattr(s, n) for s in mine]) for n in TOKENS
            ]
            mine.append(Share(day, UNEXPLAINED, calls, calls, calls, hours, 0.0, "", tokens[0], tokens[1]))
    parts = []
    for day, shares in by_day.items():
        billed = [r for r in rows if r.day == day]
        if billed:
            parts += _priced(day, model, billed, shares, price_of)
    return parts


def _rest(billed: Sequence[float | None], shares: Sequence[float | None]) -> float | None:
    """What the shares leave of what was billed; None where either is not known."""
    if any(v is None for v in (*billed, *shares)):
        return None
    return max(0.0, sum(v for v in billed if v is not None) - sum(v for v in shares if v is not None))


def _priced(day: str, model: str, rows: Sequence[Row], shares: Sequence[Share], price_of: PriceOf) -> list[Part]:
    """Cost of each share: the day's, by tokens at the price; else by calls; without the day's, tokens at the price."""
    price = price_of(rows[0].raw or model)
    paid = None if any(r.cost is None for r in rows) else sum((r.cost for r in rows if r.cost is not None), Decimal(0))
    weights = [_weight(share, price) for share in shares]
    if any(w is None for w in weights):
        calls = Decimal(str(sum(s.calls for s in shares) or 1))
        total = paid if paid is not None else _listed(rows, price)
        costs = [None if total is None else total * Decimal(str(s.calls)) / calls for s in shares]
    elif paid is None:
        costs = list(weights)
    else:
        whole = sum((w for w in weights if w is not None), Decimal(0)) or Decimal(1)
        costs = [paid * w / whole if w is not None else None for w in weights]
    parts = []
    for share, cost in zip(shares, costs, strict=True):
        low, high = (
            (Decimal(str(end / share.calls)) if share.calls else Decimal(1)) for end in (share.low, share.high)
        )
        parts.append(Part(day, model, share, cost, cost and cost * low, cost and cost * high))
    return parts


def _weight(share: Share, price: tuple[Decimal, Decimal] | None) -> Decimal | None:
    if price is None or share.tokens_in is None or share.tokens_out is None:
        return None
    return (Decimal(str(share.tokens_in)) * price[0] + Decimal(str(share.tokens_out)) * price[1]) / 1_000_000


def _listed(rows: Sequence[Row], price: tuple[Decimal, Decimal] | None) -> Decimal | None:
    """The day's cost by list price, where it is not known otherwise."""
    if price is None or any(r.tokens_in is None or r.tokens_out is None for r in rows):
        return None
    return sum(
        (Decimal(str(r.tokens_in)) * price[0] + Decimal(str(r.tokens_out)) * price[1] for r in rows), Decimal(0)
    ) / Decimal(1_000_000)
