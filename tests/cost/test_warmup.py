"""How a cache fills: what was measured comes out again, grace moves calls and never makes more of them disappear."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelguard.cost.warmup import Grace, after_switch, reuse_of, steady_per_hour, warm_after


@pytest.mark.parametrize(
    ("requests", "cold", "calls", "ttl"),
    [(6432, 6400, 320, 720), (5000, 3000, 2500, 24), (5000, 3500, 2500, 168), (2000, 1900, 700, 72)],
)
def test_the_curve_gives_back_what_was_measured(requests: float, cold: float, calls: float, ttl: float) -> None:
    reuse = reuse_of(requests, calls, cold, ttl)
    assert reuse is not None
    curve = after_switch(reuse, 24)
    assert sum(curve.calls) == pytest.approx(cold, rel=0.08)
    assert steady_per_hour(reuse) * 24 == pytest.approx(calls, rel=0.08)


def test_daily_keys_are_billed_once_until_they_expire_together() -> None:
    reuse = reuse_of(1000, 1000 / 7, 1000, 168)
    assert reuse is not None
    curve = after_switch(reuse, 24 * 9)
    by_day = [sum(curve.calls[d * 24 : d * 24 + 24]) for d in range(9)]
    assert by_day[0] > 900
    assert max(by_day[1:7]) < 200
    assert by_day[7] > 600
    warm = warm_after(curve, steady_per_hour(reuse), 168)
    assert warm is not None
    assert warm <= 48


def test_a_switch_at_another_hour_begins_with_that_hour() -> None:
    hours = [0.0] * 24
    hours[10] = 1.0
    reuse = reuse_of(100, 100 / 7, 100, 168, hours)
    assert reuse is not None
    assert max(range(24), key=after_switch(reuse, 24).calls.__getitem__) == 10
    assert max(range(24), key=after_switch(reuse, 24, start_hour=8).calls.__getitem__) == 2


def test_grace_without_renewals_moves_the_cliff_behind_the_window() -> None:
    reuse = reuse_of(6432, 320, 6400, 720)
    assert reuse is not None
    plain = after_switch(reuse, 96)
    soft = after_switch(reuse, 96, grace=Grace(24, 0))
    assert sum(soft.calls[:24]) < 0.2 * sum(plain.calls[:24])
    assert sum(soft.calls[24:48]) > 0.7 * sum(plain.calls[:24])
    assert sum(soft.stale[:24]) > 0
    assert sum(soft.stale[24:]) == 0


def test_renewals_keep_to_their_limits() -> None:
    reuse = reuse_of(6432, 320, 6400, 720)
    assert reuse is not None
    soft = after_switch(reuse, 96, grace=Grace(72, 100, 500))
    assert max(soft.refreshed) <= 100 + 1e-9
    assert sum(soft.refreshed) <= 500 + 1e-6
    eased = after_switch(reuse, 96, grace=Grace(72, 100))
    assert max(eased.calls) < max(after_switch(reuse, 96).calls)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(1, 1e6), st.floats(0, 1), st.floats(0, 1), st.floats(0.1, 1000), st.integers(0, 23),
    st.one_of(st.none(), st.floats(0, 100)), st.floats(0, 200),
)  # fmt: skip
def test_calls_are_never_negative_nor_more_than_requests(
    requests: float, cold: float, calls: float, ttl: float, start: int, limit: float | None, window: float
) -> None:
    reuse = reuse_of(requests, calls * requests, cold * requests, ttl)
    assert reuse is not None
    for curve in (after_switch(reuse, 72, start), after_switch(reuse, 72, start, Grace(window, limit))):
        assert all(c >= -1e-9 for c in (*curve.calls, *curve.refreshed, *curve.stale))
        for day in range(3):
            assert sum(curve.calls[day * 24 : day * 24 + 24]) <= requests * 1.001 + sum(curve.refreshed)
