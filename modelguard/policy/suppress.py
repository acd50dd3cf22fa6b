"""What was accepted: ignore comments beside what they are about, and a baseline of what was there before modelguard.

    llm_model: gpt-4o   # modelguard: ignore[MG101] both services move together -- until 2027-01-31

A comment on a line of its own stands for the next line. It needs a reason, may end, and holds for the field, token or
entry on its line under whatever line that moves to. JSON has no comments: there the baseline is the way.
With a base, both are read from the base: a change can't grant its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from modelguard.errors import InputError
from modelguard.policy.findings import Subject, Suppressed, fingerprint

BASELINE = "modelguard-baseline.json"
SCHEMA = "modelguard.baseline/1"
MARK = b"modelguard:"
MAX_ENTRIES = 50_000
_OPENS = r"(?:#|//|--|;|<!--|/\*)"
_IGNORE = re.compile(
    rf"{_OPENS}\s*modelguard:\s*ignore\s*(?:\[(?P<rules>[^\]]*)\])?\s*(?P<reason>.*?)\s*"
    r"(?:--\s*until\s+(?P<until>\S+))?\s*(?:-->|\*/)?\s*$"
)
_ALONE = re.compile(rf"\s*{_OPENS}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True, slots=True)
class Ignore:
    """An ignore comment: where it stands, the line it is for, and what is wrong with it, "" where it counts."""

    path: str
    line: int
    target: int
    rules: tuple[str, ...]
    reason: str
    expires: str | None = None
    problem: str = ""

    @property
    def words(self) -> tuple[object, ...]:
        """What makes it the same one in another version of the file."""
        return (self.path, self.rules, self.reason, self.expires)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry of the baseline."""

    fingerprint: str
    rule: str
    reason: str
    expires: str | None
    line: int


def read_ignores(data: bytes, path: str) -> tuple[Ignore, ...]:
    """The ignore comments of a file, by line."""
    if MARK not in data:
        return ()
    lines = data.decode("utf-8", "replace").split("\n")
    found = []
    for number, text in enumerate(lines, 1):
        match = _IGNORE.search(text) if "modelguard:" in text else None
        if match is not None:
            found.append(_ignore(match, path, number, _target(lines, number)))
    return tuple(found)


def _target(lines: Sequence[str], number: int) -> int:
    """The line a comment is for: its own, or the next that is no comment where it stands alone."""
    if not _ALONE.match(lines[number - 1]):
        return number
    for later in range(number, min(len(lines), number + 20)):
        if lines[later].strip() and not _ALONE.match(lines[later]):
            return later + 1
    return number


