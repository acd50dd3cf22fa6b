"""Rules: YAML with a CEL condition over one subject. The built-in pack is written in the language users write theirs in.

CEL (https://cel.dev) always ends and reaches nothing but the subject, so a rule of a scanned repository is harmless.
Facts are typed variables (`field.users`), so a condition is checked when it is loaded, not when it first meets a tree.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from modelguard.errors import InputError
from modelguard.policy.vocabulary import KINDS, THRESHOLDS, coerced
from modelguard.schemas.load import node_at, read_yaml

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
PERSONAS = ("default", "strict")
_PLACE = re.compile(r"\{(\w+)\}")
_PROBLEM = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")


class RuleFailed(Exception):
    """A condition that could not be evaluated for a subject; says why in words."""


@dataclass(frozen=True)
class Rule:
    """One rule. `passing` and `failing` are facts for which it must not and must report; tests run them."""

    id: str
    title: str
    over: str
    level: Level
    when: str
    message: str
    why: str
    remedy: str
    family: str = ""
    tags: tuple[str, ...] = ()
    personas: tuple[str, ...] = PERSONAS
    passing: tuple[Mapping[str, Any], ...] = ()
    failing: tuple[Mapping[str, Any], ...] = ()
    path: str = ""
    line: int = 0
    condition: Condition | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """Its title as a word, by which people may call it: `one-token-for-several-consumers`."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    def holds(self, facts: Mapping[str, Any], thresholds: Mapping[str, float] | None = None) -> bool:
        """Whether the rule reports a subject with these facts. Raises RuleFailed where that can't be said."""
        assert self.condition is not None
        return self.condition.holds(facts, thresholds or {})

    def text(self, facts: Mapping[str, Any]) -> str:
        """The message about a subject; `{key}` is replaced, everything else stays as it is."""
        return self.text_of(self.message, facts)

    @staticmethod
    def text_of(template: str, facts: Mapping[str, Any]) -> str:
        """A template with `{key}` replaced by the subject's facts."""
        return _PLACE.sub(lambda m: _shown(facts[m[1]]) if m[1] in facts else m[0], template)


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"
    return str(value)


class Condition:
    """A compiled, type-checked CEL condition over the facts of one kind of subject."""

    def __init__(self, source: str, kind: str, path: str, line: int, column: int) -> None:
        self._kind = kind
        try:
            self._expression = _environment(kind).compile(source)
        except RuntimeError as error:
            raise _misfit(str(error), source, kind, path, line, column) from error
        if self._expression.return_type().name() != "BOOL":
            raise InputError(f"`{source}` is no yes or no question", path=path, line=line, column=column + 1)

    def holds(self, facts: Mapping[str, Any], thresholds: Mapping[str, float]) -> bool:
        """Whether the condition is true. Raises RuleFailed for a fact that it needs and that is not known."""
        data = {f"{self._kind}.{key}": coerced(KINDS[self._kind].facts[key][0], value) for key, value in facts.items()}
        for name, (kind, default, _) in THRESHOLDS.items():
            value = thresholds.get(name, default)
            data[f"threshold.{name}"] = int(value) if kind == "whole" else float(value)
        try:
            found = self._expression.eval(data=data).value()
        except (RuntimeError, ValueError) as error:
            raise RuleFailed(_first(str(error))) from error
        if not isinstance(found, bool):
            raise RuleFailed(_first(str(found)))
        return found


def _first(text: str) -> str:
    """The first line of CEL's message, without its codes."""
    line = text.split("\n", 1)[0]
    return re.sub(r"^[A-Z_]+: |\s*\[[A-Z_]+\]$", "", line)[:200]


@cache
def _environment(kind: str) -> Any:
    from cel_expr_python import cel

    types = {
        "text": cel.Type.STRING,
        "whole": cel.Type.INT,
        "number": cel.Type.DOUBLE,
        "truth": cel.Type.BOOL,
        "texts": cel.Type.List(cel.Type.STRING),
    }
    variables = {f"{kind}.{name}": types[fact[0]] for name, fact in KINDS[kind].facts.items()}
    variables |= {f"threshold.{name}": types[entry[0]] for name, entry in THRESHOLDS.items()}
    return cel.NewEnv(variables=variables)


def _misfit(problem: str, source: str, kind: str, path: str, line: int, column: int) -> InputError:
    """CEL's complaint at its place in the pack; for a fact that there is none of, the nearest one."""
    found = _PROBLEM.search(problem)
    if found is None:
        return InputError(f"the condition is not CEL: {_first(problem)}", path=path, line=line, column=column + 1)
    row, at, words = int(found[1]), int(found[2]), found[3].replace(" (in container '')", "")
    words = re.sub(r"mismatched input '<EOF>' expecting .*", "it ends too early", words)
    unknown = re.search(r"undeclared reference to '([\w.]+)'", words)
    if unknown is not None:
        known = [f"{kind}.{name}" for name in KINDS[kind].facts] + [f"threshold.{name}" for name in THRESHOLDS]
        close = difflib.get_close_matches(unknown[1], known, 1)
        told = f'did you mean "{close[0]}"?' if close else f"a {kind} has {', '.join(KINDS[kind].facts)}"
        words = f'there is no "{unknown[1]}"; {told}'
    # The text of a plain or quoted scalar starts where its node does; of a block, on the line after.
    return InputError(
        f"the condition is not right: {words}", path=path, line=line + row - 1, column=at + (column if row == 1 else 0)
    )


