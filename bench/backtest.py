"""Backtest of costs: the history before a switch in, what a real cache simulation bills after it out.

    python bench/backtest.py [--platforms 200] [--seed 0] [--traces ../shared/traces] [--worst 10]

Prints the median absolute error of the first day and of the steady day (mean of 14 days after warm-up), how often the
90 % intervals hold the truth, and beside it what a price list alone would say (new prices on yesterday's bill). Exit
status 1 where the limits of the project are not met: 5 %, 6 %, 85 to 95 % of the intervals.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from backtest_platforms import STEADY_DAYS, Billed, Shape, played, requests_of, rollup_of, shape_of, trace_platforms

from modelguard.catalog.identity import identify
from modelguard.cost.model import Switch, cost_of
from modelguard.cost.prices import Price, Prices
from modelguard.usage.rollup import read_rollup

OLD = "bedrock/us.anthropic.claude-sonnet-4-6"
NEW = "bedrock/us.anthropic.claude-opus-4-6-v1"
LIMITS = (0.05, 0.06)


@dataclass(frozen=True)
class Outcome:
    """Forecast against truth of one platform: relative errors, and whether the intervals held."""

    name: str
    first: float
    steady: float
    prices_only: float
    first_held: bool
    steady_held: bool
    shape: Shape


def outcome(name: str, shape: Shape, days: list[Billed]) -> Outcome | None:
    """A platform's forecast from its history, against what came after; None where nothing came."""
    switch = shape.burn_in + shape.history
    rollup = read_rollup(rollup_of(shape, days, identify(OLD).name, OLD), "generated")
    on = shape.start + timedelta(days=switch)
    prices = Prices()
    row = cost_of([Switch("platform", (), OLD, NEW)], rollup, prices, on).rows[0]
    new = prices.price_of(identify(NEW), on)
    assert isinstance(new, Price)
    first = _cost(days[switch], new)
    after = days[switch + shape.warm_days :][:STEADY_DAYS]
    steady = sum(_cost(d, new) for d in after) / len(after)
    if not first or not steady:
        return None
    assert row.first_day.expected is not None
    assert row.steady.expected is not None
    return Outcome(
        name,
        float(row.first_day.expected) / first - 1,
        float(row.steady.expected) / steady - 1,
        float(row.steady.expected) / first - 1,
        _holds(row.first_day.low, first, row.first_day.high),
        _holds(row.steady.low, steady, row.steady.high),
        shape,
    )


def _cost(day: Billed, price: Price) -> float:
    return (day.tokens_in * float(price.input) + day.tokens_out * float(price.output)) / 1e6


def _holds(low: Decimal | None, truth: float, high: Decimal | None) -> bool:
    return low is not None and high is not None and float(low) <= truth <= float(high)


def generated(count: int, seed: int) -> Iterable[Outcome]:
    """Outcomes of generated platforms."""
    for number in range(count):
        shape = shape_of(seed + number)
        found = outcome(f"seed {seed + number}", shape, played(shape, requests_of(shape)))
        if found is not None:
            yield found


def traced(folder: Path) -> Iterable[Outcome]:
    """Outcomes of platforms made of the trace files in a folder."""
    for name, shape, stream in trace_platforms(folder):
        found = outcome(name, shape, played(shape, iter(stream)))
        if found is not None:
            yield found


@dataclass(frozen=True)
class Summary:
    """Medians of absolute errors and shares of intervals that held."""

    count: int
    first: float
    steady: float
    prices_only: float
    first_held: float
    steady_held: float

    @property
    def fine(self) -> bool:
        """Whether the project's limits are met."""
        held = (self.first_held, self.steady_held)
        return self.first <= LIMITS[0] and self.steady <= LIMITS[1] and all(0.85 <= h <= 0.95 for h in held)


def summary(outcomes: list[Outcome]) -> Summary:
    """The figures of a run."""

    def middle(key: str) -> float:
        return statistics.median(abs(getattr(o, key)) for o in outcomes)

    def share(key: str) -> float:
        return sum(getattr(o, key) for o in outcomes) / len(outcomes)

    return Summary(
        len(outcomes),
        middle("first"),
        middle("steady"),
        middle("prices_only"),
        share("first_held"),
        share("steady_held"),
    )


def show(title: str, outcomes: list[Outcome]) -> Summary:
    """A run's lines."""
    found = summary(outcomes)
    print(f"{title}: {found.count} platforms")
    print(f"  first day, median absolute error          {found.first:7.1%}   limit  5 %")
    print(f"  steady day, median absolute error         {found.steady:7.1%}   limit  6 %")
    print(f"  first day within its 90 % interval        {found.first_held:7.1%}   85 to 95 %")
    print(f"  steady day within its 90 % interval       {found.steady_held:7.1%}   85 to 95 %")
    print(f"  beside: first day by prices alone         {found.prices_only:7.1%}")
    return found


def worst(outcomes: list[Outcome], count: int) -> None:
    """The platforms that were forecast worst, with their shapes."""
    for key in ("first", "steady"):
        print(f"worst of {key}")
        for o in sorted(outcomes, key=lambda o: -abs(getattr(o, key)))[:count]:
            s = o.shape
            print(
                f"  {o.name:28} {getattr(o, key):+7.1%}  TTL {s.ttl:g}{' sliding' if s.sliding else ''}, history {s.history},"
                f" burn-in {s.burn_in}, {s.requests:,.0f}/day of {s.keys}, zipf {s.zipf:.2f}, fresh {s.fresh},"
                f" churn {s.churn}, noise {s.noise}, trend {s.trend}, burst {s.burst}, weekend {s.weekday[5:]}"
            )


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platforms", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--traces", type=Path, default=Path(__file__).parents[2] / "shared" / "traces")
    parser.add_argument("--worst", type=int, default=0)
    options = parser.parse_args()
    start = time.perf_counter()
    outcomes = list(generated(options.platforms, options.seed))
    found = show(f"generated, seeds from {options.seed}", outcomes)
    worst(outcomes, options.worst)
    if options.traces.is_dir():
        traces = list(traced(options.traces))
        if traces:
            show(f"traces in {options.traces}", traces)
            worst(traces, options.worst)
    print(f"{time.perf_counter() - start:.0f} s")
    return 0 if found.fine else 1


if __name__ == "__main__":
    sys.exit(main())
