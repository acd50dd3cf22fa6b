"""A small backtest: platforms with a real cache, history in, truth out. bench/backtest.py runs it over 200."""

from __future__ import annotations

import sys
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