def parse_rules(data: bytes, path: str) -> tuple[Rule, ...]:
    """The rules of one file. Raises InputError with path, line and column for what is not valid, conditions too."""
    values, node = read_yaml(data, path, "rules")
    found: list[Rule] = []
    for index, entry in enumerate(values.get("rules") or []):
        rule = _rule(entry, node_at(node, ["rules", index]), path)
        if any(r.id == rule.id for r in found):
            raise InputError(f"the rule {rule.id} is there twice", path=path, line=rule.line)
        found.append(rule)
    return tuple(found)


def _rule(entry: Mapping[str, Any], node: Any, path: str) -> Rule:
    when = node_at(node, ["when"])
    block = when.style in ("|", ">")
    line, column = when.start_mark.line + 1 + block, 0 if block else when.start_mark.column + (when.style in ("'", '"'))
    kind = entry["over"]
    for part in ("pass", "fail"):
        for index, example in enumerate(entry["examples"][part]):
            _check_example(example, kind, node_at(node, ["examples", part, index]), path)
    for part in ("message", "remedy"):
        _check_message(entry[part], kind, node_at(node, [part]), path)
    return Rule(
        **{key: entry[key] for key in ("id", "title", "over", "level", "when", "message", "why", "remedy")},
        family=entry.get("family", entry["id"]),
        tags=tuple(entry.get("tags", ())),
        personas=tuple(entry.get("personas", PERSONAS)),
        passing=tuple(entry["examples"]["pass"]),
        failing=tuple(entry["examples"]["fail"]),
        path=path,
        line=node.start_mark.line + 1,
        condition=Condition(entry["when"], kind, path, line, column),
    )


def _check_example(example: Mapping[str, Any], kind: str, node: Any, path: str) -> None:
    for key, value in example.items():
        at = node_at(node, [key]).start_mark
        if key not in KINDS[kind].facts:
            close = difflib.get_close_matches(key, KINDS[kind].facts, 1)
            told = f'did you mean "{close[0]}"?' if close else f"it has {', '.join(KINDS[kind].facts)}"
            raise InputError(f'a {kind} has no "{key}"; {told}', path=path, line=at.line + 1, column=at.column + 1)
        try:
            coerced(KINDS[kind].facts[key][0], value)
        except TypeError as error:
            raise InputError(f'"{key}" must be {error}', path=path, line=at.line + 1, column=at.column + 1) from error


def _check_message(message: str, kind: str, node: Any, path: str) -> None:
    for key in _PLACE.findall(message):
        if key not in KINDS[kind].facts:
            close = difflib.get_close_matches(key, KINDS[kind].facts, 1)
            told = f'did you mean "{{{close[0]}}}"?' if close else f"it has {', '.join(KINDS[kind].facts)}"
            at = node.start_mark
            what = f'the text asks for "{{{key}}}", which a {kind} does not have; {told}'
            raise InputError(what, path=path, line=at.line + 1, column=at.column + 1)


@cache
def builtin_rules() -> tuple[Rule, ...]:
    """The pack that is shipped, by id."""
    packed = files("modelguard").joinpath("builtin_policies")
    folder = packed if packed.is_dir() else Path(__file__).parent.parent.parent / "policies"
    found = [
        rule
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".yaml")
        for rule in parse_rules(entry.read_bytes(), f"policies/{entry.name}")
    ]
    return tuple(sorted(found, key=lambda r: r.id))


def chosen(rules: Iterable[Rule], persona: str, levels: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules of a persona, at the levels that a configuration gives them; one that it gives a level is always in."""
    found = []
    for rule in rules:
        level = levels.get(rule.id)
        if level == "off" or (level is None and persona not in rule.personas):
            continue
        found.append(rule if level is None else replace(rule, level=level))  # type: ignore[arg-type]
    return tuple(found)


def failures(rules: Iterable[Rule]) -> list[str]:
    """What is wrong with the examples of rules: `PATH:LINE: RULE …`, one a line. Nothing where all do what they say."""
    found = []
    for rule in rules:
        for expected, examples in ((False, rule.passing), (True, rule.failing)):
            for number, example in enumerate(examples, 1):
                what = f"{'failing' if expected else 'passing'} example {number}"
                try:
                    if rule.holds(example) != expected:
                        found.append(
                            f"{rule.path}:{rule.line}: {rule.id}: {what} is {'not ' if expected else ''}reported"
                        )
                except RuleFailed as problem:
                    found.append(f"{rule.path}:{rule.line}: {rule.id}: {what} can't be judged: {problem}")
    return found
