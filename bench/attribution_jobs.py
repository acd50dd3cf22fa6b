"""Days of another kind for `bench/attribution.py`: made minute by minute of jobs, with heavy tails.

Three to eight consumers: services that follow a curve of random knots, cron jobs of some minutes, long batches, now and then
something. What they do is counted by the minute, by a clock that is some minutes off (normal, 5 minutes), so that a clock
moves what really stood at an hour's edge, not a share of it. Calls by activity are log-normal from consumer to consumer and
scatter from hour to hour by Student's t of three degrees: one hour in fifty is far off. One to five hours of each signal
are missing.
"""

from __future__ import annotations

from typing import Any

MINUTES = 24 * 60


def service(draw: Any) -> Any:
    """A curve through random knots, every two to four hours."""
    import numpy as np

    knots = np.arange(0, MINUTES + 240, int(draw.integers(2, 5)) * 60)
    return np.interp(np.arange(MINUTES), knots, draw.lognormal(0, 0.8, len(knots)))


def cron(draw: Any) -> Any:
    """Some minutes, every one to six hours."""
    import numpy as np

    every, length, first = int(draw.integers(1, 7)) * 60, int(draw.integers(4, 50)), int(draw.integers(0, 60))
    return (((np.arange(MINUTES) - first) % every) < length).astype(float)


def batch(draw: Any) -> Any:
    """One to three long runs, each of its own intensity."""
    import numpy as np

    found = np.zeros(MINUTES)
    for _ in range(int(draw.integers(1, 4))):
        since, length = int(draw.integers(0, MINUTES - 60)), int(draw.integers(40, 300))
        found[since : since + length] += draw.lognormal(0, 0.5)
    return found


def sporadic(draw: Any) -> Any:
    """Four to twelve bursts of a quarter of an hour."""
    import numpy as np

    found = np.zeros(MINUTES)
    for since in draw.integers(0, MINUTES - 15, size=int(draw.integers(4, 13))):
        found[since : since + 15] += draw.lognormal(0, 0.7)
    return found


def by_hour(minutes: Any, late: int = 0) -> Any:
    """Sums by hour, as a clock counts them that is so many minutes late (what leaves the day is lost)."""
    import numpy as np

    seen = np.zeros_like(minutes)
    if late >= 0:
        seen[late:] = minutes[: len(minutes) - late]
    else:
        seen[:late] = minutes[-late:]
    return seen.reshape(24, 60).sum(axis=1)


def drawn(draw: Any, pair: bool) -> tuple[Any, list[Any], list[Any], float]:
    """Calls by hour of each consumer, what each did by hour, what is seen of that (None: missing), and how rates scatter.

    With `pair`, the last two are active in proportion to each other (3 % apart).
    """
    import numpy as np

    kinds = [(service, cron, batch, sporadic)[n] for n in draw.integers(0, 4, size=int(draw.integers(3, 9)) - pair)]
    shapes = [kind(draw) for kind in kinds]
    if pair:
        apart = np.repeat(draw.normal(1, 0.03, 24).clip(0.9, 1.1), 60)
        shapes.append(shapes[-1] * draw.uniform(0.3, 3) * apart)
    scatter = draw.uniform(0.05, 0.12)
    made, did, seen = [], [], []
    for shape in shapes:
        minutes = draw.poisson(shape * 10 ** draw.uniform(2, 3.3) / max(shape.sum(), 1e-9)).astype(float)
        rate = draw.lognormal(0.3, 0.8)
        hours = by_hour(minutes)
        made.append(draw.poisson(hours * rate * (1 + scatter * draw.standard_t(3, 24)).clip(0.3, 2.5)))
        counted: list[float | None] = [float(v) for v in by_hour(minutes, round(draw.normal(0, 5)))]
        for hour in draw.choice(24, size=int(draw.integers(1, 6)), replace=False):
            counted[hour] = None
        did.append(hours)
        seen.append(counted)
    return np.array(made), did, seen, float(scatter)
