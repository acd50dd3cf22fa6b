"""What policies say to a request, as far as the request is known: yes, no, or maybe where a condition asks for more.

The rules are AWS's (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html): an explicit
no wins, then a yes, else no. Only what is needed to compare live policies with the ledger; tests hold it against an
evaluator that others keep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

Answer = Literal["yes", "no", "maybe"]
Context = Mapping[str, str | None]
"""Condition keys in lower case; None: known not to be there. Keys that are missing are not known."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy; `positive` False means NotAction or NotResource. `origin` names the policy."""

    allow: bool
    actions: tuple[str, ...]
    actions_positive: bool
    resources: tuple[str, ...]
    resources_positive: bool
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    origin: str = ""
    sid: str = ""


def statements_of(body: Mapping[str, Any], origin: str = "") -> tuple[Statement, ...]:
    """A policy's statements. Raises ValueError for what is no policy."""
    found = body.get("Statement")
    entries = [found] if isinstance(found, Mapping) else found
    if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
        raise ValueError("no statements")
    return tuple(_statement(entry, origin) for entry in entries)


def _statement(entry: Mapping[str, Any], origin: str) -> Statement:
    if entry.get("Effect") not in ("Allow", "Deny") or not ("Action" in entry or "NotAction" in entry):
        raise ValueError("a statement without effect or action")
    by_action, by_resource = "Action" in entry, "NotResource" not in entry
    conditions = entry.get("Condition") or {}
    if not isinstance(conditions, Mapping) or not all(isinstance(keys, Mapping) for keys in conditions.values()):
        raise ValueError("a condition that is none")
    return Statement(
        allow=entry["Effect"] == "Allow",
        actions=_texts(entry["Action"] if by_action else entry["NotAction"]),
        actions_positive=by_action,
        resources=_texts(entry.get("Resource", "*") if by_resource else entry["NotResource"]),
        resources_positive=by_resource,
        conditions=tuple((op, key, _texts(v)) for op, keys in conditions.items() for key, v in keys.items()),
        origin=origin,
        sid=str(entry.get("Sid", "")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)


def decide(statements: Iterable[Statement], action: str, resource: str, context: Context) -> Answer:
    """What identity policies together say to one action on one resource."""
    answer: Answer = "no"
    doubt = False
    for statement in statements:
        applies = _applies(statement, action, resource, context)
        if applies == "no":
            continue
        if not statement.allow:
            if applies == "yes":
                return "no"
            doubt = True
        elif answer != "yes":
            answer = applies
    return "maybe" if answer == "yes" and doubt else answer


def _applies(statement: Statement, action: str, resource: str, context: Context) -> Answer:
    if any_like(statement.actions, action, fold=True) != statement.actions_positive:
        return "no"
    variables = any("${" in pattern for pattern in statement.resources)
    if not variables and any_like(statement.resources, resource) != statement.resources_positive:
        return "no"
    answer: Answer = "maybe" if variables else "yes"
    for operator, key, values in statement.conditions:
        met = _met(operator, key, values, context)
        if met == "no":
            return "no"
        answer = "maybe" if met == "maybe" else answer
    return answer


def any_like(patterns: Sequence[str], text: str, *, fold: bool = False) -> bool:
    """Whether a text fits one of IAM's patterns (`*` any text, also none, `?` one character); actions ignore case."""
    return any(
        _pattern(p.lower() if fold else p).fullmatch(text.lower() if fold else text) is not None for p in patterns
    )


@lru_cache(maxsize=8192)
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = [".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern]
    return re.compile("".join(parts), re.DOTALL)


# -- conditions --------------------------------------------------------------------------------------------------------


def _equal(patterns: Sequence[str], value: str) -> bool:
    return value in patterns


def _equal_fold(patterns: Sequence[str], value: str) -> bool:
    return value.lower() in [p.lower() for p in patterns]


def _like(patterns: Sequence[str], value: str) -> bool:
    return any_like(patterns, value)


def _arn_like(patterns: Sequence[str], value: str) -> bool:
    """ARNs are compared part by part: a `*` does not reach over a colon, but for the last part."""
    parts = value.split(":", 5)
    return any(_arn_parts(pattern.split(":", 5), parts) for pattern in patterns)


def _arn_parts(patterns: Sequence[str], parts: Sequence[str]) -> bool:
    same = len(patterns) == len(parts) == 6
    return same and all(any_like([p], part) for p, part in zip(patterns, parts, strict=True))


_TESTS: Mapping[str, tuple[Callable[[Sequence[str], str], bool], bool]] = {
    "stringequals": (_equal, True),
    "stringnotequals": (_equal, False),
    "stringequalsignorecase": (_equal_fold, True),
    "stringnotequalsignorecase": (_equal_fold, False),
    "stringlike": (_like, True),
    "stringnotlike": (_like, False),
    "arnequals": (_arn_like, True),
    "arnlike": (_arn_like, True),
    "arnnotequals": (_arn_like, False),
    "arnnotlike": (_arn_like, False),
    "bool": (_equal_fold, True),
}


def _met(operator: str, key: str, values: Sequence[str], context: Context) -> Answer:
    """Whether one condition is met. Operators that are not known here, and unknown keys, may be."""
    if key.lower() not in context or any("${" in v for v in values):
        return "maybe"
    have = context[key.lower()]
    name = operator.lower()
    if name == "null":
        return _word((have is None) == (values[0].lower() == "true"))
    if name.endswith("ifexists"):
        if have is None:
            return "yes"
        name = name.removesuffix("ifexists")
    if name not in _TESTS:
        return "maybe"
    test, positive = _TESTS[name]
    if have is None:
        # A positive test of a key that is not there fails; a negated one is met.
        return _word(not positive)
    return _word(test(values, have) == positive)


def _word(truth: bool) -> Answer:
    return "yes" if truth else "no"
