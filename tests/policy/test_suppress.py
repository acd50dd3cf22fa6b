"""Accepted findings: comments and the baseline need a reason, may end, follow what they are about, and are told when stale."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.errors import InputError
from modelguard.policy.findings import Subject, fingerprint
from modelguard.policy.suppress import Acceptances, Ignore, added, read_baseline, read_ignores, render_baseline

DAY = date(2026, 3, 17)


@pytest.mark.parametrize(
    ("line", "rules", "reason", "expires"),
    [
        ("model: x  # modelguard: ignore[MG101] moves with it", ("MG101",), "moves with it", None),
        ("a = 1  // modelguard: ignore[MG101, MG103] why -- until 2027-01-31", ("MG101", "MG103"), "why", "2027-01-31"),
        ("<!-- modelguard: ignore[MG1] a reason -->", ("MG1",), "a reason", None),
        ("x /* modelguard: ignore[MG1] a -- b */", ("MG1",), "a -- b", None),
        ("-- modelguard:ignore[MG1] sql", ("MG1",), "sql", None),
        ("; modelguard: ignore[MG1] ini -- until 2027-01-31", ("MG1",), "ini", "2027-01-31"),
    ],
)
def test_forms(line: str, rules: tuple[str, ...], reason: str, expires: str | None) -> None:
    (ignore,) = read_ignores(line.encode(), "a")
    assert (ignore.rules, ignore.reason, ignore.expires, ignore.problem) == (rules, reason, expires, "")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("# modelguard: ignore[MG101]", "it gives no reason"),
        ("# modelguard: ignore[MG101] -- until 2027-01-31", "it gives no reason"),
        ("# modelguard: ignore because", "it names no rule"),
        ("# modelguard: ignore[] because", "it names no rule"),
        ("# modelguard: ignore[MG101] why -- until tomorrow", '"tomorrow" is no date'),
        ("# modelguard: ignore[MG101] why -- until 2027-02-30", "is no date"),
    ],
)
def test_what_does_not_count(line: str, problem: str) -> None:
    (ignore,) = read_ignores(line.encode(), "a")
    assert problem in ignore.problem
    held = Acceptances([ignore], [], [field_at("a", 1)], DAY)
    assert held.of("MG101", field_at("a", 1)) is None


def field_at(path: str, line: int, key: str = "field:a#x", anchor: str = "") -> Subject:
    return Subject("field", key, {}, path, line, anchor=anchor)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("x: 1  # modelguard: ignore[A1] r\ny: 2\n", 1),
        ("# modelguard: ignore[A1] r\nx: 1\n", 2),
        ("# modelguard: ignore[A1] r\n# more words\n\nx: 1\n", 4),
        ("# modelguard: ignore[A1] r\n", 1),
    ],
)
def test_the_line_it_is_for(text: str, target: int) -> None:
    assert read_ignores(text.encode(), "a")[0].target == target


def test_it_follows_what_it_is_about_to_another_line_and_covers_changes_of_it() -> None:
    (ignore,) = read_ignores(b"\n\nmodel: x  # modelguard: ignore[MG101,MG301] both move\n", "a")
    held = Acceptances([ignore], [], [field_at("a", 3), field_at("a", 9, "field:a#y")], DAY)
    accepted = held.of("MG101", field_at("a", 77))
    assert accepted is not None
    assert (accepted.reason, accepted.where) == ("both move", "a:3")
    assert held.of("MG301", Subject("spend", "field:a#x:opus", {}, "a", 77, anchor="field:a#x")) is not None
    assert held.of("MG102", field_at("a", 3)) is None
    assert held.of("MG101", field_at("a", 9, "field:a#y")) is None


def test_it_ends() -> None:
    (ignore,) = read_ignores(b"model: x  # modelguard: ignore[MG101] r -- until 2026-03-17\n", "a")
    assert Acceptances([ignore], [], [field_at("a", 1)], DAY).of("MG101", field_at("a", 1)) is not None
    late = Acceptances([ignore], [], [field_at("a", 1)], date(2026, 3, 18))
    assert late.of("MG101", field_at("a", 1)) is None
    (subject,) = late.subjects(["MG101"])
    assert subject.facts["expired"] is True


def test_the_baseline_goes_by_fingerprint() -> None:
    entries = read_baseline(render_baseline([(fingerprint("MG101", "field:a#x"), "MG101", "a:1", "old")]).encode(), "b")
    held = Acceptances([], entries, [], DAY)
    assert held.of("MG101", field_at("a", 5)) is not None
    assert held.of("MG102", field_at("a", 5)) is None
    assert [s.facts["matches"] for s in held.subjects(["MG101"])] == [1]


def test_stale_and_unknown_ones_are_told() -> None:
    (ignore,) = read_ignores(b"model: x  # modelguard: ignore[MG101] r\n", "a")
    held = Acceptances([ignore], [], [], DAY)
    (stale,) = held.subjects(["MG101"])
    assert stale.facts["matches"] == 0
    (unknown,) = held.subjects(["MG10"])
    assert unknown.facts["unknown"] == '"MG101", did you mean "MG10"?'


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"fingerprint": "a", "rule": "MG1"}, "gives no reason"),
        ({"fingerprint": "a", "rule": "MG1", "reason": " "}, "gives no reason"),
        ({"rule": "MG1", "reason": "r"}, "needs a fingerprint and a rule"),
        ({"fingerprint": "a", "rule": "MG1", "reason": "r", "expires": "soon"}, "expires must be a date"),
        (3, "needs a fingerprint"),
    ],
)
def test_mistakes_in_the_baseline(entry: object, message: str) -> None:
    with pytest.raises(InputError, match=rf"b\.json:\d+: .*{message}"):
        read_baseline(json.dumps({"schema": "modelguard.baseline/1", "findings": [entry]}, indent=1).encode(), "b.json")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_baseline_or_a_message_and_hold_comments_or_none(data: bytes) -> None:
    for ignore in read_ignores(data + b"# modelguard: ignore" + data, "a"):
        assert ignore.line >= 1
    with pytest.raises(InputError):
        read_baseline(data, "b")


def test_added() -> None:
    one, two = Ignore("a", 1, 1, ("A1",), "r"), Ignore("a", 9, 9, ("A1",), "r")
    assert added([one], [two]) == ()
    assert added([one], [one, two]) == (two,)
    assert added([one], [Ignore("b", 1, 1, ("A1",), "r")]) != ()
