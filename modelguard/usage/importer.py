"""From a source's files to rows of the rollup: load, name, compute, assemble. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from modelguard.catalog.identity import identify
from modelguard.errors import InputError
from modelguard.usage import replay
from modelguard.usage.assemble import Key, rows_of
from modelguard.usage.dialect import Dialect
from modelguard.usage.events import Table
from modelguard.usage.load import Loaded, Progress
from modelguard.usage.naming import Known, Named, resolve
from modelguard.usage.rollup import Cache, Name, Row, Source, Ttl
from modelguard.usage.ttl import infer
from modelguard.usage.warehouse import Warehouse

SAMPLE = 500_000
"""About how many requests a TTL is inferred from; of more, every n-th key is taken."""
MOST_FILES = 50
"""Most files that the header names one by one."""
MOST_SHARED = 3
"""Most names that are taken for shared keys."""
MOST_ROUNDS = 96
"""Most times that a day's replay is continued for a short TTL: one of 15 minutes or more is exact."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gives: rows in order, what the header says, notes for the person who imports."""

    rows: tuple[Row, ...]
    sources: tuple[Source, ...]
    caches: tuple[Cache, ...] = ()
    names: tuple[Name, ...] = ()
    notes: tuple[str, ...] = ()


def rolled_up(
    warehouse: Warehouse, loaded: Loaded, origin: str, sources: Sequence[Source], consumers: Sequence[Known],
    progress: Progress, model_of: Callable[[str], str] | None = None,
) -> Imported:  # fmt: skip
    """The rollup of loaded events."""
    events = loaded.table
    progress("names", 0.8, 0.82)
    named = _rows(warehouse, replay.names(events))
    whom = resolve((row["who"] or "" for row in named), consumers)
    slots, keys = _slots(named, whom, model_of)
    progress("hours", 0.82, 0.86)
    hourly = _rows(warehouse, replay.hourly(events))
    cold: list[dict[str, Any]] = []
    distinct: list[dict[str, Any]] = []
    caches: list[Cache] = []
    notes = list(loaded.notes)
    with_key = sum((row["requests"] or 0) - (row["plain_requests"] or 0) for row in hourly)
    if with_key and not sum(row["keyed_calls"] or 0 for row in hourly):
        # Keys of hits alone don't say which misses they follow.
        notes.append("only requests that a cache answered have a key: what an empty cache would bill is not known")
        hourly = [row | {"plain_hits": (row["requests"] or 0) - (row["plain_requests"] or 0)} for row in hourly]
    elif with_key:
        progress("how long answers are kept", 0.86, 0.94)
        asked = _asked(warehouse, events, slots, keys)
        caches, ttls = _caches(warehouse, asked, slots, sum(row["requests"] or 0 for row in hourly), notes)
        progress("the replay through an empty cache", 0.94, 1.0)
        first = warehouse.kept("firsts", replay.firsts(asked))
        distinct = _rows(warehouse, replay.distinct(first))
        missed = warehouse.kept("missed", replay.misses(first))
        cold = _rows(warehouse, replay.cold_hours(missed))
        cold += _again(warehouse, asked, missed, ttls, slots)
    rows, said = rows_of(hourly, cold, distinct, keys, slots, origin, _split_later(whom))
    if model_of is not None:
        rows = [msgspec.structs.replace(row, raw=model_of(row.raw or row.model)) for row in rows]
    if sum(row["plain_hits"] or 0 for row in hourly) and not with_key:
        notes.append("what a cache answered has no key: what an empty cache would bill is not known")
    header = _names(whom)
    return Imported(tuple(rows), tuple(sources), tuple(caches), header, (*notes, *said))


