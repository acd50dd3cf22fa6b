"""The canonical table that every source is brought to: one row a request, or a row for several of a time bucket.

Columns (EVENTS): `at` (UTC, no zone), `hourly` (whether the hour is known, or only the day), `who` (names in the log,
best first, joined by `|`), `account`, `model` (as logged), `requests` and `calls` (billed; a hit of a cache is a request
without a call), tokens, `cost` (USD), `key` (of the response cache, null where there is none), `id` (of the request,
null where rows have none), `bad` (name of the first column that is not what it should be), `naive` (the time had no
offset; only csv asks).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelguard.usage.dialect import Dialect

Table = Any
"""An Ibis table, column or value: Ibis is imported where it is used, so that no other command pays for it."""

EVENTS = {
    "at": "timestamp(6)",
    "hourly": "boolean",
    "who": "string",
    "account": "string",
    "model": "string",
    "requests": "int64",
    "calls": "int64",
    "tokens_in": "int64",
    "tokens_out": "int64",
    "cache_read": "int64",
    "cache_write": "int64",
    "cost": "decimal(38, 12)",
    "key": "string",
    "id": "string",
    "bad": "string",
    "naive": "boolean",
}
EARLIEST, LATEST = "2015-01-01", "2100-01-01"
"""A time outside is a mistaken unit or a wrong clock."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Usage of some time, from a source of counts. `at` is UTC; None: the source can't say."""

    at: datetime
    who: str
    model: str
    account: str | None = None
    hourly: bool = True
    requests: int | None = None
    calls: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cost: Decimal | None = None
    key: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What a consumer did in an hour (UTC): log lines, invocations, minutes of a run. `signal` says which."""

    at: datetime
    who: str
    signal: str
    amount: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source of counts gave: usage, activity, and notes for the person who imports."""

    buckets: tuple[Bucket, ...] = ()
    activity: tuple[Activity, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about the files.

    `columns` maps canonical columns to the file's (csv), `labels` are facts that the files leave out (`model=…`),
    `timezone` is that of times without one.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    query: bytes | None = None
    query_path: str = ""


BLANK = ("", "null", "None", "NULL", "\\N")
"""How exports write nothing."""


def wrong_count(text: Table, value: Table, reads: Dialect) -> Table:
    """Whether a text is there and is no count of zero or more (`3.0` is one, `3.5` and `many` are not)."""
    import ibis

    # Databases round a text with a fraction when they make it whole. Cases, as those are only worked out where they apply.
    broken = ibis.ifelse(text.contains("."), reads.number(text) != value.cast("float64"), False)
    return ibis.cases((text.isnull(), False), (value.isnull(), ~text.isin(BLANK)), else_=(value < 0) | broken)


def moment(text: Table, reads: Dialect) -> Table:
    """A text column as UTC time: ISO 8601 (without an offset: UTC), or seconds, milli-, micro- or nanoseconds since 1970.

    Null where it is neither. The unit of a number follows from its size: seconds of the years 2001 to 5138 have
    10 or 11 digits, milliseconds 12 to 14, microseconds 15 to 17.
    """
    import ibis

    # A date is no number: trying each costs more than the rest of a row together.
    digits = reads.number(ibis.ifelse(text.contains("-"), ibis.null("string"), text))
    milliseconds = ibis.cases(
        (digits < 1e11, digits * 1e3),
        (digits < 1e14, digits),
        (digits < 1e17, digits / 1e3),
        (digits < 1e20, digits / 1e6),
    )
    return ibis.coalesce(reads.time(text), reads.since_1970(milliseconds.round().cast("int64")))


def naive(text: Table, reads: Dialect) -> Table:
    """Whether a time's text has neither an offset nor is a number: then it is of some zone that the text does not say."""
    zoned = text.upper().endswith("Z") | text.re_search(r"[+-]\d\d:?(\d\d)?$") & text.contains(":")
    return ~zoned & reads.number(text).isnull()


def wrong_time(value: Table) -> Table:
    """Whether a time is missing or outside of what can be."""
    import ibis

    return value.isnull() | (value < ibis.timestamp(EARLIEST)) | (value > ibis.timestamp(LATEST))


def rest_of(total: Table, *parts: Table) -> Table:
    """What is left of a count without its parts, at least zero; null where the count itself is not known."""
    import ibis

    left = total
    for part in parts:
        left = left - part.fill_null(0)
    # The greatest of nothing and zero is zero for databases.
    return ibis.ifelse(total.isnull(), ibis.null("int64"), ibis.greatest(left, 0))


def wrong_money(text: Table, value: Table) -> Table:
    """Whether a text is there and is no amount of zero or more."""
    import ibis

    return ibis.cases((text.isnull(), False), (value.isnull(), ~text.isin(BLANK)), else_=value < 0)


def first_bad(checks: Mapping[str, Table]) -> Table:
    """The name of the first column whose check is true, else null."""
    import ibis

    return ibis.cases(*[(failed, name) for name, failed in checks.items()], else_=ibis.null("string"))


def canonical(table: Table, columns: Mapping[str, Table]) -> Table:
    """`table` with exactly the canonical columns; those that are left out are null."""
    import ibis

    def typed(name: str) -> Table:
        value = columns[name] if name in columns else ibis.null(EVENTS[name])
        return value.cast(EVENTS[name]).name(name)

    return table.select(*[typed(name) for name in EVENTS])
