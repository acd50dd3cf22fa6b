"""Rules: each passes and fails on its own examples; mistakes in a pack have a place; what raises is never a pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelguard.errors import InputError
from modelguard.policy.documented import rules_page
from modelguard.policy.findings import RULE_FAILED, Subject, find
from modelguard.policy.rules import Rule, RuleFailed, builtin_rules, chosen, failures, parse_rules
from modelguard.policy.vocabulary import KINDS, THRESHOLDS
from modelguard.schemas.load import schema

DOCS = Path(__file__).parent.parent.parent / "docs" / "rules.md"


@pytest.mark.parametrize("rule", builtin_rules(), ids=lambda r: r.id)
def test_examples(rule: Rule) -> None:
    assert all(rule.holds(example) for example in rule.failing)
    assert not any(rule.holds(example) for example in rule.passing)
    assert rule.tags


def test_ids_and_names_are_unique() -> None:
    rules = builtin_rules()
    assert len({r.id for r in rules}) == len({r.name for r in rules}) == len(rules)


def test_the_page_of_the_rules_is_current() -> None:
    """Made anew by `modelguard rules --format markdown --output docs/rules.md`."""
    assert DOCS.read_text(encoding="utf-8") == rules_page(builtin_rules())


def test_the_schema_knows_every_kind_and_threshold() -> None:
    assert schema("rules")["properties"]["rules"]["items"]["properties"]["over"]["enum"] == list(KINDS)
    assert list(schema("config")["properties"]["thresholds"]["properties"]) == list(THRESHOLDS)


PACK = """schema: modelguard.rules/1
rules:
  - id: X1
    title: x
    over: field
    level: error
    when: {when}
    message: "{{users}} and {{value}}"
    why: w
    remedy: r
    examples: {{pass: [{{users: 0}}], fail: [{{users: 1}}]}}
"""


def pack(when: str = "field.users > 0", **changed: str) -> str:
    text = PACK.format(when=when)
    for old, new in changed.items():
        text = re.sub(rf"(?m)^(\s+){old}:.*$", lambda m, new=new: m[1] + new, text)  # type: ignore[misc]
    return text


def only(text: str) -> Rule:
    return parse_rules(text.encode(), "policies/x.yaml")[0]


def test_a_pack_of_ones_own() -> None:
    rule = only(pack())
    assert rule.holds({"users": 3})
    assert rule.text({"users": 3}) == "3 and {value}"
    assert rule.text({"users": 3, "value": "{users}"}) == "3 and {users}"
    assert failures([rule]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (pack("field.users >"), "x.yaml:7:24: the condition is not right: Syntax error: it ends too early"),
        (pack("field.usres > 0"), 'x.yaml:7:16: .* there is no "field.usres"; did you mean "field.users"?'),
        (pack("it.users > 0"), 'there is no "it.users"; did you mean "field.users"?'),
        (pack("whole.thing > 0"), 'there is no "whole.thing"; a field has name, path'),
        (pack("field.users > 'a'"), "x.yaml:7:23: .*no matching overload"),
        (pack("\"field.users > 'a'\""), "x.yaml:7:24: .*no matching overload"),
        (pack(">-\n      field.users\n      > 'a'"), "x.yaml:8:"),
        (pack("field.users + 1"), "x.yaml:7:11: `field.users \\+ 1` is no yes or no question"),
        (pack(examples="examples: {pass: [{usres: 0}], fail: [{users: 1}]}"), 'x.yaml:11:31: a field has no "usres"; did you'),
        (pack(examples="examples: {pass: [{users: a}], fail: [{users: 1}]}"), 'x.yaml:11:31: "users" must be a whole number'),
        (pack(message='message: "{nmae}"'), 'x.yaml:8:14: the text asks for "{nmae}", .*did you mean "{name}"?'),
        (pack(over="over: feild"), 'x.yaml:5:11: this must be one of .*; did you mean "field"?'),
        (pack(level="levle: error"), 'x.yaml:6:5: unknown key "levle"; did you mean "level"?'),
        (pack() + pack().split("rules:\n")[1], "x.yaml:12: the rule X1 is there twice"),
    ],
)  # fmt: skip
def test_mistakes_have_a_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        only(text)
    assert re.search(message.replace("?", "\\?"), str(raised.value)), str(raised.value)


def test_what_is_not_known_is_a_finding_about_the_rule_and_never_a_pass() -> None:
    rule = only(pack("field.users > 0 || field.held > 0"))
    subjects = [Subject("field", f"f{n}", {"users": 0}, "a.yaml", n) for n in range(3)]
    with pytest.raises(RuleFailed, match=r"field\.held"):
        rule.holds({"users": 0})
    (finding,) = find([rule], subjects)
    assert (finding.rule, finding.level) == (RULE_FAILED, "error")
    assert "X1 can't be evaluated for 3 subjects" in finding.message
    assert (finding.path, finding.line) == ("policies/x.yaml", 3)
    # What is known decides where it can.
    assert rule.holds({"users": 1})


def test_wrong_examples_are_told() -> None:
    (first, second) = failures([only(pack("field.users == 0"))])
    assert first == "policies/x.yaml:3: X1: passing example 1 is reported"
    assert second == "policies/x.yaml:3: X1: failing example 1 is not reported"
    assert "can't be judged" in failures([only(pack("field.held > 0"))])[0]


def test_personas_and_levels() -> None:
    rules = builtin_rules()
    by_default = {r.id for r in chosen(rules, "default", {})}
    strict = {r.id for r in chosen(rules, "strict", {})}
    assert by_default < strict == {r.id for r in rules}
    picked = {r.id: r.level for r in chosen(rules, "default", {"MG101": "error", "MG105": "warning", "MG201": "off"})}
    assert picked["MG101"] == "error"
    assert picked["MG105"] == "warning"
    assert "MG201" not in picked


def test_thresholds_come_from_the_configuration() -> None:
    rule = next(r for r in builtin_rules() if r.id == "MG417")
    facts = {"price_known": True, "price_ratio": 4.0}
    assert rule.holds(facts)
    assert not rule.holds(facts, {"dearer": 5})