def _rows(warehouse: Warehouse, expression: Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = warehouse.connection.to_pyarrow(expression).to_pylist()
    return found


def _slots(
    named: Sequence[Mapping[str, Any]], whom: Mapping[str, Named], model_of: Callable[[str], str] | None
) -> tuple[list[Key], dict[tuple[str, str, str], Key]]:
    keys: dict[tuple[str, str, str], Key] = {}
    for row in named:
        who = whom[row["who"] or ""]
        model = row["model"] or "unknown"
        name = identify(model_of(model) if model_of is not None else model).name
        key = (who.consumer, who.account or row["account"] or None, name)
        keys[row["who"] or "", row["account"] or "", row["model"] or ""] = key
    slots = sorted(set(keys.values()), key=lambda k: (k[0], k[1] or "", k[2]))
    if len(slots) >= replay.SLOTS:
        raise InputError(f"more than {replay.SLOTS:,} consumers: does the mapping take something else for a name?")
    return slots, keys


def _asked(
    warehouse: Warehouse, events: Table, slots: Sequence[Key], keys: Mapping[tuple[str, str, str], Key]
) -> Table:
    number = {key: position for position, key in enumerate(slots)}
    models = {name: position for position, name in enumerate(sorted({key[2] for key in slots}))}
    columns = ("who", "account", "model", "slot", "scope")
    rows = [dict(zip(columns, (*logged, number[key], models[key[2]]), strict=True)) for logged, key in keys.items()]
    kinds = dict.fromkeys(columns[:3], "string") | dict.fromkeys(columns[3:], "int64")
    dims = warehouse.small(rows, kinds)
    return warehouse.kept("asked", replay.keyed(events, dims, Dialect(warehouse.kind)))


def _caches(
    warehouse: Warehouse, asked: Table, slots: Sequence[Key], requests: int, notes: list[str]
) -> tuple[list[Cache], dict[int, float]]:
    """The caches whose TTL shows, and each slot's TTL in hours for the replay."""
    sample = asked
    every = requests // SAMPLE
    if warehouse.kind == "duckdb" and every > 1:
        sample = asked.filter(asked.key % every == 0)
    ages: dict[str, list[tuple[bool, int, int]]] = {}
    for row in _rows(warehouse, replay.ages(sample)):
        ages.setdefault(slots[row["slot"]][0], []).append((row["hit"], row["minutes"], row["times"]))
    caches, hours = [], {}
    open_ttl: dict[str, list[tuple[str, float | None]]] = {}
    for consumer in sorted(ages):
        found = infer(ages[consumer])
        if found.low is not None and found.high is not None:
            caches.append(Cache(consumer, Ttl(found.low, found.high), found.why))
            hours[consumer] = (found.low + found.high) / 2
        elif any(hit for hit, _, _ in ages[consumer]):
            open_ttl.setdefault(found.short, []).append((consumer, found.low))
    for why, those in open_ttl.items():
        listed = ", ".join(name for name, _ in those[:4]) + (f" and {len(those) - 4} more" if len(those) > 4 else "")
        least = min((low for _, low in those if low is not None), default=None)
        kept = "" if least is None else f", so it is longer than {least:.0f} hours"
        notes.append(f"how long the cache keeps answers is not known for {listed}: {why}{kept}")
    return caches, {position: hours[key[0]] for position, key in enumerate(slots) if key[0] in hours}


def _again(
    warehouse: Warehouse, asked: Table, missed: Table, ttls: Mapping[int, float], slots: Sequence[Key]
) -> list[dict[str, Any]]:
    """The replay goes on where answers are kept for less than a day: rounds of what ran out and was asked for again."""
    short = {slot: hours for slot, hours in ttls.items() if hours < 24}
    if not short:
        return []
    rows = [{"slot": slot, "ttl_ms": int(hours * 3_600_000)} for slot, hours in short.items()]
    table = warehouse.small(rows, {"slot": "int64", "ttl_ms": "int64"})
    found: list[dict[str, Any]] = []
    for position in range(min(MOST_ROUNDS, int(24 / min(short.values())) + 1)):
        missed = warehouse.kept(f"missed_{position}", replay.later(asked, missed, table))
        more = _rows(warehouse, replay.cold_hours(missed))
        if not more:
            break
        found += more
    return found


def _split_later(whom: Mapping[str, Named]) -> set[str]:
    """Names that may stand for several consumers: those that map to none, where there are few. Their tokens are kept by hour."""
    unknown = {named.consumer for named in whom.values() if not named.how}
    return unknown if len(unknown) <= MOST_SHARED else set()


def _names(whom: Mapping[str, Named]) -> tuple[Name, ...]:
    """The header's account of how names were mapped; those that keep their own name need none."""
    rules: dict[tuple[str, str, str], set[str]] = {}
    for named in whom.values():
        if named.how and (named.how != "its name" or named.logged != named.consumer):
            rules.setdefault((named.consumer, named.how, named.certainty), set()).add(named.logged)
    return tuple(
        Name(consumer, how, certainty, tuple(sorted(logged)[:5]), len(logged))
        for (consumer, how, certainty), logged in sorted(rules.items())
    )


def sources_of(kind: str, counts: Sequence[int], digests: Sequence[str]) -> list[Source]:
    """The header's lines about files: what kind, how many rows, which bytes. Very many files are one line together."""
    if len(counts) == len(digests) <= MOST_FILES:
        return [Source(kind, count, digest) for count, digest in zip(counts, digests, strict=True)]
    return [Source(kind, sum(counts), together(digests), len(digests))]


def together(digests: Sequence[str]) -> str:
    """One digest of many files, whatever order they are in."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
