"""Rules: each passes and fails on its own examples; mistakes in a pack have a place."""

from __future__ import annotations

import pytest

from modelguard.errors import InputError
from modelguard.policy.rules import Rule, builtin_rules, parse_rules


@pytest.mark.parametrize("rule", builtin_rules(), ids=lambda r: r.id)
def test_examples(rule: Rule) -> None:
    assert all(rule.holds(example) for example in rule.failing)
    assert not any(rule.holds(example) for example in rule.passing)
    assert rule.why
    assert rule.help


def test_ids_and_names_are_unique() -> None:
    rules = builtin_rules()
    assert len({r.id for r in rules}) == len({r.name for r in rules}) == len(rules)


PACK = """schema: modelguard.rules/1
rules:
  - id: X1
    name: x
    on: field
    level: error
    when: {when}
    message: "{{users}} and {{nothing}}"
    help: h
    examples: {{pass: [{{users: 0}}], fail: [{{users: 1}}]}}
"""


def test_a_pack_of_ones_own() -> None:
    rule = parse_rules(PACK.format(when="it.users > 0").encode(), "policies/x.yaml")[0]
    assert rule.holds({"users": 3})
    assert rule.text({"users": 3}) == "3 and {nothing}"


@pytest.mark.parametrize(
    ("when", "message"), [("it.users >", "7: the condition is not CEL"), ("it.users + 1", "no truth value")]
)
def test_mistakes_have_a_place(when: str, message: str) -> None:
    with pytest.raises(InputError, match=f"policies/x.yaml:.*{message}"):
        parse_rules(PACK.format(when=when).encode(), "policies/x.yaml")[0].holds({"users": 1})
