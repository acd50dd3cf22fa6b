"""Any CSV, JSON lines or Parquet whose columns the user maps: `--column consumer=service --column model=engine`.

A mapping to `=text` is a constant (`--column model==gpt-4o`). `at` and `consumer` are needed; a row is one request
unless `requests` or `calls` are mapped. Times without an offset are UTC unless `--timezone` says otherwise; with `day`
instead of `at` only the day is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelguard.errors import InputError
from modelguard.usage.events import Options, Table, first_bad, moment, money, number, wrong_count, wrong_time
from modelguard.usage.sources.rows import Columns, RowSource

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
    needed = tuple(c for c in options.columns.values() if not c.startswith("="))
    return replace(SOURCE, needed=tuple(dict.fromkeys(needed)))


def _events(columns: Columns, options: Options) -> Mapping[str, Table]:
    import ibis

    def text(name: str) -> Table:
        column = options.columns.get(name)
        if column is None:
            return ibis.null("string")
        return ibis.literal(column[1:]) if column.startswith("=") else columns.text(column)

    hourly = "at" in options.columns
    at = moment(text("at" if hourly else "day"))
    counts = {target: number(text(name)) for name, target in COUNTS.items()}
    cost, hit = money(text("cost")), text("hit").lower().isin(TRUE).fill_null(False)
    mapped = set(options.columns)
    one = ibis.literal(1) if not {"requests", "calls"} & mapped else None
    requests = one if one is not None else counts["requests"]
    calls = counts["calls"]
    if "calls" not in mapped:
        calls = ibis.ifelse(hit, 0, requests) if "hit" in mapped or one is not None else calls
    checks = {
        options.columns[name]: wrong_count(text(name), counts[target])
        for name, target in COUNTS.items()
        if name in mapped
    }
    if "cost" in mapped:
        checks[options.columns["cost"]] = (text("cost").notnull() & cost.isnull()) | (cost < 0).fill_null(False)
    return {
        **counts,
        "at": at,
        "hourly": ibis.literal(hourly),
        "who": text("consumer").fill_null("(no name)"),
        "account": text("account"),
        "model": text("model"),
        "requests": requests,
        "calls": calls,
        "cost": cost,
        "key": text("key"),
        "id": text("id"),
        "bad": first_bad(
            {
                options.columns["at" if hourly else "day"]: wrong_time(at),
                options.columns["model"]: text("model").isnull(),
                **checks,
            }
        ),
    }


SOURCE = RowSource(name="csv", needed=(), others=(), events=_events)
