"""Days of a third kind for `bench/attribution.py`: as somebody would write them who has read one sentence of the issue.

"200 generated days with noise, missing hours, clock skew of minutes, overlapping consumers": two to eight consumers over one
day, two days or a week, in six styles: daily curves; services that never rest beside a curve; runs of a schedule; intervals of
jobs in minutes; activity at random from hour to hour; all of these. Calls by activity are uniform from 0.2 to 8; noise is
Poisson, log-normal (3 to 15 % from hour to hour) or both. Clocks are up to ten minutes off, either way. Up to three hours of
each signal are missing, on one day in four up to two hours of the calls are lost (nothing was counted).

A pair is exactly proportional: either what both did is one in proportion to the other, and each was counted by its own
clock with its own noise and gaps, or also what is seen of them is (one signal times a factor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MINUTES = 24 * 60
STYLES = ("curves", "always", "schedules", "intervals", "random", "all")


@dataclass(frozen=True)
class Drawn:
    """Hours × consumers: calls, and what each did; what is seen by consumer (None: missing); the scatter of rates."""

    made: Any
    did: Any
    seen: list[list[float | None]]
    scatter: float


def curve(draw: Any, days: int) -> Any:
    """A bump or two above a floor, the same every day; weekends and days differ."""
    import numpy as np

    hours = np.arange(24)
    day = np.full(24, draw.choice([0.0, draw.uniform(0.02, 0.3)]))
    for _ in range(int(draw.integers(1, 3))):
        apart = np.abs(hours - draw.uniform(0, 24))
        day += draw.uniform(0.5, 1) * np.exp(-((np.minimum(apart, 24 - apart) / draw.uniform(1, 4)) ** 2) / 2)
    return np.concatenate([day * draw.lognormal(0, 0.15) for _ in range(days)])


def always(draw: Any, days: int) -> Any:
    """The same in every hour."""
    import numpy as np

    return np.full(24 * days, 1.0 + 0 * draw.random())


def schedule(draw: Any, days: int) -> Any:
    """An hour or some, every day at the same times."""
    import numpy as np

    day = np.zeros(24)
    length = int(draw.integers(1, 4))
    for start in draw.choice(24, size=int(draw.integers(1, 5)), replace=False):
        day[(start + np.arange(length)) % 24] = 1.0
    return np.tile(day, days)


def intervals(draw: Any, days: int, late: int = 0, runs: list[tuple[int, int]] | None = None) -> Any:
    """Minutes by hour that jobs ran; the runs are kept in `runs` if given."""
    import numpy as np

    if runs is not None and not runs:
        for _ in range(int(draw.integers(2, 7)) * days):
            runs.append((int(draw.integers(0, MINUTES * days - 30)), int(draw.integers(10, 180))))
    minutes = np.zeros(MINUTES * days)
    for start, length in runs or ():
        minutes[max(0, start + late) : max(0, start + late + length)] += 1.0
    return minutes.reshape(-1, 60).sum(axis=1)


def at_random(draw: Any, days: int) -> Any:
    """Another amount in every hour."""
    return draw.gamma(draw.uniform(0.7, 4), 1.0, 24 * days)


def late(values: Any, minutes: float) -> Any:
    """Hours as a clock counts them that is so many minutes late: a share of each is seen in the next one."""
    import numpy as np

    share, step = abs(minutes) / 60, 1 if minutes > 0 else -1
    return (1 - share) * values + share * np.roll(values, step)


MAKERS = {"curves": curve, "always": always, "schedules": schedule, "random": at_random}


def drawn(draw: Any, pair: bool) -> Drawn:
    """Some days; with `pair`, the last two consumers are active in exact proportion to each other."""
    import numpy as np

    days = int(draw.choice([1, 1, 2, 7]))
    style = str(draw.choice(STYLES))
    size = int(draw.integers(2 + pair, 9)) - pair
    # Two that never rest would be a pair themselves.
    kinds = [style] * size if style not in ("always", "all") else ["always"] + ["curves"] * (size - 1)
    if style == "all":
        kinds = [str(draw.choice(["curves", "schedules", "intervals", "random"])) for _ in kinds]
    scatter = float(draw.choice([0.0, draw.uniform(0.03, 0.15)]))
    counts, copied = bool(draw.integers(0, 4)), pair and bool(draw.integers(0, 2))
    own = float(draw.choice([0.0, 0.03])) if not counts else 0.0
    made, did, seen = [], [], []
    for number in range(size + pair):
        again = number == size
        kind = kinds[size - 1] if again else kinds[number]
        factor = draw.uniform(0.3, 3) if again else 10 ** draw.uniform(1.3, 3)
        minutes = float(draw.uniform(-10, 10))
        if kind == "intervals":
            runs = runs if again else []  # noqa: F821
            ran = intervals(draw, days, 0, runs) * (factor if again else 1.0)
            active, counted = ran, intervals(draw, days, round(minutes), runs) * (factor if again else 1.0)
        else:
            base = base * factor if again else MAKERS[kind](draw, days) * factor  # noqa: F821
            active = draw.poisson(base).astype(float) if counts else base * draw.lognormal(0, own, len(base))
            counted = late(active, minutes)
        rate = float(draw.uniform(0.2, 8)) * (10 if kind == "intervals" else 1)
        expected = active * rate * draw.lognormal(0, scatter, len(active))
        made.append(draw.poisson(expected).astype(float) if draw.integers(0, 4) else np.round(expected))
        did.append(active)
        if again and copied:
            lines = [None if v is None else v * factor for v in seen[-1]]
        else:
            lines = [float(v) for v in counted]
            for hour in draw.choice(len(lines), size=int(draw.integers(0, 4)), replace=False):
                lines[hour] = None
        seen.append(lines)
    calls = np.array(made).T
    if not draw.integers(0, 4):
        calls[draw.choice(len(calls), size=int(draw.integers(1, 3)), replace=False)] = 0.0
    return Drawn(calls, np.array(did).T, seen, scatter)
