"""The rollup as Ibis expressions: the same on DuckDB, Spark and warehouses.

`hourly` adds up by hour and name as logged. What needs single requests is asked of those with a cache key only:
`firsts` finds each key's first request of a day, which a cache that was empty at 00:00 would have billed (a shared
cache: whoever asks first pays), `later` what it would have billed again once a kept answer ran out, and `ages` how old
answers were when they were hit or fetched anew, from which the TTL is inferred.

A *slot* is one consumer, account and canonical model; `dims` says which logged names are which slot.
"""

from __future__ import annotations

from modelguard.usage.dialect import Dialect
from modelguard.usage.events import Table

SLOTS = 1 << 20
"""Most slots; ranks hold the time in milliseconds and the slot in one integer (2^20 × 1.8e12 ms is below 2^63)."""
MINUTE_MS = 60_000
UNKNOWN_HOUR = -1


def twice(events: Table) -> Table:
    """Ids of requests that are there more than once, with how often."""
    found = events.filter(events.id.notnull()).group_by("id").aggregate(times=lambda t: t.count())
    return found.filter(found.times > 1)


def without_copies(events: Table, copies: Table) -> Table:
    """The rows with each request once: the one that cost most, then of most calls and tokens, of equal ones any."""
    import ibis

    doubtful = events.semi_join(copies, "id")
    rank = ibis.row_number().over(
        group_by=doubtful.id,
        order_by=[doubtful.cost.desc(), doubtful.calls.desc(), doubtful.tokens_in.desc(), doubtful["at"]],
    )
    kept = doubtful.mutate(copy_rank=rank).filter(lambda t: t.copy_rank == 0).drop("copy_rank")
    return ibis.union(events.anti_join(copies, "id").select(*events.columns), kept.select(*events.columns))


def names(events: Table) -> Table:
    """The distinct names in the log."""
    return events.select("who", "account", "model").distinct()


def hourly(events: Table) -> Table:
    """Sums by day, hour (UNKNOWN_HOUR where only the day is known) and names as logged.

    Tokens and cost are those of billed calls. `plain_*` are the requests without a cache key,
    `plain_hits` those of them that a cache answered all the same. `counted_*` are the calls
    (requests for the plain ones) whose tokens are known.
    """
    import ibis

    billed = events.calls.fill_null(1) > 0
    plain = events.key.isnull()
    tokens = events.tokens_in.notnull() & events.tokens_out.notnull()
    hour = ibis.ifelse(events.hourly, events["at"].hour(), UNKNOWN_HOUR).cast("int32")
    grouped = events.group_by(
        day=events["at"].date(), hour=hour, who=events.who, account=events.account, model=events.model
    )
    return grouped.aggregate(
        requests=events.requests.sum(),
        calls=events.calls.sum(),
        tokens_in=events.tokens_in.sum(where=billed),
        tokens_out=events.tokens_out.sum(where=billed),
        cache_read=events.cache_read.sum(where=billed),
        cache_write=events.cache_write.sum(where=billed),
        cost=events.cost.sum(),
        counted=events.calls.sum(where=billed & tokens),
        plain_requests=events.requests.sum(where=plain),
        plain_counted=events.requests.sum(where=plain & tokens),
        plain_tokens_in=events.tokens_in.sum(where=plain & tokens),
        plain_tokens_out=events.tokens_out.sum(where=plain & tokens),
        plain_hits=events.requests.sum(where=plain & ~billed),
        keyed_calls=events.calls.sum(where=~plain),
    )


def keyed(events: Table, dims: Table, reads: Dialect) -> Table:
    """Requests with a cache key: `slot`, `scope` (the canonical model's number, as caches are keyed by model), day, key,
    `ms` since 1970, `hit`, tokens (null where a hit's row has none).
    """
    found = events.filter(events.key.notnull() & (events.requests > 0))
    account = found.account.fill_null("")
    found = found.mutate(account=account)
    joined = found.join(dims, ["who", "account", "model"])
    tokens = (joined.tokens_in.fill_null(0) > 0) & joined.tokens_out.notnull()
    return joined.select(
        "slot",
        "scope",
        "key",
        day=joined["at"].date(),
        ms=reads.milliseconds(joined["at"]),
        hit=joined.calls == 0,
        tokens_in=tokens.ifelse(joined.tokens_in, None),
        tokens_out=tokens.ifelse(joined.tokens_out, None),
    )


def firsts(asked: Table) -> Table:
    """Each slot's first request of a key on a day, with its rank in time (ties: the lower slot)."""
    rank = asked.ms * SLOTS + asked.slot
    ranked = asked.mutate(rank=rank)
    return ranked.group_by("slot", "scope", "day", "key").aggregate(
        rank=ranked["rank"].min(),
        tokens_in=_first(ranked.tokens_in, ranked["rank"]),
        tokens_out=_first(ranked.tokens_out, ranked["rank"]),
    )


def _first(tokens: Table, rank: Table) -> Table:
    """Of a key's requests, the tokens of the first that has any: the same key is the same prompt."""
    return tokens.argmin(rank, where=tokens.notnull())


def distinct(first: Table) -> Table:
    """How many keys each slot asked for on a day."""
    return first.group_by("slot", "day").aggregate(keys=lambda t: t.count())


def misses(first: Table) -> Table:
    """The requests that an empty cache bills: of each key's, whoever was first on the day."""
    return first.group_by("scope", "day", "key").aggregate(
        tokens_in=_first(first.tokens_in, first["rank"]),
        tokens_out=_first(first.tokens_out, first["rank"]),
        rank=first["rank"].min(),
    )


def later(asked: Table, missed: Table, ttls: Table) -> Table:
    """The misses that follow `missed` on the same day: a key's first request after its kept answer ran out."""
    kept = missed.mutate(slot=missed["rank"] % SLOTS).join(ttls, "slot")
    until = kept.select("scope", "day", "key", until=kept["rank"] / SLOTS + kept.ttl_ms)
    again = asked.join(until, ["scope", "day", "key"])
    return misses(firsts(again.filter(again.ms > again.until)))


def cold_hours(missed: Table) -> Table:
    """Billed calls of the replay by slot, day and hour; `counted` are those whose tokens the log has."""
    of = missed.mutate(
        slot=missed["rank"] % SLOTS,
        hour=((missed["rank"] / SLOTS / 3_600_000).floor().cast("int64") % 24).cast("int32"),
        known=missed.tokens_in.notnull() & missed.tokens_out.notnull(),
    )
    return of.group_by("slot", "day", "hour").aggregate(
        calls=lambda t: t.count(),
        counted=of.known.sum(),
        tokens_in=of.tokens_in.sum(where=of.known),
        tokens_out=of.tokens_out.sum(where=of.known),
    )


def ages(asked: Table) -> Table:
    """How many minutes after it was last fetched a key was asked for again, and whether that was a hit: counts by slot.

    From six hours on, minutes are rounded down to tenths of an hour.
    """
    import ibis

    fetched = ibis.ifelse(asked.hit, None, asked.ms)
    before = ibis.window(group_by=[asked.scope, asked.key], order_by=[asked.ms, asked.hit], preceding=(None, 1))
    aged = asked.select("slot", "hit", age=asked.ms - fetched.max().over(before))
    aged = aged.filter(aged.age.notnull())
    exact = (aged.age / MINUTE_MS).floor().cast("int64")
    coarse = (aged.age / (6 * MINUTE_MS)).floor().cast("int64") * 6
    minutes = aged.mutate(minutes=ibis.ifelse(exact < 6 * 60, exact, coarse))
    return minutes.group_by("slot", "hit", "minutes").aggregate(times=lambda t: t.count())
