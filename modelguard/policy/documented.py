"""docs/rules.md, made from the rules and the vocabulary: `modelguard rules --format markdown`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from modelguard.policy.rules import Rule
from modelguard.policy.vocabulary import KINDS, THRESHOLDS

_TYPES = {"text": "string", "whole": "int", "number": "double", "truth": "bool", "texts": "list(string)"}
_TAGS = {
    "sharing": "Sharing",
    "tokens": "Tokens",
    "budgets": "Budgets",
    "models": "Models",
    "caches": "Caches",
    "gateway": "Gateways",
    "analysis": "Analysis",
    "trust": "The gate itself",
}
_INTRO = """# Rules

<!-- Made by `modelguard rules --format markdown`; a test keeps it current. -->

A rule is an entry of a YAML file: a condition over one kind of subject, and what to say where it holds. The built-in rules are
written in the same language as your own, which go into `policies/*.yaml` of your repository; one with a built-in id takes that
one's place.

    schema: modelguard.rules/1
    rules:
      - id: ACME1
        title: Opus only in production
        over: model                                          # what it judges, see below
        level: error                                         # error, warning or note
        when: model.name.startsWith("claude-opus") && !("prod" in model.stages)
        message: "{name} is used outside production by {readers}"
        why: It costs five times as much, and tests do not need it.
        remedy: "take Haiku for tests"
        family: acme-opus                                    # of one family the severest is told, once a subject
        tags: [models]
        personas: [default, strict]                          # who wants it; both unless given
        examples:                                            # facts for which it must not, and must, report
          pass: [{name: claude-opus-4-6, stages: [prod]}]
          fail: [{name: claude-opus-4-6, stages: [dev], readers: [matcher]}]

`modelguard rules` lists what applies, `modelguard explain RULE` says what one means, `modelguard rules test [DIR]` runs the
examples. Conditions are [CEL](https://cel.dev): `&&`, `||`, `!`, `in`, `size()`, `startsWith()`, `matches()`, `exists()`. They
are type-checked when they are loaded (a double is compared with `3.0`, not with `3`), and a mistake is told with its path, line
and column. `{fact}` in message and remedy is replaced.

A fact that is not known is left out of a subject. Ask the fact beside it first (`change.price_known && change.price_ratio > 3.0`):
a rule that needs what is not known can't be evaluated, and that is an error of its own, MG700, never a pass.

In modelguard.yaml (or `[tool.modelguard]` of pyproject.toml):

    persona: strict                     # default unless given
    fail_on: warning                    # error unless given; also --fail-on
    rules: {MG101: error, MG408: off}   # levels by id
    thresholds: {dearer: 5}
"""


def rules_page(rules: Iterable[Rule]) -> str:
    """The whole page; the same rules give the same text."""
    listed = list(rules)
    lines = [_INTRO, "## The built-in rules", ""]
    for tag, heading in _TAGS.items():
        mine = [r for r in listed if (r.tags[0] if r.tags else "") == tag]
        if mine:
            lines += [f"### {heading}", "", *_table(mine), ""]
    other = [r for r in listed if not r.tags or r.tags[0] not in _TAGS]
    if other:
        lines += ["### Others", "", *_table(other), ""]
    lines += ["MG700 is no rule: it says that a rule could not be evaluated, and nothing turns it off.", ""]
    lines += ["## What each means", ""]
    for rule in listed:
        lines += _rule(rule)
    lines += ["## What rules judge, and what they may ask", ""]
    for name, kind in KINDS.items():
        lines += [
            f"### {name}",
            "",
            f"{kind.about[0].upper()}{kind.about[1:]}.",
            "",
            "| fact | type | |",
            "| --- | --- | --- |",
        ]
        lines += [
            f"| `{name}.{key}` | {_TYPES[type_]} | {_cell(about)} |" for key, (type_, about) in kind.facts.items()
        ]
        lines.append("")
    lines += ["### Thresholds", "", "Every condition may ask for them.", ""]
    lines += ["| threshold | default | |", "| --- | --- | --- |"]
    lines += [
        f"| `threshold.{key}` | {default:g} | {_cell(about)} |" for key, (_, default, about) in THRESHOLDS.items()
    ]
    return "\n".join(lines).rstrip() + "\n"


def _table(rules: Sequence[Rule]) -> Iterator[str]:
    yield "| rule | level | |"
    yield "| --- | --- | --- |"
    for rule in rules:
        persona = "" if "default" in rule.personas else " (strict)"
        yield f"| [{rule.id}](#{rule.id.lower()}) | {rule.level}{persona} | {_cell(rule.title)} |"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.title}.** {rule.why}"
    yield ""
    yield f"- level: {rule.level}, over: {rule.over}, personas: {', '.join(rule.personas)}"
    yield f"- says: {rule.message}"
    yield f"- fix: {rule.remedy}"
    yield f"- when: `{' '.join(rule.when.split())}`"
    yield f"- reports `{json.dumps(dict(rule.failing[0]), ensure_ascii=False)}`"
    yield f"- passes `{json.dumps(dict(rule.passing[0]), ensure_ascii=False)}`"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
