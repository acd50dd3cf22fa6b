"""Usage as it comes: nulls, gaps, single days, parts of days, flushed caches, nonsense. Unknown stays unknown, nothing breaks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelguard.cost.document import as_document
from modelguard.cost.extras import GracePeriod
from modelguard.cost.model import CostReport, Switch, cost_of
from modelguard.cost.prices import Price, Prices
from modelguard.cost.series import series_of
from modelguard.cost.terms import terms_of
from modelguard.report.cost_text import render
from modelguard.usage.rollup import Cache, Cold, Hours, Rollup, Row, Ttl

START = date(2026, 3, 2)
ON = date(2026, 3, 20)
PRICES = Prices(
    {"m": Price(Decimal(1), Decimal(5), None, None, "t"), "n": Price(Decimal(2), Decimal(10), None, None, "t")}
)
SWITCH = Switch("a", (), "m", "n")


def row(day: int, **more: Any) -> Row:
    plain = {
        "requests": 100.0, "calls": 40.0, "tokens_in": 40_000.0, "tokens_out": 4_000.0, "distinct_keys": 80.0,
        "cold": Cold(80.0, 80_000.0, 8_000.0),
    }  # fmt: skip
    return Row((START + timedelta(days=day)).isoformat(), "a", "m", **{**plain, **more})


def costed(rows: list[Row], caches: tuple[Cache, ...] = (), **more: Any) -> CostReport:
    until = max((r.day for r in rows), default="")
    return cost_of([SWITCH], Rollup("u", rows[0].day if rows else "", until, tuple(rows), caches), PRICES, ON, **more)


def test_a_gap_is_left_out_and_said() -> None:
    found = costed([row(n) for n in range(14) if n not in (4, 5)]).rows[0]
    assert found.steady.expected == Decimal("0.12")
    assert "2 days without data" in " ".join(found.notes)


def test_days_on_which_others_ran_are_days_without_use() -> None:
    rows = [row(n) for n in (0, 4, 8, 12)] + [msgspec.structs.replace(row(n), consumer="b") for n in range(14)]
    found = costed(rows).rows[0]
    assert found.steady.expected is not None
    assert found.steady.expected < Decimal("0.06")
    assert found.first_day.expected == Decimal("0.24")  # the first day on which it runs
    assert "does not run every day" in " ".join(found.notes)


def test_a_first_day_of_which_half_is_missing_is_left_out() -> None:
    full = Hours((5.0,) * 24, (2.0,) * 24, (4.0,) * 24)
    half = Hours((0.0,) * 12 + (5.0,) * 12, (0.0,) * 12 + (2.0,) * 12, (0.0,) * 12 + (4.0,) * 12)
    rows = [row(0, tokens_in=20_000.0, tokens_out=2_000.0, hours=half)] + [row(n, hours=full) for n in range(1, 10)]
    found = costed(rows).rows[0]
    assert found.steady.expected == Decimal("0.12")
    assert "1 day without data, or with a part of it" in " ".join(found.notes)


def test_a_cold_start_in_the_history_is_no_steady_day() -> None:
    cold = row(0, calls=80.0, tokens_in=80_000.0, tokens_out=8_000.0)
    found = costed([cold, *(row(n) for n in range(1, 14))], (Cache("a", Ttl(24, 24)),)).rows[0]
    assert found.steady.expected == Decimal("0.12")
    assert found.before.expected == Decimal("0.06")
    assert "was empty on 2026-03-02" in " ".join(found.notes)


def test_a_history_within_one_cycle_counts_the_cold_day_and_says_so() -> None:
    cold = row(0, calls=80.0, tokens_in=80_000.0, tokens_out=8_000.0)
    quiet = [row(n, calls=8.0, tokens_in=8_000.0, tokens_out=800.0) for n in range(1, 5)]
    found = costed([cold, *quiet], (Cache("a", Ttl(168, 168)),)).rows[0]
    assert found.steady.expected is not None
    assert found.steady.expected == (Decimal("0.24") + 6 * Decimal("0.024")) / 7
    assert found.steady.low is not None
    assert found.steady.low <= Decimal("0.024")
    assert "one cycle" in " ".join(found.notes)


def test_distinct_keys_stand_for_a_replay_where_answers_are_kept_for_a_day() -> None:
    rows = [row(n, cold=None) for n in range(7)]
    exact = costed(rows, (Cache("a", Ttl(24, 24)),)).rows[0]
    assert exact.first_day.expected == Decimal("0.24")
    assert not exact.bounded
    short = costed(rows, (Cache("a", Ttl(1, 1)),)).rows[0]
    assert short.bounded
    assert short.first_day.expected == Decimal("0.3")  # 100 requests at the price of a call
    # Its distinct keys at least; a week of equal days does not say that the next is equal, too.
    assert float(short.first_day.low or 0) == pytest.approx(0.24, rel=0.1)


def test_a_discount_in_the_rows_goes_for_the_new_model_too() -> None:
    found = costed([row(n, cost=Decimal("0.048")) for n in range(7)]).rows[0]
    assert found.before.expected == Decimal("0.048")
    assert found.steady.expected == Decimal("0.096")
    assert "times 0.800" in " ".join(found.notes)


def test_what_is_declared_of_bills_counts() -> None:
    declared = {
        "billing": [{"consumer": "a", "model": "n", "tokens_in": 1.2, "tokens_out": 2, "attempts": 3}],
        "quotas": [{"model": "n", "requests_per_minute": 0.01, "tokens_per_minute": 10_000}],
    }
    prices = Prices(PRICES.overrides, terms_of(declared))
    caches = (Cache("a", Ttl(24, 24)),)
    rollup = Rollup("u", "", "2026-03-15", tuple(row(n) for n in range(14)), caches)
    switch = Switch("a", (), "m", "n", fallbacks=("n",))
    found = cost_of([switch], rollup, prices, ON, curves=True).rows[0]
    assert found.steady.expected == Decimal("0.08") * Decimal("1.2") + Decimal("0.04") * 2
    assert found.worst == found.steady.expected * 6
    assert found.warming is not None
    assert found.warming.quota.startswith("over the 0 requests a minute")
    assert "within the 10,000 tokens" in found.warming.quota
    fixed = Prices(PRICES.overrides, terms_of({"billing": [{"provisioned_per_hour": 2}]}))
    assert cost_of([SWITCH], rollup, fixed, ON, curves=True).rows[0].first_day.expected == Decimal(48)


def test_lengths_that_a_consumer_has_shown_on_the_new_model_count() -> None:
    longer = [
        msgspec.structs.replace(row(n, tokens_out=12_000.0, tokens_in=44_000.0), model="n") for n in range(14, 20)
    ]
    found = costed([*(row(n) for n in range(14)), *longer]).rows[0]
    assert "1.10 times the prompt and 3.00 times the output" in " ".join(found.notes)
    assert found.steady.expected == Decimal("0.088") + Decimal("0.12")


def test_cached_prompts_are_priced_and_said() -> None:
    price = Price(Decimal(2), Decimal(10), Decimal("0.2"), Decimal("2.5"), "t")
    prices = Prices({**PRICES.overrides, "n": price})
    rows = tuple(row(n, cache_read_tokens=1e6, cache_write_tokens=1e5, requests=40.0, cold=None) for n in range(7))
    found = cost_of([SWITCH], Rollup("u", "", "2026-03-08", rows), prices, ON).rows[0]
    assert found.steady.expected == Decimal("0.08") + Decimal("0.04") + Decimal("0.2") + Decimal("0.25")
    assert "cache of prompts" in " ".join(found.notes)


def test_a_prefix_that_is_too_short_for_the_new_model_is_not_cached() -> None:
    old, new = "anthropic/claude-sonnet-4-6", "anthropic/claude-haiku-4-5"
    rows = tuple(
        msgspec.structs.replace(
            row(n, cache_read_tokens=80_000.0, cache_write_tokens=0.0, requests=40.0, cold=None),
            model="claude-sonnet-4-6",
        )
        for n in range(7)
    )
    found = cost_of([Switch("a", (), old, new)], Rollup("u", "", "2026-03-08", rows), Prices(), ON).rows[0]
    # 40 calls with a prefix of 2,000 tokens each, where Haiku 4.5 keeps none below 4,096: all at a dollar a million.
    assert found.steady.expected == Decimal("0.04") + Decimal("0.08") + Decimal("0.02")
    assert "shorter than 4,096 tokens" in " ".join(found.notes)


def test_long_prompts_cost_what_their_tier_says() -> None:
    long = Price(
        Decimal(2), Decimal(10), None, None, "t", ((100_000, Price(Decimal(4), Decimal(15), None, None, "t")),)
    )
    rows = tuple(row(n, calls=1.0, tokens_in=200_000.0, tokens_out=0.0, cold=None, requests=1.0) for n in range(3))
    prices = Prices({**PRICES.overrides, "n": long})
    assert cost_of([SWITCH], Rollup("u", "", "", rows), prices, ON).rows[0].steady.expected == Decimal("0.8")


def test_sums_are_narrower_than_the_sum_of_their_ends() -> None:
    rows = []
    for n in range(14):
        rows.append(row(n, tokens_in=40_000.0 + 9_000 * (n % 3), cold=None, calls=100.0))
        rows.append(
            msgspec.structs.replace(row(n, tokens_in=58_000.0 - 9_000 * (n % 3), cold=None, calls=100.0), consumer="b")
        )
    switches = [SWITCH, Switch("b", (), "m", "n")]
    found = cost_of(switches, Rollup("u", "", "2026-03-15", tuple(rows)), PRICES, ON)
    assert found.first_day.high is not None
    ends = [r.first_day.high for r in found.rows if r.first_day.high is not None]
    assert found.first_day.high < sum(ends)


def test_series_without_a_readable_day_is_empty() -> None:
    assert series_of([msgspec.structs.replace(row(0), day="yesterday")], frozenset(), "", "").days == ()


_number = st.one_of(st.none(), st.just(0.0), st.floats(0, 1e7), st.integers(0, 10))
_day24 = st.one_of(st.none(), st.lists(st.floats(0, 1e4), min_size=24, max_size=24).map(tuple))


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    cold = draw(st.one_of(st.none(), st.builds(Cold, _number, _number, _number)))
    hours = draw(st.one_of(st.none(), st.builds(Hours, _day24, _day24, _day24)))
    day = draw(
        st.one_of(st.integers(0, 40).map(lambda n: (START + timedelta(days=n)).isoformat()), st.just("nonsense"))
    )
    return Row(
        day, draw(st.sampled_from("ab")), draw(st.sampled_from("mn")), None, None, draw(_number), draw(_number), draw(_number),
        draw(_number), draw(_number), draw(_number), draw(st.one_of(st.none(), st.decimals(0, 1000, places=4))), cold, "measured",
        draw(_number), hours,
    )  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(_rows(), max_size=25),
    st.sampled_from(["", "2026-03-02", "nonsense", "2026-12-01"]),
    st.sampled_from(["", "2026-04-10", "nonsense", "2026-01-01"]),
    st.one_of(st.none(), st.floats(0.01, 2000)),
    st.integers(0, 23),
)
def test_no_usage_breaks_a_report(rows: list[Row], since: str, until: str, ttl: float | None, hour: int) -> None:
    caches = () if ttl is None else (Cache("a", Ttl(ttl, ttl)),)
    switches = [SWITCH, Switch("b", (), "m", "n"), Switch("c", (), None, "n"), Switch("a", (), "m", None)]
    graces = [GracePeriod("*", "*", "*", 24, 2)]
    rollup = Rollup("u", since, until, tuple(rows), caches)
    report = cost_of(switches, rollup, PRICES, ON, hour=hour, curves=True, graces=graces)
    for found in (*report.rows, report):
        for interval in (found.before, found.steady, found.first_day):
            ends = [e for e in (interval.low, interval.expected, interval.high) if e is not None]
            assert all(e.is_finite() and e >= 0 for e in ends)
            if len(ends) == 3:
                assert ends == sorted(ends)
    assert render(report)
    assert as_document(report)["total"]["unknown"] == list(report.unknown)


@pytest.mark.parametrize("days", [1, 2, 3, 6, 7, 8])
def test_short_histories_have_figures(days: int) -> None:
    found = costed([row(n) for n in range(days)]).rows[0]
    assert found.steady.expected == Decimal("0.12")
    assert found.first_day.expected == Decimal("0.24")
    assert (found.steady.low is None) == (days == 1)
