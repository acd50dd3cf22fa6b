"""What a switch costs: the story's figures at real prices, unknown that stays unknown, monotony."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelguard.cost.model import Switch, as_document, cost_of
from modelguard.cost.prices import Price, Prices
from modelguard.cost.records import ConsumerCost
from modelguard.cost.terms import terms_of
from modelguard.usage.rollup import Cache, Cold, Rollup, Row, Ttl, read_rollup

SONNET = "bedrock/us.anthropic.claude-sonnet-4-6"
OPUS = "bedrock/us.anthropic.claude-opus-4-6-v1"
DAY = date(2026, 3, 17)
ROLLUP = Path(__file__).parents[2] / "examples/iceberg/repo/modelguard-usage.jsonl"


def story(*names: str) -> list[Switch]:
    return [Switch(name, (), SONNET, OPUS) for name in names]


def test_the_233_dollar_day() -> None:
    rollup = read_rollup(ROLLUP.read_bytes(), str(ROLLUP))
    report = cost_of(story("entity-training.train", "inference-api", "health-check"), rollup, Prices(), DAY)
    first = [float(r.first_day.expected or 0) for r in report.rows]
    assert first == pytest.approx([14, 210, 9.2], rel=0.05)
    assert float(report.first_day.expected or 0) == pytest.approx(233, rel=0.05)
    assert float(report.steady.expected or 0) == pytest.approx(20.41, rel=0.05)
    assert float(report.before.expected or 0) == pytest.approx(12.25, rel=0.05)
    assert float(report.prices_only or 0) == pytest.approx(8.16, rel=0.05)
    for row in report.rows:
        assert row.steady.low <= row.steady.expected <= row.steady.high  # type: ignore[operator]


@pytest.mark.parametrize(
    ("switch", "why"),
    [
        (Switch("nobody", (), SONNET, OPUS), "no usage is recorded"),
        (Switch("inference-api", (), "gpt-4o", OPUS), "other models"),
        (Switch("inference-api", (), None, OPUS), "new"),
        (Switch("inference-api", (), SONNET, "house-alias"), "does not say which provider"),
        (Switch("inference-api", (), SONNET, "anthropic/claude-nonsense-99"), "no price is known"),
    ],
)
def test_unknown_is_never_zero(switch: Switch, why: str) -> None:
    rollup = read_rollup(ROLLUP.read_bytes(), str(ROLLUP))
    report = cost_of([switch], rollup, Prices(), DAY)
    row = report.rows[0]
    assert row.source == "unknown"
    assert why in row.why
    assert (row.before.expected, row.steady.expected, row.first_day.expected) == (None, None, None)
    assert report.unknown == (switch.consumer,)
    assert as_document(report)["total"]["first_day"]["expected"] is None


def test_without_a_rollup_everything_is_unknown() -> None:
    assert cost_of(story("inference-api"), None, Prices(), DAY).unknown == ("inference-api",)


def _rollup(calls: int, requests: int, tokens: int, cold: Cold | None, caches: tuple[Cache, ...] = ()) -> Rollup:
    rows = tuple(
        Row(f"2026-03-{d:02}", "a", "m", requests=requests, calls=calls, tokens_in=tokens, tokens_out=0, cold=cold)
        for d in (1, 2)
    )
    return Rollup("u", "2026-03-01", "2026-03-02", rows, caches)


def _prices(old: int, new: int) -> Prices:
    return Prices({n: Price(Decimal(p), Decimal(0), None, None, "test") for n, p in (("m", old), ("n", new))})


def test_few_days_show_no_growth_and_that_is_said() -> None:
    def notes(days: int) -> str:
        rows = tuple(
            Row(f"2026-03-{d:02}", "a", "m", requests=100, calls=100, tokens_in=1000, tokens_out=0)
            for d in range(1, days + 1)
        )
        rollup = Rollup("u", "2026-03-01", f"2026-03-{days:02}", rows)
        return " ".join(cost_of([Switch("a", (), "m", "n")], rollup, _prices(1, 2), DAY).rows[0].notes)

    assert "7 days do not show whether it grows or shrinks" in notes(7)
    assert "do not show" not in notes(14)


def _kept_for_a_month(billed: Sequence[int], cold: int) -> ConsumerCost:
    rows = tuple(
        Row(f"2026-03-{d:02}", "a", "m", requests=1000, calls=n, tokens_in=n * 1000, tokens_out=0,
            cold=Cold(cold, cold * 1000, 0))
        for d, n in enumerate(billed, 1)
    )  # fmt: skip
    rollup = Rollup("u", "2026-03-01", f"2026-03-{len(rows):02}", rows, (Cache("a", Ttl(720, 720)),))
    return cost_of([Switch("a", (), "m", "n")], rollup, _prices(1, 2), DAY).rows[0]


def test_a_part_of_a_cycle_bounds_the_steady_day() -> None:
    """A call costs $0.002 at the new price. What was fetched in the first days after a switch runs out together a month later."""
    quiet = _kept_for_a_month([40] * 14, 800)
    assert quiet.steady.low is not None
    assert quiet.steady.high is not None
    # As quiet as these days where each use keeps an answer for longer; a full cold day in two weeks at the least where not.
    assert float(quiet.steady.low) <= 40 * 0.002
    assert float(quiet.steady.high) >= (40 + 800 / 14) * 0.002
    assert float(quiet.steady.high) < 800 * 0.002
    assert "as busy as the first ones after a switch" in " ".join(quiet.notes)
    filled = _kept_for_a_month([800, 400, 300, 200, 150, 120, 100, 90, 80, 70, 60, 60, 50, 50], 800)
    assert filled.steady.low is not None
    assert filled.steady.high is not None
    # The first two weeks of the next cycle may be these again; or it stays quiet.
    assert float(filled.steady.high) >= 2530 / 14 * 0.002
    assert float(filled.steady.low) <= 50 * 0.002
    nothing = _kept_for_a_month([0] * 14, 800)
    assert nothing.steady.high is not None
    assert float(nothing.steady.high) >= 800 / 14 * 0.002


def test_a_hit_rate_alone_gives_bounds_of_the_first_day() -> None:
    cache = Cache("a", Ttl(24, 24))
    rollup = _rollup(10, 100, 1000, None, (cache,))
    row = cost_of([Switch("a", (), "m", "n")], rollup, _prices(1, 2), DAY).rows[0]
    assert row.steady.expected == Decimal("0.002")
    assert row.bounded
    assert row.first_day.expected == Decimal(
        "0.02"
    )  # every request of the day, as nothing says how many keys there are
    assert row.first_day.low is not None
    assert row.first_day.low <= row.steady.expected
    assert "bounds" in " ".join(row.notes)


def test_without_requests_the_first_day_is_unknown_and_says_what_to_import() -> None:
    rows = (Row("2026-03-01", "a", "m", calls=10, tokens_in=1000, tokens_out=0),)
    row = cost_of([Switch("a", (), "m", "n")], Rollup("u", "", "", rows), _prices(1, 2), DAY).rows[0]
    assert row.first_day.expected is None
    assert "modelguard usage import" in " ".join(row.notes)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**7), st.integers(0, 100), st.integers(0, 100))
def test_cost_grows_with_price_and_volume(tokens: int, more: int, price: int, dearer: int) -> None:
    def steady(volume: int, new: int) -> Decimal:
        report = cost_of([Switch("a", (), "m", "n")], _rollup(1, 1, volume, None), _prices(1, new), DAY)
        assert report.steady.expected is not None
        return report.steady.expected

    assert steady(tokens, price) <= steady(tokens + more, price)
    assert steady(tokens, price) <= steady(tokens, price + dearer)
    assert steady(tokens, price) == Decimal(tokens) * price / 1_000_000


def test_aliases_and_words_match_logged_names() -> None:
    rollup = Rollup("u", "", "", (Row("2026-03-01", "team-red", "m", tokens_in=10, tokens_out=0, requests=1, calls=1),))
    row = cost_of([Switch("team", ("team-*",), "m", "n")], rollup, _prices(1, 2), DAY).rows[0]
    assert row.source == "measured"
    assert "Logged as team-red" in row.why


def test_aliases_of_modelguard_yaml_match_logged_names() -> None:
    rollup = Rollup("u", "", "", (Row("2026-03-01", "key-7", "m", tokens_in=10, tokens_out=0, requests=1, calls=1),))
    terms = terms_of({"consumers": {"team": {"aliases": ["key-*"]}, "other": None}})
    prices = Prices(_prices(1, 2).overrides, terms)
    assert cost_of([Switch("team", (), "m", "n")], rollup, prices, DAY).rows[0].source == "measured"