def _ignore(match: re.Match[str], path: str, line: int, target: int) -> Ignore:
    rules = tuple(part.strip() for part in (match["rules"] or "").split(",") if part.strip())
    reason, until = match["reason"].strip(), match["until"]
    problem = ""
    if not rules:
        problem = "it names no rule: modelguard: ignore[MG101] reason"
    elif not reason:
        problem = "it gives no reason"
    elif until is not None and not _is_day(until):
        problem = f'"{until[:20]}" is no date; write -- until 2027-01-31'
    return Ignore(path, line, target, rules, reason, until, problem)


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.match(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def read_baseline(data: bytes, path: str) -> tuple[Accepted, ...]:
    """The baseline. Raises InputError for what is none, and for an entry without a reason."""
    try:
        document = json.loads(data)
        entries = document["findings"]
        if document["schema"] != SCHEMA or not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = f'not a baseline: it needs "schema": "{SCHEMA}" and a list of "findings"'
        raise InputError(what, path=path, line=1, hint="modelguard init writes one") from error
    places = _places(data, len(entries))
    return tuple(_accepted(entry, path, line) for entry, line in zip(entries, places, strict=True))


def _places(data: bytes, count: int) -> list[int]:
    """The line of each entry, by its fingerprint's; 1 where they are not one a line."""
    found = [n for n, line in enumerate(data.split(b"\n"), 1) if b'"fingerprint"' in line]
    return found if len(found) == count else [1] * count


def _accepted(entry: Any, path: str, line: int) -> Accepted:
    values = entry if isinstance(entry, dict) else {}
    mark, rule, reason, expires = (values.get(k) for k in ("fingerprint", "rule", "reason", "expires"))
    if not isinstance(mark, str) or not isinstance(rule, str):
        raise InputError("an entry needs a fingerprint and a rule", path=path, line=line)
    if not isinstance(reason, str) or not reason.strip():
        raise InputError(f"the entry for {rule} gives no reason", path=path, line=line)
    if expires is not None and not (isinstance(expires, str) and _is_day(expires)):
        raise InputError("expires must be a date, 2027-06-30", path=path, line=line)
    return Accepted(mark, rule, reason, expires, line)


class Acceptances:
    """What holds of ignore comments and baseline on a day. Made of one tree, asked about the findings of another."""

    def __init__(
        self, ignores: Iterable[Ignore], baseline: Iterable[Accepted], subjects: Iterable[Subject], on: date
    ) -> None:
        self._on = on.isoformat()
        self._ignores = tuple(ignores)
        self._baseline = {entry.fingerprint: entry for entry in baseline}
        self._granted: dict[tuple[str, str], Ignore] = {}
        self._covered: dict[object, int] = {}
        self._attach(subjects)

    def _attach(self, subjects: Iterable[Subject]) -> None:
        by_place: dict[tuple[str, int], list[Ignore]] = {}
        for ignore in self._ignores:
            if not ignore.problem:
                by_place.setdefault((ignore.path, ignore.target), []).append(ignore)
        for subject in subjects if by_place else ():
            for ignore in by_place.get((subject.path or "", subject.line or 0), ()):
                for rule in ignore.rules:
                    self._granted.setdefault((rule, subject.about), ignore)

    def of(self, rule: str, subject: Subject) -> Suppressed | None:
        """Why a finding of this rule about this subject was accepted; None where it was not, or not any more."""
        ignore = self._granted.get((rule, subject.about))
        if ignore is not None:
            self._covered[ignore] = self._covered.get(ignore, 0) + 1
            if not self._over(ignore.expires):
                return Suppressed(ignore.reason, ignore.expires, f"{ignore.path}:{ignore.line}")
        entry = self._baseline.get(fingerprint(rule, subject.key))
        if entry is None or entry.rule != rule:
            return None
        self._covered[entry] = self._covered.get(entry, 0) + 1
        return (
            None if self._over(entry.expires) else Suppressed(entry.reason, entry.expires, f"{BASELINE}:{entry.line}")
        )

    def _over(self, expires: str | None) -> bool:
        return expires is not None and expires < self._on

    def subjects(self, known_rules: Iterable[str]) -> Iterator[Subject]:
        """Each comment, and each entry of the baseline, with how much it covered: asked after all findings were made."""
        known = set(known_rules)
        for ignore in self._ignores:
            missing = [r for r in ignore.rules if r not in known]
            facts = self._facts(ignore, ", ".join(ignore.rules), ignore.reason, ignore.expires, "comment")
            facts |= {"unknown": _nearest(missing, known), "problem": ignore.problem}
            key = f"ignore:{ignore.path}:{','.join(ignore.rules)}:{ignore.reason}"
            yield Subject("suppression", key, facts, ignore.path, ignore.line)
        for entry in self._baseline.values():
            facts = self._facts(entry, entry.rule, entry.reason, entry.expires, "baseline")
            facts |= {"unknown": _nearest([entry.rule] if entry.rule not in known else [], known), "problem": ""}
            yield Subject("suppression", f"baseline:{entry.fingerprint}", facts, BASELINE, entry.line)

    def _facts(self, what: object, rules: str, reason: str, expires: str | None, where: str) -> dict[str, Any]:
        return {
            "rules": rules,
            "reason": reason,
            "expires": expires or "",
            "expired": self._over(expires),
            "matches": self._covered.get(what, 0),
            "where": where,
        }


def _nearest(missing: Sequence[str], known: Iterable[str]) -> str:
    import difflib

    if not missing:
        return ""
    close = difflib.get_close_matches(missing[0].upper(), sorted(known), 1)
    return f'"{missing[0]}"' + (f', did you mean "{close[0]}"?' if close else "")


def added(before: Iterable[Ignore], after: Iterable[Ignore]) -> tuple[Ignore, ...]:
    """The comments of `after` that `before` does not have, by file and words."""
    left = [ignore.words for ignore in before]
    fresh = []
    for ignore in after:
        if ignore.words in left:
            left.remove(ignore.words)
        else:
            fresh.append(ignore)
    return tuple(fresh)


def render_baseline(entries: Iterable[tuple[str, str, str, str]], expires: str | None = None) -> str:
    """A baseline of (fingerprint, rule, place, reason): an entry a line, so that a diff says which one went."""
    lines = []
    for mark, rule, place, reason in entries:
        entry = {"fingerprint": mark, "rule": rule, "about": place, "reason": reason}
        lines.append("    " + json.dumps(entry | ({"expires": expires} if expires else {}), ensure_ascii=False))
    body = ",\n".join(lines)
    listed = f"[\n{body}\n  ]" if lines else "[]"
    return f'{{\n  "schema": "{SCHEMA}",\n  "findings": {listed}\n}}\n'
