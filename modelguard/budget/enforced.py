"""What the ledger says to the proxy's guard alone: grace periods of the cache, settings of consumers, broken glass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from modelguard.errors import InputError
from modelguard.schemas.load import node_at

KINDS = ("chat", "messages", "responses", "completions")
"""Kinds of calls whose old answers may be served. Embeddings never: vectors of two models must not meet in one index."""


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """An allocation that is there for an emergency: who opened it and why. `until` is its last day."""

    by: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """How the guard treats consumers that fit the glob `consumer`. `cache: own` keeps their answers to themselves."""

    consumer: str
    grace: Literal["allow", "never"] = "allow"
    cache: Literal["shared", "own"] = "shared"
    max_output: int | None = None


@dataclass(frozen=True, slots=True)
class Grace:
    """A switch from `old` to `new` (globs of canonical names) during which answers of the old model may be served.

    `starts` and `ends` are seconds since the epoch. Refreshing in the background is bounded by calls a minute, calls in
    all and USD in all; without `per_minute` there is none. `names` are those that clients asked for the old model by,
    where nothing in the tree says them any more.
    """

    consumer: str
    old: str
    new: str
    starts: int
    ends: int
    line: int
    per_minute: int | None = None
    calls: int | None = None
    usd: Decimal | None = None
    kinds: tuple[str, ...] = KINDS
    at_end: Literal["stop", "extend"] = "stop"
    names: tuple[str, ...] = ()


def parse_break_glass(entry: dict[str, Any] | None) -> BreakGlass | None:
    """The `break_glass` of an allocation, None where it has none."""
    return None if entry is None else BreakGlass(entry["by"], entry["reason"], date.fromisoformat(entry["until"]))


def parse_consumers(entries: Sequence[dict[str, Any]]) -> tuple[ConsumerSettings, ...]:
    """The ledger's `consumers`."""
    return tuple(ConsumerSettings(**entry) for entry in entries)


def parse_grace(entries: Sequence[dict[str, Any]], node: Any, path: str) -> tuple[Grace, ...]:
    """The ledger's `grace`. Raises InputError for a window that can't be."""
    return tuple(_grace(e, node_at(node, ["grace", i]).start_mark, path) for i, e in enumerate(entries))


def _grace(entry: dict[str, Any], mark: Any, path: str) -> Grace:
    start = _instant(entry["starts"], mark, path)
    refresh = entry.get("refresh") or {}
    if entry["from"] == entry["to"]:
        raise InputError("from and to are the same model", path=path, line=mark.line + 1, column=mark.column + 1)
    return Grace(
        consumer=entry["consumer"],
        old=entry["from"],
        new=entry["to"],
        starts=start,
        ends=start + int(entry["hours"] * 3600),
        line=mark.line + 1,
        per_minute=refresh.get("per_minute"),
        calls=refresh.get("calls"),
        usd=Decimal(str(refresh["usd"])) if "usd" in refresh else None,
        kinds=tuple(entry.get("kinds", KINDS)),
        at_end=entry.get("at_end", "stop"),
        names=tuple(entry.get("names", ())),
    )


def _instant(text: str, mark: Any, path: str) -> int:
    """A date or a date and time, UTC unless it says otherwise, as seconds since the epoch."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "2026-12-01 or 2026-12-01T09:00Z"
        raise InputError(
            f"`{text[:40]}` is no time", path=path, line=mark.line + 1, column=mark.column + 1, hint=hint
        ) from error
    return int((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp())
