"""A new import joined to what the rollup has: importing twice changes nothing, and nothing is counted twice.

Rows of the same day, consumer, account and model are one. Sources complete each other: of a figure that several give,
that of the source which sees more counts; of cost, what was paid before what a price list says. Two imports of the same
kind that both have a figure for the same row overlap, and are refused: which part they share can't be seen any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from modelguard.errors import InputError
from modelguard.usage.importer import Imported
from modelguard.usage.rollup import Cache, Name, Rollup, Row, Source

SEES = (
    "guard",
    "litellm",
    "langfuse",
    "otel",
    "csv",
    "bedrock-logs",
    "openai",
    "anthropic",
    "logs-insights",
    "cloudwatch",
    "cur",
)
"""Kinds of source, that which sees most of a request first."""
PAID = ("cur", "openai", "anthropic")
"""Kinds that know what was paid."""
FIGURES = (
    "requests", "calls", "tokens_in", "tokens_out", "cache_read_tokens", "cache_write_tokens", "cost", "cold",
    "distinct_keys", "hours",
)  # fmt: skip
Key = tuple[str, str, str, str, str]


def merged(old: Rollup | None, new: Imported, replace: bool = False, path: str = "") -> Rollup:
    """The rollup with the import in it. Raises InputError where imports overlap and `replace` is not given."""
    rows = {_key(row): row for row in (old.rows if old else ())}
    if replace:
        kinds, days = {s.kind for s in new.sources}, {row.day for row in new.rows}
        rows = {k: r for k, r in rows.items() if r.day not in days or not kinds & set(r.origin.split("+"))}
    overlaps: list[Row] = []
    for row in new.rows:
        there = rows.get(_key(row))
        if there is not None and _overlap(there, row):
            overlaps.append(row)
        rows[_key(row)] = row if there is None else _joined(there, row)
    if overlaps:
        first = overlaps[0]
        raise InputError(
            f"{len(overlaps):,} days of a consumer are in the rollup already from another {first.origin} import, the "
            f"first {first.day} of {first.consumer};",
            path=path or None,
            hint="import all files together (each request then counts once), or --replace those days",
        )
    ordered = sorted(rows.values(), key=_key)
    covered = [row.day for row in ordered]
    return Rollup(
        path=old.path if old else path,
        since=min(covered, default=""),
        until=max(covered, default=""),
        rows=tuple(ordered),
        caches=_caches(old.caches if old else (), new.caches),
        calibration=old.calibration if old else Rollup("", "", "", ()).calibration,
        sources=_sources(old.sources if old else (), new.sources),
        names=_names(old.names if old else (), new.names),
    )


def known_files(old: Rollup | None, kind: str, digests: Sequence[str]) -> set[int]:
    """Positions of the files that are in the rollup already, by their bytes."""
    there = {(s.kind, s.sha256) for s in old.sources} if old else set()
    return {position for position, digest in enumerate(digests) if (kind, digest) in there}


def _key(row: Row) -> Key:
    return row.day, row.consumer, row.account or "", row.model, row.source


def _overlap(there: Row, row: Row) -> bool:
    if not set(there.origin.split("+")) & set(row.origin.split("+")):
        return False
    return any(getattr(there, n) is not None and getattr(row, n) is not None for n in FIGURES if n != "hours")


def _joined(there: Row, row: Row) -> Row:
    """One row of two: each figure from the source that knows it best."""
    finer, other = sorted((there, row), key=lambda r: min(map(_rank, r.origin.split("+"))))
    figures = {n: getattr(finer, n) if getattr(finer, n) is not None else getattr(other, n) for n in FIGURES}
    paid = [r for r in (there, row) if r.cost is not None and set(r.origin.split("+")) & set(PAID)]
    if len(paid) == 1:
        figures["cost"] = paid[0].cost
    if finer.hours is not None and other.hours is not None:
        figures["hours"] = msgspec.structs.replace(
            finer.hours,
            **{n: getattr(other.hours, n) for n in finer.hours.__struct_fields__ if getattr(finer.hours, n) is None},
        )
    origin = "+".join(sorted(set(there.origin.split("+")) | set(row.origin.split("+"))))
    return msgspec.structs.replace(finer, raw=finer.raw or other.raw, origin=origin, **figures)


def _rank(origin: str) -> int:
    return SEES.index(origin) if origin in SEES else len(SEES)


def _caches(old: Iterable[Cache], new: Iterable[Cache]) -> tuple[Cache, ...]:
    """What the newer import says of a cache replaces what the older said, except what somebody declared."""
    found = {c.consumer: c for c in old}
    for cache in new:
        if found.get(cache.consumer, cache).why != "declared":
            found[cache.consumer] = cache
    return tuple(found[name] for name in sorted(found))


def _sources(old: Iterable[Source], new: Iterable[Source]) -> tuple[Source, ...]:
    return tuple({(s.kind, s.sha256): s for s in (*old, *new)}.values())


def _names(old: Iterable[Name], new: Iterable[Name]) -> tuple[Name, ...]:
    found = {(n.consumer, n.how, n.certainty): n for n in old}
    for name in new:
        there = found.get((name.consumer, name.how, name.certainty))
        logged = tuple(sorted({*name.logged, *(there.logged if there else ())})[:5])
        count = max(name.count, there.count if there else 0)
        found[name.consumer, name.how, name.certainty] = msgspec.structs.replace(name, logged=logged, count=count)
    return tuple(found[key] for key in sorted(found))
