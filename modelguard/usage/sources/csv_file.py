"""Any CSV, JSON lines or Parquet whose columns the user maps: `--column consumer=service --column model=engine`.

A mapping to `=text` is a constant (`--column model==gpt-4o`). `at` and `consumer` are needed; a row is one request
unless `requests` or `calls` are mapped. Times without an offset are UTC unless `--timezone` says otherwise; with `day`
instead of `at` only the day is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelguard.errors import InputError
from modelguard.usage.events import Options, Table
from modelguard.usage.sources.rows import Fields, RowSource

COUNTS = {
    "requests": "requests", "calls": "calls", "tokens_in": "tokens_in", "tokens_out": "tokens_out",
    "cache_read_tokens": "cache_read", "cache_write_tokens": "cache_write",
}  # fmt: skip
FIELDS = ("at", "day", "consumer", "model", "account", "cost", "key", "hit", "id", *COUNTS)
TRUE = ("true", "t", "1", "yes", "hit")


def source_for(options: Options) -> RowSource:
    """The source of a declared mapping. Raises InputError for a field that there is none of, and for missing ones."""
    unknown = [name for name in options.columns if name not in FIELDS]
    if unknown:
        raise InputError(f'there is no field "{unknown[0]}" to map;', hint=f"there are: {', '.join(FIELDS)}")
    if not {"at", "day"} & set(options.columns) or "consumer" not in options.columns or "model" not in options.columns:
        raise InputError(
            "csv needs at least --column at=…, --column consumer=… and --column model=…;",
            hint="a constant is --column model==NAME",
        )
    read = {name: column for name, column in options.columns.items() if not column.startswith("=")}
    time = read.get("at") or read.get("day")
    if time is None or ("model" in options.columns and not options.columns["model"].strip("=")):
        raise InputError("times are no constant, and a model has a name")
    return RowSource(
        name="csv",
        needed=tuple(dict.fromkeys(read.values())),
        texts=tuple(column for name, column in read.items() if name not in COUNTS),
        time=time,
        counts=tuple(column for name, column in read.items() if name in COUNTS),
        amounts=tuple(column for name, column in read.items() if name == "cost"),
        either=(read["model"],) if "model" in read else (),
        events=_events,
        zoneless=True,
    )


def _events(fields: Fields, options: Options) -> Mapping[str, Table]:
    import ibis

    mapped = options.columns

    def text(name: str) -> Table:
        if name not in mapped:
            return ibis.null("string")
        column = mapped[name]
        return ibis.literal(column[1:]) if column.startswith("=") else fields.text(column)

    def count(name: str) -> Table:
        if name not in mapped:
            return ibis.null("int64")
        column = mapped[name]
        return ibis.literal(column[1:]).cast("int64") if column.startswith("=") else fields.value(column)

    requests, calls = count("requests"), count("calls")
    if not {"requests", "calls"} & set(mapped):
        # A row is a request; without a column that says so none was answered from a cache.
        hit = text("hit").lower().isin(TRUE).fill_null(False) if "hit" in mapped else ibis.literal(False)
        requests, calls = ibis.literal(1), ibis.ifelse(hit, 0, 1)
    return {
        "hourly": ibis.literal("at" in mapped),
        "who": text("consumer").fill_null("(no name)"),
        "account": text("account"),
        "model": text("model"),
        "requests": requests,
        "calls": calls,
        **{target: count(name) for name, target in COUNTS.items() if target not in ("requests", "calls")},
        "cost": fields.value(mapped["cost"]) if "cost" in mapped else ibis.null("decimal(38, 12)"),
        "key": text("key"),
        "id": text("id"),
    }
