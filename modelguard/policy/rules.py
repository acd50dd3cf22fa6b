"""Rules: YAML with a CEL condition over one subject. The built-in pack is written in the language users write theirs in.

CEL (https://cel.dev) always ends and reaches nothing but the subject, so a rule of a scanned repository is harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from modelguard.errors import InputError
from modelguard.schemas.load import node_at, read_yaml

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Rule:
    """One rule. `examples` are subjects for which it must and must not report."""

    id: str
    name: str
    on: str
    level: Level
    when: str
    message: str
    help: str
    why: str = ""
    family: str = ""
    passing: tuple[Mapping[str, Any], ...] = ()
    failing: tuple[Mapping[str, Any], ...] = ()
    path: str = ""
    line: int = 0
    condition: Condition | None = field(default=None, compare=False)

    def holds(self, subject: Mapping[str, Any]) -> bool:
        """Whether the rule reports this subject. Raises InputError where its condition can't be evaluated."""
        assert self.condition is not None
        return self.condition.holds(subject)

    def text(self, subject: Mapping[str, Any]) -> str:
        """The message about a subject; `{key}` is replaced, everything else stays as it is."""
        return _PLACE.sub(lambda m: str(subject.get(m[1], m[0])), self.message)


class Condition:
    """A compiled CEL condition over `it`."""

    def __init__(self, source: str, path: str, line: int) -> None:
        from cel_expr_python import cel

        self._source, self._path, self._line = source, path, line
        try:
            self._expression = cel.NewEnv(variables={"it": cel.Type.DYN}).compile(source)
        except RuntimeError as error:
            problem = str(error).split("\n", 1)[0].removeprefix("INVALID_ARGUMENT: ERROR: ")
            raise InputError(f"the condition is not CEL: {problem}", path=path, line=line) from error

    def holds(self, subject: Mapping[str, Any]) -> bool:
        """Whether the condition is true for a subject."""
        found = self._expression.eval(data={"it": dict(subject)}).value()
        if not isinstance(found, bool):
            raise InputError(f"`{self._source}` gives no truth value here: {found}", path=self._path, line=self._line)
        return found


def parse_rules(data: bytes, path: str) -> tuple[Rule, ...]:
    """The rules of one file. Raises InputError with path:line for what is not valid, a condition that is no CEL too."""
    values, node = read_yaml(data, path, "rules")
    found = []
    for index, entry in enumerate(values.get("rules") or []):
        line = node_at(node, ["rules", index]).start_mark.line + 1
        found.append(
            Rule(
                **{key: entry[key] for key in ("id", "name", "on", "level", "when", "message", "help")},
                why=entry.get("why", ""),
                family=entry.get("family", entry["id"]),
                passing=tuple(entry["examples"]["pass"]),
                failing=tuple(entry["examples"]["fail"]),
                path=path,
                line=line,
                condition=Condition(entry["when"], path, node_at(node, ["rules", index, "when"]).start_mark.line + 1),
            )
        )
    return tuple(found)


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
