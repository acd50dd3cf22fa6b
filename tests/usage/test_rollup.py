"""The rollup's text, merging imports, names, the TTL, summaries and reconciliation."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.errors import InputError
from modelguard.usage.importer import Imported
from modelguard.usage.merge import merged
from modelguard.usage.naming import Known, candidates, resolve
from modelguard.usage.reconcile import reconcile
from modelguard.usage.rollup import Cache, Cold, Hours, Rollup, Row, Source, Ttl, read_rollup, write_rollup
from modelguard.usage.summary import billed, lines_of, whom
from modelguard.usage.ttl import TOLERATED, infer

DAY = "2026-03-02"


def rows(*given: Row, kind: str = "litellm", sha: str = "a") -> Imported:
    return Imported(given, (Source(kind, len(given), sha),))


def test_the_text_reads_back_and_does_not_depend_on_order() -> None:
    one = Row(DAY, "a", "m", requests=10, calls=4, cost=Decimal("1.20"), cold=Cold(4, 40, 4), distinct_keys=4,
              hours=Hours((1.0,) * 24, (0.5,) * 24, (0.0,) * 24))  # fmt: skip
    two = Row(DAY, "b", "m", tokens_in=5)
    caches = (Cache("a", Ttl(23.5, 24.2), "inferred"),)
    made = Rollup("x", DAY, DAY, (two, one), caches, Decimal("0.93"), (Source("litellm", 14, "ab"),))
    text = write_rollup(made)
    assert write_rollup(Rollup("x", DAY, DAY, (one, two), caches, Decimal("0.93"), made.sources)) == text
    back = read_rollup(text.encode(), "x")
    assert back.rows == (one, two)
    assert (back.caches, back.calibration, back.sources) == (caches, Decimal("0.93"), made.sources)
    assert '"requests":10,' in text
    assert '"cost":"1.2"' in text
    with pytest.raises(InputError) as error:
        read_rollup(text.replace("[1,1,", "[1,", 1).encode(), "x")
    assert error.value.line == 2


def test_a_month_of_a_mid_size_platform_is_under_a_megabyte() -> None:
    hours = Hours(*[tuple(float(100 + h) for h in range(24))] * 3)
    day = [
        Row(f"2026-03-{d:02d}", f"service-{n}", "claude-sonnet-4-6", "123456789012", "bedrock/us.anthropic.claude-sonnet-4-6",
            4321, 321, 1234567, 123456, 0, 0, Decimal("12.345678"), Cold(4000, 12345678, 1234567),
            "measured", 4000, hours, "litellm")
        for d in range(1, 31)
        for n in range(40)
    ]  # fmt: skip
    assert len(write_rollup(Rollup("x", "", "", tuple(day)))) < 1_000_000


def test_sources_complete_each_other_and_what_was_paid_wins() -> None:
    old = merged(None, rows(Row(DAY, "a", "m", requests=10, calls=4, tokens_in=100, cost=Decimal(1), origin="litellm")))
    new = merged(old, rows(Row(DAY, "a", "m", tokens_in=120, cost=Decimal("0.9"), origin="cur"), kind="cur", sha="b"))
    (row,) = new.rows
    assert (row.requests, row.calls, row.tokens_in, row.cost, row.origin) == (10, 4, 100, Decimal("0.9"), "cur+litellm")
    metric = rows(Row(DAY, "b", "m", calls=4, origin="cloudwatch"), kind="cloudwatch")
    tokens = rows(Row(DAY, "b", "m", tokens_in=9, origin="cloudwatch"), kind="cloudwatch", sha="c")
    (row,) = merged(merged(None, metric), tokens).rows
    assert (row.calls, row.tokens_in) == (4, 9)


def test_the_same_day_from_two_files_of_a_kind_is_refused_unless_replaced() -> None:
    old = merged(None, rows(Row(DAY, "a", "m", calls=4, origin="litellm")))
    new = rows(Row(DAY, "a", "m", calls=6, origin="litellm"), sha="b")
    with pytest.raises(InputError, match="--replace"):
        merged(old, new)
    assert merged(old, new, replace=True).rows[0].calls == 6


def test_what_somebody_declared_of_a_cache_stays() -> None:
    old = Rollup("x", DAY, DAY, (), (Cache("a", Ttl(720, 720), "declared"),))
    found = merged(old, Imported((), (), (Cache("a", Ttl(1, 2), "inferred"), Cache("b", Ttl(1, 2), "inferred"))))
    assert [(c.consumer, c.ttl_hours.low) for c in found.caches] == [("a", 720), ("b", 1)]


def test_names() -> None:
    known = [Known("matcher_dev", ("rampart-dev-*",), "dev"), Known("inference-api"), Known("a-b"), Known("b-a")]
    lambda_ = "arn:aws:sts::1:assumed-role/matcher/rampart-dev-007"
    pod = "arn:aws:sts::1:assumed-role/eks/botocore-session-1"
    found = resolve([lambda_, pod, "Inference API", "a_b", "sk-" + "x" * 40], known)
    assert (found[lambda_].consumer, found[lambda_].certainty, found[lambda_].account) == (
        "matcher_dev",
        "certain",
        "dev",
    )
    assert (found[pod].consumer, found[pod].how) == ("eks", "")
    assert (found["Inference API"].consumer, found["Inference API"].certainty) == ("inference-api", "likely")
    # Two consumers have these words: neither is meant for certain.
    assert found["a_b"].consumer == "a_b"
    assert found["sk-" + "x" * 40].consumer.startswith("key-")


@given(st.text(max_size=80))
def test_no_name_breaks_the_mapping(name: str) -> None:
    found = resolve([name], [Known("x", ("*-api",))])
    assert found[name].consumer
    assert all(isinstance(c, str) for c in candidates(name))


@given(st.integers(2, 60 * 24 * 20), st.integers(0, 3))
def test_a_ttl_is_found_between_what_was_hit_and_what_was_fetched(minutes: int, noise: int) -> None:
    hits = [(True, m, 3) for m in range(0, minutes, max(1, minutes // 50))]
    fetches = [(False, minutes + m, 2) for m in range(1, 100, 7)]
    # A few answers were lost early.
    found = infer([*hits, *fetches, *[(False, m, 1) for m in range(noise)]])
    seen = noise + sum(n for _, _, n in [*hits, *fetches])
    if sum(n for _, _, n in hits) >= 20 and noise <= TOLERATED * seen:
        assert found.low is not None
        assert found.high is not None
        assert found.low <= minutes / 60 + 0.02
        assert found.high >= (minutes - minutes // 50) / 60 - 0.02


def test_a_total_and_its_parts_are_counted_once() -> None:
    all_ = Row(DAY, "(all callers)", "m", calls=10)
    some = Row(DAY, "a", "m", calls=4)
    guess = Row(DAY, "b", "m", calls=6, source="attributed")
    other = Row(DAY, "a", "n", calls=3)
    assert billed([all_, some, guess, other]) == [all_, other]


def test_reconciling_names_what_is_unexplained() -> None:
    price = (Decimal(3), Decimal(15))
    ours = [
        Row(DAY, "a", "m", account="1", tokens_in=1_000_000, tokens_out=100_000),
        Row(DAY, "a", "gone", account="1", cost=Decimal(2)),
        Row("2026-03-01", "a", "m", cost=Decimal(5)),
    ]
    bill = [
        Row(DAY, "x", "m", account="1", cost=Decimal("4.55")),
        Row(DAY, "x", "opus", account="2", cost=Decimal(100)),
        Row("2026-03-03", "x", "m", cost=Decimal(7)),
    ]
    found = reconcile(ours, bill, lambda raw: price if raw == "m" else None)
    assert (found.paid, found.known) == (Decimal("104.55"), Decimal("6.5"))
    models = {m.model: m for m in found.models}
    assert models["m"].why == ""
    assert "bill alone" in models["opus"].why
    assert "rollup alone" in models["gone"].why
    assert (found.days, found.only_bill, found.only_rollup) == ((DAY,), ("2026-03-03",), ("2026-03-01",))
    assert found.accounts == ("2",)


def test_the_summary() -> None:
    rollup = Rollup("x", DAY, DAY, (
        Row(DAY, "a", "m", requests=10, calls=5, cost=Decimal(1)), Row("2026-03-03", "a", "m", requests=20, calls=5),
        Row(DAY, "stranger", "m", calls=1),
    ))  # fmt: skip
    first, second = lines_of(rollup)
    assert (first.consumer, first.days, first.requests, first.cost) == ("a", 2, 15, Decimal(1))
    assert (second.requests, second.cost) == (None, None)
    assert {n.name: n.consumer for n in whom(rollup, [Known("a")])} == {"a": "a", "stranger": ""}
