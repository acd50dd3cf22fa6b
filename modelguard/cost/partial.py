"""A steady day where the days that were measured are less than one cycle of the cache, so that nothing was seen to run out twice.

How many keys were asked that no day before had grows slower and slower: D(t) = C · t^β, with C a day's own (Heaps 1978, for
words of a text; β from 0, always the same keys, to 1, always new ones). An empty cache bills those. So a day at age t bills
C · β · t^(β-1); a whole cycle of T days C · T^(β-1) a day; and where answers are kept for a fixed time, what was fetched in the
first days after a switch runs out together, and the days after that bill like the first ones: C · n^(β-1) over n of them.
Where every use keeps an answer for longer (a sliding TTL), days stay as quiet as they became. Which of the two it is can't be
seen in less than a cycle: these are the ends of the interval. Between them, what was measured is expected, as a cache that
has run for long has its answers run out at all times; of a cache that was seen empty, a whole cycle's mean.
"""

from __future__ import annotations

from dataclasses import dataclass

OFF = 0.15
"""How far a mean of two weeks may be from what is expected of it, as a share."""
QUIETER = 0.5
"""What may be left of the last days' calls, where keys of which there are only so many go on to be asked."""
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """USD a day: the quietest and the busiest that two weeks may be."""

    low: float
    high: float


def of_part(warm: float, cold: float, measured: int, cycle: int, ahead: int) -> Bounds:
    """From the mean of `measured` days that began with a cache of unknown age, and the mean of what they would bill cold.

    `cycle` is for how many days an answer is kept, `ahead` over how many days a steady day is the mean.
    """
    # At the youngest the cache was empty just before these days; at the oldest they end its cycle. In between:
    beta = exponent(warm / cold, max(1.0, (cycle + measured / 2) / 2)) if warm < cold else 1.0
    wave = cold * min(cycle, ahead) ** (beta - 1)
    return Bounds(warm * (1 - OFF), max(wave, warm) * (1 + OFF))


def of_filling(days: float, last: float, whole: float) -> Bounds:
    """From the mean of the days that began with an empty cache, that of the last ones, and a whole cycle's if it goes on so."""
    return Bounds(min(last, whole) * QUIETER, max(days, whole) * (1 + OFF))


def exponent(share: float, age: float) -> float:
    """The β at which a day of this age bills this share of what it would bill cold: β · age^(β-1), which rises with β."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle * age ** (middle - 1) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2
