"""Cron expressions as activity."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.errors import InputError
from modelguard.usage.schedule import signals_of_schedule

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"


@pytest.mark.parametrize(
    ("cron", "monday", "tuesday"),
    [
        ("@hourly", 24, 24),
        ("*/30 * * * *", 48, 48),
        ("58 3 * * *", 1, 1),
        ("0 9-17/2 * * mon-fri", 5, 5),
        ("0 0 * * 1", 1, 0),
        ("0 0 3 * *", 0, 1),
        ("0 0 2 * tue", 1, 1),
        ("0,15 4 * apr *", 0, 0),
        ("0 0 * * 7", 0, 0),
    ],
)
def test_runs_by_day(cron: str, monday: int, tuesday: int) -> None:
    found = signals_of_schedule("a", cron, [MONDAY, TUESDAY])
    assert [sum(h or 0 for h in row.hours) for row in found] == [monday, tuesday]


def test_the_hour_is_right() -> None:
    (row,) = signals_of_schedule("a", "58 3 * * *", [MONDAY])
    assert row.hours.index(1.0) == 3


@pytest.mark.parametrize("cron", ["", "* * * *", "60 * * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "0 0 0 * *"])
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(InputError):
        signals_of_schedule("a", cron, [MONDAY])


@given(st.text("0123456789*,-/ montue", max_size=20))
def test_no_text_breaks_it(cron: str) -> None:
    with contextlib.suppress(InputError):
        assert len(signals_of_schedule("a", cron, [MONDAY])) == 1
