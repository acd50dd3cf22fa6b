"""How well `usage attribute` splits days whose truth is known: `python bench/attribution.py [DAYS] [SEED]`.

Generates days (default 200) of three to five consumers behind one key. Shapes: office hours, evenings, a run at night, every
hour, bursts; calls by activity differ from hour to hour (5 to 12 %), counts are Poisson, clocks are up to 10 minutes off,
hours of a signal are missing. In half of the days two consumers are active in proportion to each other (3 % apart), so that
nobody could tell them. Prints errors of consumers that can be told, how often intervals hold, and how often "can't be told
apart" is said where it is true and where it is not.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

from modelguard.usage.attribution.split import Shared, Split, split


@dataclass(frozen=True)
class Day:
    """A generated day: what is seen, each consumer's calls, and the pair that is alike ("" where there is none)."""

    shared: Shared
    signals: dict[tuple[str, str], list[float | None]]
    truth: dict[str, float]
    alike: tuple[str, str] | None


def shape(draw: Any, kind: str) -> Any:
    """Activity of 24 hours, its mean about 1."""
    import numpy as np

    hours = np.arange(24)
    if kind == "office":
        peak = draw.uniform(8, 14)
        return np.exp(-(((hours - peak) / draw.uniform(1.5, 3)) ** 2) / 2) * 5
    if kind == "evening":
        return np.exp(-(((hours - draw.uniform(17, 21)) / draw.uniform(1.2, 2.5)) ** 2) / 2) * 5
    if kind == "night":
        start, length = draw.integers(0, 5), draw.integers(1, 4)
        return np.where((hours >= start) & (hours < start + length), 24 / length, 0.0)
    if kind == "always":
        return np.ones(24)
    bursts = np.zeros(24)
    bursts[draw.choice(24, size=5, replace=False)] = draw.uniform(2, 8, 5)
    return bursts


def moved(values: Any, hours: float) -> Any:
    """Values with a clock that is off: a share of each hour in the next one, or the one before."""
    import numpy as np

    share = abs(hours)
    other = np.concatenate([[0.0], values[:-1]]) if hours > 0 else np.concatenate([values[1:], [0.0]])
    return (1 - share) * values + share * other


def generated(draw: Any, pair: bool) -> Day:
    """One day. With `pair`, the last two consumers are active in proportion to each other."""
    import numpy as np

    kinds = list(draw.permutation(["office", "evening", "night", "always", "bursts"])[: draw.integers(3, 5)])
    shapes = [shape(draw, kind) for kind in kinds]
    if pair:
        shapes.append(shapes[-1] * draw.uniform(0.3, 3) * draw.normal(1, 0.03, 24).clip(0.9, 1.1))
    calls, truth, signals = np.zeros(24), {}, {}
    scatter = draw.uniform(0.05, 0.12)
    for number, values in enumerate(shapes):
        volume = 10 ** draw.uniform(1.7, 3)
        active = draw.poisson(np.maximum(values * volume / 5, 0)).astype(float)
        rate = 10 ** draw.uniform(-0.3, 0.8)
        made = draw.poisson(active * rate * draw.normal(1, scatter, 24).clip(0.5, 1.5))
        calls += made
        truth[f"c{number}"] = float(made.sum())
        seen = [float(v) for v in moved(active, draw.uniform(-1 / 6, 1 / 6))]
        for hour in draw.choice(24, size=draw.integers(0, 3), replace=False):
            seen[hour] = None  # type: ignore[call-overload]
        signals[f"c{number}", "log lines"] = seen
    alike = (f"c{len(shapes) - 2}", f"c{len(shapes) - 1}") if pair else None
    return Day(Shared(("2026-03-02",), tuple(map(float, calls))), signals, truth, alike)


def measure(days: int, seed: int) -> dict[str, float]:
    """The figures over `days` days."""
    import numpy as np

    draw = np.random.default_rng(seed)
    errors, held, said_true, said_false, pairs, others = [], [], 0, 0, 0, 0
    for number in range(days):
        day = generated(draw, number % 2 == 1)
        found: Split = split(day.shared, day.signals)
        said = {each.consumers for each in found.alike}
        doubtful = {name for each in found.alike for name in each.consumers}
        if day.alike is not None:
            pairs += 1
            said_true += day.alike in said
        else:
            others += 1
            said_false += bool(said)
        for share in found.shares:
            if share.consumer in doubtful or (day.alike and share.consumer in day.alike):
                continue
            truth = day.truth[share.consumer]
            # A consumer that hardly shows beside the others is small, not wrong: errors count from a hundredth on.
            errors.append(abs(share.calls - truth) / max(truth, 0.01 * sum(day.truth.values())))
            held.append(share.low <= truth <= share.high)
    return {
        "consumers": len(errors),
        "median error": float(np.median(errors)),
        "within 10 %": float(np.mean(np.array(errors) <= 0.1)),
        "95 % of errors below": float(np.quantile(errors, 0.95)),
        "90 % intervals that hold": float(np.mean(held)),
        "said where true": said_true / max(pairs, 1),
        "said where not": said_false / max(others, 1),
    }


def main() -> None:
    """Print the figures."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    started = time.monotonic()
    for name, value in measure(days, seed).items():
        print(f"{name:<26} {value:.1%}" if name != "consumers" else f"{name:<26} {value}")
    print(f"{days} days in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
