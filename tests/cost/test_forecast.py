"""Days that were to days to come: exact where nothing is to be seen, weekdays and growth where they are, never surprised."""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelguard.cost.forecast import DRAWS, forecast

START = date(2026, 3, 2)  # a Monday


def days(count: int, start: date = START) -> list[date]:
    return [start + timedelta(days=n) for n in range(count)]


def test_a_level_alone_is_the_mean_itself() -> None:
    values = [980.0, 1020, 1010, 990, 1030, 970, 1000, 1010, 980, 1020, 990, 1000, 1030, 970]
    found = forecast(days(14), values, [START + timedelta(days=14)])
    assert found.factor == 1.0
    assert found.slope == 0.0
    assert not found.weekly
    low, high = found.quantile(0.05), found.quantile(0.95)
    assert low is not None
    assert high is not None
    assert 0.95 < low < 1 < high < 1.05
    assert len(found.draws) == DRAWS


def test_weekends_are_told_apart() -> None:
    values = [100.0 if d.weekday() < 5 else 20.0 for d in days(14)]
    mean = sum(values) / 14
    monday, saturday = [START + timedelta(days=14)], [START + timedelta(days=19)]
    assert forecast(days(14), values, monday).factor * mean == pytest.approx(100, rel=0.03)
    assert forecast(days(14), values, saturday).factor * mean == pytest.approx(20, rel=0.1)
    fortnight = [START + timedelta(days=14 + n) for n in range(14)]
    assert forecast(days(14), values, fortnight).factor == pytest.approx(1, rel=0.01)


def test_ten_days_with_one_weekend_do_not_overstate_a_week() -> None:
    values = [100.0 if d.weekday() < 5 else 10.0 for d in days(10)]
    week = [START + timedelta(days=10 + n) for n in range(7)]
    expected = forecast(days(10), values, week).factor * sum(values) / 10
    assert expected == pytest.approx(520 / 7, rel=0.05)


def test_weekdays_without_anything_stay_so() -> None:
    values = [100.0 if d.weekday() < 5 else 0.0 for d in days(14)]
    saturday = forecast(days(14), values, [START + timedelta(days=19)])
    assert saturday.factor == 0
    monday = forecast(days(14), values, [START + timedelta(days=14)])
    assert monday.factor * sum(values) / 14 == pytest.approx(100)


def test_growth_is_carried_on_where_it_is_sure() -> None:
    values = [1000 * 1.02**n for n in range(21)]
    target = START + timedelta(days=30)
    found = forecast(days(21), values, [target])
    assert found.slope == pytest.approx(math.log(1.02), rel=0.05)
    # Ten days ahead a little of the growth has faded.
    assert found.factor * sum(values) / 21 == pytest.approx(1000 * 1.02**30, rel=0.05)
    later = forecast(days(21), values, [START + timedelta(days=60)]).factor * sum(values) / 21
    assert 1000 * 1.02**30 < later < 1000 * 1.02**60


def test_requests_show_growth_more_surely_than_amounts() -> None:
    """What amounts seem to grow by chance is carried on less where requests stay the same; what both say is carried on."""
    scatter = Random(11)
    target = [START + timedelta(days=20)]
    alone = steady = 0.0
    for _ in range(50):
        values = [1000 * scatter.gauss(1, 0.1) for _ in range(14)]
        alone += abs(forecast(days(14), values, target).factor - 1)
        steady += abs(forecast(days(14), values, target, volume=[500.0 + n % 2 for n in range(14)]).factor - 1)
    assert steady < alone
    growing = [1000 * 1.02**n * scatter.gauss(1, 0.05) for n in range(14)]
    asked = forecast(days(14), growing, target, volume=[500 * 1.02**n for n in range(14)])
    assert asked.slope == pytest.approx(0.02, rel=0.2)


def test_a_single_day_has_no_interval() -> None:
    found = forecast([START], [5.0], [START + timedelta(days=1)])
    assert found.factor == 1.0
    assert found.quantile(0.05) is None


def test_the_same_days_give_the_same_draws() -> None:
    values = [float(Random(7).randrange(50, 150)) for _ in range(14)]
    target = [START + timedelta(days=20)]
    assert forecast(days(14), values, target) == forecast(days(14), values, target)


def test_intervals_hold_nine_in_ten_days() -> None:
    """Plain noise, by simulation: between 85 and 95 % of 400 days to come lie inside."""
    rnd, held = Random(1), 0
    for _ in range(400):
        values = [100 * math.exp(rnd.gauss(0, 0.1)) for _ in range(15)]
        found = forecast(days(14), values[:14], [START + timedelta(days=14)])
        mean = sum(values[:14]) / 14
        low, high = found.quantile(0.05), found.quantile(0.95)
        assert low is not None
        assert high is not None
        held += low * mean <= values[14] <= high * mean
    assert 340 <= held <= 384


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.just(0.0), st.floats(0, 1e9), st.floats(1e-9, 1e-3)), min_size=1, max_size=60),
    st.integers(0, 40),
    st.integers(0, 6),
)
def test_no_history_breaks_it(values: list[float], ahead: int, offset: int) -> None:
    start = START + timedelta(days=offset)
    targets = [start + timedelta(days=len(values) + ahead + n) for n in range(14)]
    found = forecast(days(len(values), start), values, targets, [v or None for v in values])
    assert found.factor >= 0
    assert math.isfinite(found.factor)
    assert all(d >= 0 and math.isfinite(d) for d in found.draws)
