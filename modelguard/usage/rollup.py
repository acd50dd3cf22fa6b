"""The usage rollup (modelguard.usage/1): what each consumer used of each model, day by day. No prompts, no secrets."""

from __future__ import annotations

import fnmatch
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
    """A day's 24 UTC hours: requests, billed calls, and calls that the cold replay would have billed; None: not known."""

    requests: Day24 | None = None
    calls: Day24 | None = None
    cold_calls: Day24 | None = None


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


class Rollup(msgspec.Struct, frozen=True):
    """The whole rollup. `calibration` is paid ÷ list price: discounts and credits."""

    path: str
    since: str
    until: str
    rows: tuple[Row, ...]
    caches: tuple[Cache, ...] = ()
    calibration: Decimal = Decimal(1)


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
    except (msgspec.ValidationError, ArithmeticError) as error:
        raise InputError(f"the header: {error}", path=path, line=1) from error
    since, until = str(header.get("from", "")), str(header.get("to", ""))
    return Rollup(path, since, until, tuple(rows), caches, calibration)


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
