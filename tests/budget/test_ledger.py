"""The ledger: what covers a need, messages with a place, lines to paste that do cover it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.budget.ledger import Ledger, Need, caps_exceeded, judge, parse_ledger, raises, suggest
from modelguard.errors import InputError

DAY = date(2026, 3, 17)


def ledger(text: str) -> Ledger:
    return parse_ledger(f"version: 1\n{text}".encode(), "budgets.yaml")


def need(steady: str | None = "5", first: str | None = "5", **more: object) -> Need:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Need("api", "claude-opus-4-6", amount(steady), amount(first), **more)  # type: ignore[arg-type]


LINE = "allocations:\n  - {consumer: api, model: claude-opus-4-6, limit: 10, per: day"


@pytest.mark.parametrize(
    ("text", "wanted", "verdict"),
    [
        ("", need(), "missing"),
        ("default: 6", need(), "covered"),
        ("default: 4", need(), "missing"),
        (LINE + "}", need(), "covered"),
        (LINE + "}", need("11"), "exceeded"),
        (LINE + "}", need("5", "30"), "exceeded"),
        (LINE + ", first_day: 40}", need("5", "30"), "covered"),
        (LINE + "}", need(None, None), "unknown"),
        (LINE + "}", need("5", None), "unknown"),
        ("", need(None, None), "missing"),
        ("default: 100", need(None, None), "missing"),
        (LINE + ", expires: 2026-03-16}", need(), "missing"),
        (LINE + ", expires: 2026-03-17}", need(), "covered"),
        (LINE + ", account: prod}", need(), "missing"),
        (LINE + ", account: prod}", need(account="prod"), "covered"),
        ("allocations:\n  - {consumer: 'a*', model: 'claude-*', limit: 70, per: week}", need("10", "10"), "covered"),
        ("allocations:\n  - {consumer: 'a*', model: 'claude-*', limit: 70, per: week}", need("10.01"), "exceeded"),
        ("allocations:\n  - {consumer: '*', model: '*', limit: 365, per: month}", need("12", "12"), "covered"),
    ],
)
def test_verdicts(text: str, wanted: Need, verdict: str) -> None:
    assert judge(ledger(text), wanted, DAY).verdict == verdict


def test_the_most_specific_allocation_counts() -> None:
    text = "allocations:\n  - {consumer: '*', model: '*', limit: 999, per: day}\n"
    text += "  - {consumer: api, model: '*', limit: 1, per: day}"
    assert judge(ledger(text), need(), DAY).verdict == "exceeded"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "allocations:\n  - {consumer: a, modle: b, limit: 1, per: day}",
            r'budgets.yaml:3:19: unknown key "modle"; did you mean "model"\?',
        ),
        ("allocations:\n  - {consumer: a, model: b, limit: x, per: day}", "budgets.yaml:3:36: this must be a number"),
        ("allocations:\n  - {consumer: a, model: b, limit: 1, per: hour}", "must be one of day, week, month"),
        ("allocations:\n  - {consumer: a, model: b, per: day}", 'budgets.yaml:3:5: "limit" is missing'),
        ("allocations:\n  - {consumer: a, model: b, limit: -1, per: day}", "budgets.yaml:3"),
        ("default: 1\ndefault: 2", 'budgets.yaml:3:1: the key "default" is there twice'),
        ("caps: [", "budgets.yaml:3:1: did not find"),
    ],
)
def test_messages_have_a_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ledger(text)


def test_raises_and_caps() -> None:
    before, after = ledger(LINE + "}"), ledger(LINE.replace("10", "12") + "}\ncaps:\n  - {limit: 11, per: day}")
    assert [(r.before_per_day, r.after_per_day) for r in raises(before, after)] == [(10, 12)]
    assert raises(after, before) == ()
    assert [total for _, total in caps_exceeded(after)] == [12]


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        ("", LINE + "}", [("api", 0, 10, None)]),
        (LINE + "}", LINE.replace("10", "9") + "}", []),
        (LINE + "}", LINE.replace("day", "week") + "}", []),
        (LINE + ", first_day: 20}", LINE + ", first_day: 30}", [("api", 20, 30, None)]),
        (LINE + ", expires: 2026-04-01}", LINE + ", expires: 2026-05-01}", [("api", 10, 10, None)]),
        (LINE + ", expires: 2026-04-01}", LINE + "}", [("api", 10, 10, None)]),
        (LINE + ", expires: 2026-04-01}", LINE + ", expires: 2026-03-20}", []),
        (LINE + ", account: dev}", LINE + ", account: prod}", [("api", 0, 10, None)]),
        (LINE + ", owner: '@a'}", LINE.replace("10", "12") + ", owner: '@b'}", [("api", 10, 12, "@a")]),
        (LINE + "}", LINE.replace("10", "12") + ", owner: '@b'}", [("api", 10, 12, "@b")]),
        ("default: 1", "default: 2", [("*", 1, 2, None)]),
        ("default: 2", "default: 1", []),
    ],
)
def test_what_is_a_raise(before: str, after: str, raised: list[tuple[str, int, int, str | None]]) -> None:
    found = raises(ledger(before), ledger(after))
    assert [(r.consumer, r.before_per_day, r.after_per_day, r.owner) for r in found] == raised


@given(st.decimals(0, 10**6, places=2).filter(lambda d: d > 0), st.decimals(0, 10**6, places=2).filter(lambda d: d > 0))
def test_suggested_lines_cover_the_need(steady: Decimal, first: Decimal) -> None:
    wanted = need(str(steady), str(first))
    lines = suggest([judge(Ledger(), wanted, DAY)])
    covered = parse_ledger(f"version: 1\nallocations:\n{lines}".encode(), "budgets.yaml")
    assert judge(covered, wanted, DAY).verdict == "covered"


def test_an_unknown_need_is_left_to_a_person() -> None:
    lines = suggest([judge(Ledger(), need(None, None), DAY)])
    with pytest.raises(InputError, match=r"limit|number"):
        parse_ledger(f"version: 1\nallocations:\n{lines}".encode(), "budgets.yaml")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_ledger_or_a_message(data: bytes) -> None:
    try:
        parse_ledger(data, "budgets.yaml")
    except InputError as error:
        assert "budgets.yaml" in str(error)
