"""Lines of modelguard's own proxy guard (modelguard.calls/1): one a model call, with consumer, tokens, cost and cache hit.

Source: modelguard/enforce/record.py. `tokens_in` hold those of the prompt cache. A refused request was no call and is left
out; `refresh` is a call that the guard made itself to warm a cache: billed, but nobody's request. `model` is the canonical
name of what served it, `served` the deployment's.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelguard.usage.events import Options, Table, rest_of
from modelguard.usage.sources.rows import Fields, RowSource

COUNTS = ("tokens_in", "tokens_out", "cache_read_tokens", "cache_write_tokens")


SAME = ("served", "cache_hit", "refresh")


def _true(text: Table) -> Table:
    return (text == "true").fill_null(False)


def _events(fields: Fields, options: Options) -> Mapping[str, Table]:
    import ibis

    hit, refresh = _true(fields.text("cache_hit")), _true(fields.text("refresh"))
    read, written = fields.value("cache_read_tokens"), fields.value("cache_write_tokens")
    return {
        "hourly": ibis.literal(True),
        "who": ibis.coalesce(fields.text("consumer"), fields.text("key"), ibis.literal("(no key)")),
        "account": fields.text("account"),
        "model": ibis.coalesce(fields.text("served"), fields.text("model"), fields.text("asked")),
        "requests": ibis.ifelse(refresh, 0, 1),
        "calls": ibis.ifelse(hit, 0, 1),
        "tokens_in": rest_of(fields.value("tokens_in"), read, written),
        "tokens_out": fields.value("tokens_out"),
        "cache_read": read,
        "cache_write": written,
        "cost": fields.value("cost"),
        "key": fields.text("cache_key"),
        # Tries of one request may share its id; a line that is there twice has all of these.
        "id": fields.text("call").concat("|", fields.text("ts"), *[fields.text(name).fill_null("") for name in SAME]),
    }


def _skip(fields: Fields) -> Table:
    return fields.text("refused").notnull() | (fields.reads.whole(fields.text("status")) >= 400).fill_null(False)


SOURCE = RowSource(
    name="guard",
    needed=("schema", "ts", "call", "asked", "cost"),
    texts=(
        "ts",
        "call",
        "consumer",
        "key",
        "account",
        "served",
        "status",
        "refused",
        "refresh",
        "cache_hit",
        "cache_key",
    ),
    time="ts",
    counts=COUNTS,
    amounts=("cost",),
    either=("model", "asked"),
    events=_events,
    skip=_skip,
    skipped="refused or failed requests",
)
