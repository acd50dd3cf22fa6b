"""A small backtest: platforms with a real cache, history in, truth out. bench/backtest.py runs it over 200."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import backtest


@pytest.mark.slow
def test_forecasts_hold_on_simulated_platforms() -> None:
    outcomes = list(backtest.generated(40, 500))
    found = backtest.summary(outcomes)
    assert found.count >= 38
    # Medians of forty are looser than those of two hundred, which the limits are for.
    assert found.first <= 0.065
    assert found.steady <= 0.065
    assert found.first_held >= 0.75
    assert found.steady_held >= 0.75
    assert found.first < found.prices_only


@pytest.mark.slow
def test_days_that_are_less_than_a_cycle_of_the_cache_give_bounds_that_hold() -> None:
    """Answers kept for 30 days, 14 days of history: from an empty cache on, soon after, or long after."""
    outcomes = []
    for number in range(30):
        shape = backtest.shape_of(970_000 + number)
        shape = replace(shape, ttl=720.0, history=14, burn_in=(0, 6, 40)[number % 3], told_ttl=True,
                        requests=min(shape.requests, 800.0))  # fmt: skip
        outcomes.append(backtest.outcome("x", shape, backtest.played(shape, backtest.requests_of(shape))))
    assert sum(o.steady_held for o in outcomes if o is not None) >= 25


def test_one_platform_of_each_kind_of_cache() -> None:
    kinds = {}
    for seed in range(200):
        shape = backtest.shape_of(seed)
        kinds.setdefault((shape.ttl >= 24, shape.sliding, shape.ttl == 0), seed)
    for seed in kinds.values():
        shape = backtest.shape_of(seed)
        found = backtest.outcome("x", shape, backtest.played(shape, backtest.requests_of(shape)))
        assert found is not None
        assert abs(found.first) < 0.5
        assert abs(found.steady) < 0.5
