"""Activity signals (modelguard.activity/1): what each consumer did in each hour, in the unit of its signal. No money.

JSON Lines like the rollup's: a header with the sources, then a row a UTC day, consumer and signal with its 24 hours; an
hour that is known to be missing is null. Written by `usage import`, read by `usage attribute`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec

from modelguard.errors import InputError
from modelguard.usage.events import Activity
from modelguard.usage.rollup import MAX_BYTES, Source

SCHEMA = "modelguard.activity/1"
Hours24 = Annotated[tuple[float | None, ...], msgspec.Meta(min_length=24, max_length=24)]


class Signal(msgspec.Struct, frozen=True):
    """A day of one consumer's signal, by UTC hour; None: not known."""

    day: str
    consumer: str
    signal: str
    hours: Hours24


class Signals(msgspec.Struct, frozen=True):
    """All signals, and the files they are from."""

    rows: tuple[Signal, ...]
    sources: tuple[Source, ...] = ()


def signals_of(activity: Iterable[Activity], names: dict[str, str]) -> list[Signal]:
    """Activity by day, under the consumers' names. Hours of these days without any are zero: logs say what was done."""
    sums: dict[tuple[str, str], dict[tuple[str, int], float]] = {}
    for each in activity:
        hours = sums.setdefault((names.get(each.who, each.who), each.signal), {})
        key = (each.at.date().isoformat(), each.at.hour)
        hours[key] = hours.get(key, 0.0) + each.amount
    rows = []
    for (consumer, signal), hours in sums.items():
        for day in sorted({day for day, _ in hours}):
            values = [hours.get((day, h), 0.0) for h in range(24)]
            rows.append(Signal(day, consumer, signal, tuple(values)))
    return sorted(rows, key=_key)


def joined(old: Signals | None, rows: Sequence[Signal], sources: Sequence[Source], replace: bool = False) -> Signals:
    """Old and new together. Raises InputError where both have something of the same hour and `replace` is not given."""
    found = {_key(row): row for row in (old.rows if old else ())}
    for row in rows:
        there = found.get(_key(row))
        if there is None or replace:
            found[_key(row)] = row
            continue
        pairs = list(zip(there.hours, row.hours, strict=True))
        if any(a and b for a, b in pairs):
            raise InputError(
                f"the {row.signal} of {row.consumer} on {row.day} are there already from another file;",
                hint="import all files together, or --replace those days",
            )
        hours = tuple(b if not a and b is not None else a for a, b in pairs)
        found[_key(row)] = Signal(row.day, row.consumer, row.signal, hours)
    lines = {(s.kind, s.sha256): s for s in (*(old.sources if old else ()), *sources)}
    return Signals(tuple(found[key] for key in sorted(found)), tuple(lines.values()))


def read_signals(data: bytes, path: str) -> Signals:
    """The signals in JSON Lines. Raises InputError with path:line for a line that is not what it should be."""
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024 // 1024} MiB", path=path)
    lines = data.split(b"\n")
    try:
        header = msgspec.json.decode(lines[0], type=dict[str, Any])
        sources = msgspec.convert(header.get("sources") or [], tuple[Source, ...])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f'the first line must be a header with "schema": "{SCHEMA}"', path=path, line=1) from error
    if header.get("schema") != SCHEMA:
        raise InputError(f'the first line must be a header with "schema": "{SCHEMA}"', path=path, line=1)
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            try:
                rows.append(msgspec.json.decode(line, type=Signal))
            except (msgspec.MsgspecError, RecursionError) as error:
                raise InputError(f"not a row of {SCHEMA}: {error}", path=path, line=number) from error
    return Signals(tuple(rows), sources)


def write_signals(signals: Signals) -> str:
    """The signals as JSON Lines, the same for the same signals."""
    sources = [msgspec.to_builtins(s) for s in sorted(signals.sources, key=lambda s: (s.kind, s.sha256))]
    lines: list[dict[str, Any]] = [{"schema": SCHEMA, "sources": sources}]
    for row in sorted(signals.rows, key=_key):
        hours = [None if h is None else int(h) if float(h).is_integer() else round(h, 3) for h in row.hours]
        lines.append({"day": row.day, "consumer": row.consumer, "signal": row.signal, "hours": hours})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _key(row: Signal) -> tuple[str, str, str]:
    return row.day, row.consumer, row.signal
