"""The usage rollup (modelguard.usage/1): what each consumer used of each model, day by day. No prompts, no secrets."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from modelguard.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 500_000
SCHEMA = "modelguard.usage/1"
_WORDS = re.compile(r"[a-z0-9]+")


class Cold(msgspec.Struct, frozen=True):
    """A day's requests replayed through a cache that was empty at 00:00: calls and tokens it would have billed."""

    calls: float | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None


Day24 = Annotated[tuple[float, ...], msgspec.Meta(min_length=24, max_length=24)]


class Hours(msgspec.Struct, frozen=True):
    """A day's 24 UTC hours: requests, billed calls, and calls that the cold replay would have billed; None: not known.

    Billed tokens by hour are kept for names that stand for several consumers, to be split by `usage attribute`.
    """

    requests: Day24 | None = None
    calls: Day24 | None = None
    cold_calls: Day24 | None = None
    tokens_in: Day24 | None = None
    tokens_out: Day24 | None = None


class Row(msgspec.Struct, frozen=True):
    """A UTC day of one consumer, account and model. Counts and tokens are what was billed; None: the source can't say.

    `cost` is USD paid. `tokens_in` are without those of the prompt cache. `origin` names the kinds of source, joined
    by `+`.
    """

    day: str
    consumer: str
    model: str
    account: str | None = None
    raw: str | None = None
    requests: float | None = None
    calls: float | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None
    cache_read_tokens: float | None = None
    cache_write_tokens: float | None = None
    cost: Decimal | None = None
    cold: Cold | None = None
    source: str = "measured"
    distinct_keys: float | None = None
    hours: Hours | None = None
    origin: str = ""


class Ttl(msgspec.Struct, frozen=True):
    """Hours for which a cache keeps an answer."""

    low: float
    high: float


class Cache(msgspec.Struct, frozen=True):
    """A response cache in front of a consumer."""

    consumer: str
    ttl_hours: Ttl
    why: str = ""


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that was imported: which kind, how many rows, SHA-256 of its bytes, and the UTC days that it covers."""

    kind: str
    rows: int
    sha256: str = ""
    since: str = ""
    until: str = ""


class Name(msgspec.Struct, frozen=True):
    """How logged names came to be a consumer: by which rule, how certain, some of the names and how many there are."""

    consumer: str
    how: str
    certainty: str
    logged: tuple[str, ...] = ()
    count: int = 0


class Rollup(msgspec.Struct, frozen=True):
    """The whole rollup. `calibration` is paid ÷ list price: discounts and credits."""

    path: str
    since: str
    until: str
    rows: tuple[Row, ...]
    caches: tuple[Cache, ...] = ()
    calibration: Decimal = Decimal(1)
    sources: tuple[Source, ...] = ()
    names: tuple[Name, ...] = ()


def read_rollup(data: bytes, path: str) -> Rollup:
    """The rollup in JSON Lines. Raises InputError with path:line for a line that is not what it should be."""
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024 // 1024} MiB", path=path)
    lines = data.split(b"\n")
    header = _decoded(lines[0], dict[str, Any], path, 1) if lines[0].strip() else {}
    if header.get("schema") != SCHEMA:
        raise InputError(f'the first line must be a header with "schema": "{SCHEMA}"', path=path, line=1)
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            rows.append(_decoded(line, Row, path, number))
        if len(rows) > MAX_ROWS:
            raise InputError(f"more than {MAX_ROWS:,} rows", path=path, line=number)
    try:
        caches = msgspec.convert(header.get("caches") or [], tuple[Cache, ...])
        calibration = Decimal(str(header.get("calibration") or 1))
        sources = msgspec.convert(header.get("sources") or [], tuple[Source, ...])
        names = msgspec.convert(header.get("names") or [], tuple[Name, ...])
    except (msgspec.ValidationError, ArithmeticError) as error:
        raise InputError(f"the header: {error}", path=path, line=1) from error
    since, until = str(header.get("from", "")), str(header.get("to", ""))
    return Rollup(path, since, until, tuple(rows), caches, calibration, sources, names)


def write_rollup(rollup: Rollup) -> str:
    """The rollup as JSON Lines: the same rollup is the same text, whatever order its rows are in. The path is not in it."""
    rows = sorted(rollup.rows, key=lambda r: (r.day, r.consumer, r.account or "", r.model, r.raw or "", r.source))
    header: dict[str, Any] = {"schema": SCHEMA, "from": rollup.since, "to": rollup.until}
    header["sources"] = [_plain(s) for s in sorted(rollup.sources, key=lambda s: (s.kind, s.since, s.sha256))]
    header["caches"] = [_plain(c) for c in sorted(rollup.caches, key=lambda c: c.consumer)]
    header["calibration"] = float(rollup.calibration)
    if rollup.names:
        header["names"] = [_plain(n) for n in rollup.names]
    lines = [header, *(_plain(row) for row in rows)]
    return "".join(json.dumps(line, ensure_ascii=False, separators=(", ", ": ")) + "\n" for line in lines)


def _plain(value: Any) -> Any:
    """A record as JSON has it: whole numbers without a point, money as an unrounded text."""
    if isinstance(value, msgspec.Struct):
        found = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
        if isinstance(value, Hours):
            return {k: v for k, v in found.items() if v is not None or not k.startswith("tokens")}
        if isinstance(value, Source):
            return {k: v for k, v in found.items() if v != ""}
        if isinstance(value, Row):
            return {k: found[k] for k in _ORDER if k not in ("hours", "origin") or found[k]}
        return found
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


_ORDER = (
    "day", "consumer", "account", "model", "raw", "requests", "calls", "distinct_keys", "tokens_in", "tokens_out",
    "cache_read_tokens", "cache_write_tokens", "cost", "cold", "hours", "source", "origin",
)  # fmt: skip


def _decoded(line: bytes, kind: Any, path: str, number: int) -> Any:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise InputError(f"not a row of {SCHEMA}: {error}", path=path, line=number) from error


def match_consumers(
    logged: Iterable[str], consumers: Iterable[tuple[str, tuple[str, ...]]]
) -> dict[str, tuple[str, str]]:
    """Names in the logs to consumers: {logged: (consumer, "certain" or "likely")}.

    By exact name, then alias or pattern, then a unique match of words (likely); the rest are left out.
    """
    known = list(consumers)
    found: dict[str, tuple[str, str]] = {}
    for name in logged:
        if any(name == c for c, _ in known):
            found[name] = (name, "certain")
            continue
        patterns = [c for c, aliases in known if any(fnmatch.fnmatchcase(name, a) for a in aliases)]
        if len(patterns) == 1:
            found[name] = (patterns[0], "certain")
            continue
        words = set(_WORDS.findall(name.lower()))
        similar = [c for c, _ in known if words and set(_WORDS.findall(c.lower())) == words]
        if not patterns and len(similar) == 1:
            found[name] = (similar[0], "likely")
    return found
