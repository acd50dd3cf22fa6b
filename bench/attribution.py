"""How well `usage attribute` splits days whose truth is known: `python bench/attribution.py [DAYS] [SEED] [--jobs | --plain]`.

Generates days (default 200) of three to five consumers behind one key. Shapes: office hours, evenings, a run at night, every
hour, bursts; calls by activity differ from hour to hour (5 to 12 %), counts are Poisson, clocks are up to 10 minutes off,
hours of a signal are missing. With --jobs, days of another kind, much harder ones (attribution_jobs.py); with --plain, such as an
outsider would write (attribution_plain.py).

*A true pair*: in half of the days what two consumers do is one in proportion to the other, exactly or 3 % apart. Somebody who
knew each of their counts could still tell some of these, by chance; nobody would rely on it. *Identifiable*: who is told clocks,
missing hours and noise, and has to find only rates, is sure to 10 % of the consumer's calls (attribution_oracle.py, whose errors
on the same days stand beside). *Said where not*: of the identifiable consumers of days without a pair, how many are said to be
like another one; then, on how many of these days two identifiable ones are said to be alike.

Errors are of consumers that are not of a pair, by day: of all but those that were said to be like another one, of those with 5 % of
the calls or more, of those whose interval says 10 % or better, and of identifiable ones whatever was said of them.

Measured on 2026-11-25, 200 days of each seed 7001, 7002, 7003 (means; thresholds were chosen on 101 to 104):

|                                | shapes | --plain | --jobs |
| said where true / where not    | 100 / 0.0 % | 100 / 1.5 % | 98.0 / 3.3 % |
| within 10 % (told)             | 88.9 (93.4) % | 75.2 (84.5) % | 47.0 (67.5) % |
| of 5 % or more (told)          | 93.3 (96.9) % | 88.4 (93.7) % | 56.7 (79.5) % |
| of identifiable                | 95.5 % | 93.2 % | 75.8 % |
| intervals that hold            | 88.1 % | 90.9 % | 90.8 % |

Of what the oracle is told, clocks are worth most on plain days and missing hours on days of shapes; given both, the split is
within a point of it (seed 3, before the thresholds were changed).
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import attribution_plain
from attribution_jobs import drawn
from attribution_oracle import NORMAL_95, told

from modelguard.usage.attribution.split import Shared, Split, split


@dataclass(frozen=True)
class Day:
    """A generated day: what is seen, each consumer's calls, and the pair that is alike (None where there is none).

    Hidden: what each did by hour (hours × consumers), and how much rates scatter.
    """

    shared: Shared
    signals: dict[tuple[str, str], list[float | None]]
    made: Any
    alike: tuple[str, str] | None
    did: Any
    scatter: float


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
    signals, did, calls = {}, [], []
    scatter = draw.uniform(0.05, 0.12)
    for number, values in enumerate(shapes):
        volume = 10 ** draw.uniform(1.7, 3)
        active = draw.poisson(np.maximum(values * volume / 5, 0)).astype(float)
        rate = 10 ** draw.uniform(-0.3, 0.8)
        made = draw.poisson(active * rate * draw.normal(1, scatter, 24).clip(0.5, 1.5))
        calls.append(made)
        did.append(active)
        seen = [float(v) for v in moved(active, draw.uniform(-1 / 6, 1 / 6))]
        for hour in draw.choice(24, size=draw.integers(0, 3), replace=False):
            seen[hour] = None  # type: ignore[call-overload]
        signals[f"c{number}", "log lines"] = seen
    alike = (f"c{len(shapes) - 2}", f"c{len(shapes) - 1}") if pair else None
    return Day(shared(np.array(calls).T), signals, np.array(calls).T, alike, np.array(did).T, scatter)


def shared(made: Any) -> Shared:
    """What is billed of calls (hours × consumers): their sums, from some Monday on."""
    days = tuple(f"2026-03-{day:02d}" for day in range(2, 2 + len(made) // 24))
    return Shared(days, tuple(map(float, made.sum(axis=1))))


def of_jobs(draw: Any, pair: bool) -> Day:
    """A day of jobs. Student's t of three degrees scatters √3 times as much as it says."""
    import numpy as np

    made, did, seen, scatter = drawn(draw, pair)
    return named(made.T, np.array(did).T, seen, scatter * 3**0.5, pair)


def plain(draw: Any, pair: bool) -> Day:
    """Days as an outsider would write them."""
    found = attribution_plain.drawn(draw, pair)
    return named(found.made, found.did, found.seen, found.scatter, pair)


