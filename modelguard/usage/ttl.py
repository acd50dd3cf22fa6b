"""How long a response cache keeps answers, inferred from how old they were when they were hit or fetched anew.

A hit at age a says that the TTL is at least a; a fetch at age b of the last one says that it is at most b. The TTL that
the fewest observations contradict is taken. Caches also lose answers early (eviction, restarts) and logs have clocks
that differ, so some contradictions are tolerated and said; where too many are, no TTL is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TOLERATED = 0.05
"""Largest share of observations that may contradict the TTL that is claimed."""
FEWEST = 20
"""Fewest hits that a TTL is inferred from."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """A TTL in hours between `low` and `high` (None: no entry was seen to run out), and what it rests on."""

    low: float | None
    high: float | None
    why: str


def infer(observed: Iterable[tuple[bool, int, int]]) -> Inferred:
    """The TTL from (hit, age in whole minutes, from six hours on in tenths of an hour, how often)."""
    ages: dict[int, list[int]] = {}
    for hit, minutes, times in observed:
        ages.setdefault(minutes, [0, 0])[hit] += times
    hits = sum(pair[1] for pair in ages.values())
    fetches = sum(pair[0] for pair in ages.values())
    if hits < FEWEST:
        return Inferred(None, None, f"only {hits} repeated requests were answered from the cache")
    # Contradictions of a TTL between two neighbouring ages: hits that were older, fetches that were younger.
    order = sorted(ages)
    wrong = hits
    best, low = wrong, 0
    best_high: int | None = order[0]
    for position, minutes in enumerate(order):
        fetched, answered = ages[minutes]
        wrong += fetched - answered
        following = order[position + 1] if position + 1 < len(order) else None
        if wrong < best:
            best, low, best_high = wrong, minutes, following
    share = best / (hits + fetches)
    if share > TOLERATED:
        return Inferred(
            None, None, f"{share:.0%} of {hits + fetches:,} repeats contradict any TTL: answers are lost at other times"
        )
    seen = f"inferred from {hits:,} hits and {fetches:,} fetches of answers seen before"
    seen += f"; {best:,} contradict it" if best else ""
    if best_high is None:
        return Inferred(low / 60, None, f"{seen}; no answer was seen to run out within {low / 60:.1f} hours")
    return Inferred(round(low / 60, 2), round((best_high + (1 if best_high < 360 else 6)) / 60, 2), seen)
