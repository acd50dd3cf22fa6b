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

from dataclasses import dataclass, replace
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


def always(_draw: Any, days: int) -> Any:
    """The same in every hour."""
    import numpy as np

    return np.ones(24 * days)


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


@dataclass(frozen=True)
class Style:
    """What the consumers of some days have in common: log-normal scatter of rates; whether activity is counted (Poisson)."""

    days: int
    scatter: float
    counts: bool
    own: float


@dataclass(frozen=True)
class Consumer:
    """What one would do (hours, or minutes by hour of its runs, which are kept), and how much of it."""

    kind: str
    base: Any
    runs: list[tuple[int, int]]
    factor: float


def consumer(draw: Any, kind: str, days: int) -> Consumer:
    """Somebody of that kind."""
    runs: list[tuple[int, int]] = []
    base = intervals(draw, days, 0, runs) if kind == "intervals" else MAKERS[kind](draw, days)
    return Consumer(kind, base, runs, 1.0 if kind == "intervals" else 10 ** draw.uniform(1.3, 3))


def acted(draw: Any, who: Consumer, style: Style) -> tuple[Any, Any]:
    """What somebody did by hour, and what was counted of it by a clock that is off."""

    minutes, base = float(draw.uniform(-10, 10)), who.base * who.factor
    if who.kind == "intervals":
        return base, intervals(draw, style.days, round(minutes), who.runs) * who.factor
    did = draw.poisson(base).astype(float) if style.counts else base * draw.lognormal(0, style.own, len(base))
    return did, late(did, minutes)


def called(draw: Any, who: Consumer, did: Any, style: Style) -> Any:
    """The calls that it made; one in four makes as many as it should, without any Poisson noise."""
    import numpy as np

    expected = did * draw.uniform(0.2, 8) * (10 if who.kind == "intervals" else 1)
    expected = expected * draw.lognormal(0, style.scatter, len(did))
    return draw.poisson(expected).astype(float) if draw.integers(0, 4) else np.round(expected)


def with_gaps(draw: Any, counted: Any) -> list[float | None]:
    """What is seen, with up to three hours missing."""
    seen: list[float | None] = [float(v) for v in counted]
    for hour in draw.choice(len(seen), size=int(draw.integers(0, 4)), replace=False):
        seen[hour] = None
    return seen


def drawn(draw: Any, pair: bool) -> Drawn:
    """Some days; with `pair`, the last two consumers are active in exact proportion to each other."""
    import numpy as np

    counts = bool(draw.integers(0, 4))
    style = Style(
        int(draw.choice([1, 1, 2, 7])), float(draw.choice([0.0, draw.uniform(0.03, 0.15)])), counts,
        0.0 if counts else float(draw.choice([0.0, 0.03])),
    )  # fmt: skip
    who = [consumer(draw, kind, style.days) for kind in kinds(draw, int(draw.integers(2 + pair, 9)) - pair)]
    if pair:
        who.append(replace(who[-1], factor=who[-1].factor * draw.uniform(0.3, 3)))
    acts = [acted(draw, each, style) for each in who]
    made = np.array([called(draw, each, did, style) for each, (did, _) in zip(who, acts, strict=True)]).T
    seen = [with_gaps(draw, counted) for _, counted in acts]
    if pair and draw.integers(0, 2):
        seen[-1] = [None if v is None else v * who[-1].factor / who[-2].factor for v in seen[-2]]
    if not draw.integers(0, 4):
        made[draw.choice(len(made), size=int(draw.integers(1, 3)), replace=False)] = 0.0
    return Drawn(made, np.array([did for did, _ in acts]).T, seen, style.scatter)


def kinds(draw: Any, count: int) -> list[str]:
    """Of the consumers of some days. Two that never rest would be a pair themselves, so there is one."""
    style = str(draw.choice(STYLES))
    if style == "all":
        return [str(draw.choice(["curves", "schedules", "intervals", "random"])) for _ in range(count)]
    return ["always"] + ["curves"] * (count - 1) if style == "always" else [style] * count