def named(made: Any, did: Any, seen: list[list[float | None]], scatter: float, pair: bool) -> Day:
    """A day of consumers c0, c1, …"""
    signals = {(f"c{n}", "log lines"): hours for n, hours in enumerate(seen)}
    alike = (f"c{len(seen) - 2}", f"c{len(seen) - 1}") if pair else None
    return Day(shared(made), signals, made, alike, did, scatter)


@dataclass(frozen=True)
class Told:
    """What came out of one consumer: relative errors of ours and of who is told more, and what is known about it."""

    error: float
    bound: float
    large: bool
    sure: bool
    identifiable: bool
    held: bool
    said: bool


def compared(day: Day, found: Split, doubtful: set[str], possible: Any, deviations: Any) -> list[Told]:
    """The consumers of each day that are not of a pair."""
    truth = day.made.reshape(len(day.shared.days), 24, -1).sum(axis=1)
    results = []
    for share in found.shares:
        if day.alike and share.consumer in day.alike:
            continue
        at = day.shared.days.index(share.day), int(share.consumer[1:])
        true, total = truth[at], truth[at[0]].sum()
        # A consumer that hardly shows beside the others is small, not wrong: errors count from a hundredth on.
        unit = max(true, 0.01 * total, 1.0)
        results.append(Told(
            abs(share.calls - true) / unit, abs(possible[at] - true) / unit, true >= 0.05 * total,
            share.high - share.low <= 0.2 * share.calls, identifiable(possible[at], deviations[at]),
            share.low <= true <= share.high, share.consumer in doubtful,
        ))  # fmt: skip
    return results


def identifiable(calls: Any, deviation: Any) -> Any:
    """Whether somebody who is told all but the rates knows this consumer's calls within 10 %."""
    return NORMAL_95 * deviation <= 0.1 * calls


def measure(days: int, seed: int, make: Any = generated) -> dict[str, float]:
    """The figures over `days` days."""
    import numpy as np

    draw = np.random.default_rng(seed)
    results: list[Told] = []
    said_true, said_false, said_days, pairs, others, without = 0, 0, 0, 0, 0, 0
    for number in range(days):
        day = make(draw, number % 2 == 1)
        found: Split = split(day.shared, day.signals)
        possible, deviations = told(np.array(day.shared.calls), day.did, day.scatter)
        said = {each.consumers for each in found.alike}
        doubtful = {name for each in said for name in each}
        if day.alike is not None:
            pairs += 1
            said_true += day.alike in said
        else:
            could = {f"c{n}" for n in np.flatnonzero(identifiable(possible, deviations).all(axis=0))}
            others += len(could)
            without += 1
            said_false += len(doubtful & could)
            said_days += any(could.issuperset(each) for each in said)
        results += compared(day, found, doubtful, possible, deviations)
    return {"consumers": len(results)} | _figures(results) | {
        "said where true": said_true / max(pairs, 1), "said where not": said_false / max(others, 1),
        "days on which it is said so": said_days / max(without, 1),
    }  # fmt: skip


def _figures(everybody: list[Told]) -> dict[str, float]:
    """Of those that were not said to be like another one; of identifiable ones whatever was said."""
    import numpy as np

    def within(errors: list[float]) -> float:
        return float(np.mean(np.array(errors) <= 0.1))

    results = [r for r in everybody if not r.said]
    known = [r for r in everybody if r.identifiable]
    errors = [r.error for r in results]
    return {
        "median error": float(np.median(errors)),
        "within 10 %": within(errors),
        "  told clocks, gaps, noise": within([r.bound for r in results]),
        "within 10 %, of 5 % or more": within([r.error for r in results if r.large]),
        "  told clocks, gaps, noise ": within([r.bound for r in results if r.large]),
        "identifiable": len(known) / len(everybody),
        "within 10 %, of identifiable": within([r.error for r in known]),
        "  of 5 % or more": within([r.error for r in known if r.large]),
        "intervals within 10 %": float(np.mean([r.sure for r in results])),
        "within 10 %, of these": within([r.error for r in results if r.sure]),
        "95 % of errors below": float(np.quantile(errors, 0.95)),
        "90 % intervals that hold": float(np.mean([r.held for r in results])),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("days", nargs="?", type=int, default=200)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--jobs", action="store_true", help="days made minute by minute of jobs")
    parser.add_argument("--plain", action="store_true", help="days, two or a week, as an outsider would write them")
    given = parser.parse_args()
    make = of_jobs if given.jobs else plain if given.plain else generated
    started = time.monotonic()
    for name, value in measure(given.days, given.seed, make).items():
        print(f"{name:<29} {value:.1%}" if name != "consumers" else f"{name:<29} {value}")
    print(f"{given.days} days in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main()
