"""What decides what the gate says, and that a change touches: it is told, and counts as the base has it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from modelguard.policy.findings import Subject
from modelguard.policy.owners import PLACES
from modelguard.policy.suppress import BASELINE, Ignore

CONFIG, LEDGER, USAGE = "modelguard.yaml", "budgets.yaml", "modelguard-usage.jsonl"
_TABLE = b"tool.modelguard"
_MERGED = "the base's holds; the new one counts once it is merged"


@dataclass(frozen=True, slots=True)
class Setting:
    """A file that decides what the gate says. `marker` is what makes a file of that name one, b"" where the name does."""

    what: str
    path: re.Pattern[str]
    marker: bytes = b""
    effect: str = _MERGED


SETTINGS = (
    Setting("configuration", re.compile(r"modelguard\.yaml\Z")),
    Setting("configuration", re.compile(r"pyproject\.toml\Z"), _TABLE),
    Setting("policy", re.compile(r"policies/.*\.ya?ml\Z"), b"modelguard.rules/1"),
    Setting("baseline", re.compile(re.escape(BASELINE) + r"\Z")),
    Setting("usage", re.compile(re.escape(USAGE) + r"\Z"), b"", "the base's holds, where it has one"),
    Setting("owners", re.compile("|".join(re.escape(p) for p in PLACES) + r"\Z"), b"", "the base's owners are asked"),
    Setting(
        "workflow",
        re.compile(r"(?:\.github/workflows/.*\.ya?ml|\.gitlab-ci\.yml|\.pre-commit-config\.yaml|azure-pipelines\.yml)\Z"),
        b"modelguard",
        "it runs the gate: a required workflow or a ruleset keeps a change from editing its own check",
    ),
    Setting(
        "configuration",
        re.compile(r".+/(?:modelguard\.yaml|budgets\.yaml|modelguard-baseline\.json)\Z"),
        b"",
        "it is not read: only the one in the folder that is checked counts",
    ),
)  # fmt: skip


def setting_of(path: str) -> Setting | None:
    """What a file decides, by its path; None for any other file."""
    return next((s for s in SETTINGS if s.path.match(path)), None)


def setting_subjects(before: Mapping[str, bytes | None], after: Mapping[str, bytes | None]) -> Iterator[Subject]:
    """A subject for each file that decides something and differs; None is a file that is not there, or can't be read."""
    for path in sorted({*before, *after}):
        setting = setting_of(path)
        old, new = before.get(path), after.get(path)
        if setting is None or old == new or not _about_us(setting, old, new):
            continue
        effect = "it is gone; " + setting.effect if new is None and setting.effect == _MERGED else setting.effect
        yield Subject("setting", f"{setting.what}:{path}", _facts(setting.what, path, effect), path, 1)
    if before.get(LEDGER) is not None and after.get(LEDGER) is None:
        effect = "it is gone: everything has $0"
        yield Subject("setting", "ledger", _facts("ledger", LEDGER, effect), LEDGER, 1)


def _about_us(setting: Setting, old: bytes | None, new: bytes | None) -> bool:
    if setting.marker == _TABLE:
        return _table(old) != _table(new)
    return any(data is not None and setting.marker in data for data in (old, new))


def _table(data: bytes | None) -> object:
    """[tool.modelguard] of a pyproject.toml; the bytes themselves where that can't be read."""
    try:
        return tomllib.loads((data or b"").decode()).get("tool", {}).get("modelguard")
    except (ValueError, RecursionError, AttributeError):
        return data


def ignore_subjects(fresh: Iterable[Ignore]) -> Iterator[Subject]:
    """A subject for each ignore comment that a change adds."""
    for ignore in fresh:
        what = f"suppression of {', '.join(ignore.rules) or 'no rule'}"
        key = f"suppression:{ignore.path}:{','.join(ignore.rules)}:{ignore.reason}"
        yield Subject(
            "setting", key, _facts(what, ignore.path, "it counts once it is merged"), ignore.path, ignore.line
        )


def _facts(what: str, path: str, effect: str) -> dict[str, object]:
    return {"what": what, "path": path, "effect": effect}
