"""The rollup summed up: by consumer and model a mean day, and whom each name stands for by which rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from modelguard.usage.naming import Known, resolve
from modelguard.usage.rollup import Rollup, Row

CALLERS = "(all callers)"


@dataclass(frozen=True, slots=True)
class Line:
    """A consumer's use of a model: means of the days on which it has any. None: not known on any day."""

    consumer: str
    account: str | None
    model: str
    days: int
    requests: float | None
    calls: float | None
    tokens_in: float | None
    tokens_out: float | None
    cost: Decimal | None
    source: str
    origin: str


@dataclass(frozen=True, slots=True)
class Whom:
    """A name of the rollup and the consumer of the graph that it stands for; "" where none is, with what to do."""

    name: str
    consumer: str
    how: str
    certainty: str


def lines_of(rollup: Rollup) -> list[Line]:
    """A line a consumer, account, model and source, those that cost most first."""
    groups: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rollup.rows:
        groups[row.consumer, row.account or "", row.model, row.source].append(row)
    lines = [
        Line(
            consumer, account or None, model, len({r.day for r in rows}), _mean(rows, "requests"), _mean(rows, "calls"),
            _mean(rows, "tokens_in"), _mean(rows, "tokens_out"), _money(rows), source,
            "+".join(sorted({part for r in rows for part in r.origin.split("+") if part})),
        )
        for (consumer, account, model, source), rows in groups.items()
    ]  # fmt: skip
    return sorted(
        lines, key=lambda each: (-(each.cost or Decimal(0)), each.consumer, each.account or "", each.model, each.source)
    )


def _mean(rows: Sequence[Row], name: str) -> float | None:
    days: dict[str, float] = {}
    for row in rows:
        value = getattr(row, name)
        if value is not None:
            days[row.day] = days.get(row.day, 0.0) + value
    return sum(days.values()) / len(days) if days else None


def _money(rows: Sequence[Row]) -> Decimal | None:
    known = [r for r in rows if r.cost is not None]
    return (
        sum((r.cost for r in known if r.cost is not None), Decimal(0)) / len({r.day for r in known}) if known else None
    )


def whom(rollup: Rollup, consumers: Sequence[Known]) -> list[Whom]:
    """Whom each name of the rollup stands for, by the rules of naming.resolve and what the import has noted."""
    names = sorted({row.consumer for row in rollup.rows if row.consumer != CALLERS})
    noted = {n.consumer: n for n in rollup.names}
    found = []
    for name, named in resolve(names, consumers).items():
        note = noted.get(name)
        if note is not None:
            logged = ", ".join(note.logged[:3]) + (f" and {note.count - 3} more" if note.count > 3 else "")
            found.append(
                Whom(name, named.consumer if named.how else name, f"{note.how}: logged as {logged}", note.certainty)
            )
        elif named.how:
            found.append(Whom(name, named.consumer, named.how, named.certainty))
        else:
            found.append(Whom(name, "", "no consumer of the graph has this name, an alias or the same words", ""))
    return found


def billed(rows: Iterable[Row]) -> list[Row]:
    """The rows of which each call is in one: the total of all callers where there is one, else those that name somebody."""
    measured = [r for r in rows if r.source != "attributed"]
    whole = {(r.day, r.model) for r in measured if r.consumer == CALLERS}
    return [r for r in measured if r.consumer == CALLERS or (r.day, r.model) not in whole]
