"""A comment above each shared field and token that says who reads it, kept true: added, changed and taken away.

An edit is whole lines, and is made only where the file's own parser says that both texts say the same (see same.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from modelguard.fix.same import kind_of, says
from modelguard.graph.model import Consumer, Field, Graph, Token
from modelguard.graph.query import Index
from modelguard.report.view import group_name, groups
from modelguard.report.words import safe

MARK = "modelguard: read by "
MOST_NAMES = 6
LONGEST = 72
"""Characters of names in one comment: it should fit on a line, indented."""
_OURS = re.compile(rf"^[ \t]*# {MARK}.*$")


@dataclass(frozen=True, slots=True)
class Annotated:
    """A file as it is and as it should be. `left` are lines whose comment could not be kept, and why."""

    path: str
    before: str
    after: str
    left: tuple[tuple[int, str], ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the file must be written."""
        return self.before != self.after


def wanted(graph: Graph) -> dict[str, dict[int, str]]:
    """The comments by path and line: of fields and tokens that two or more consumers read, however indirectly."""
    index = Index(graph)
    together = groups(index)
    found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for node in graph.nodes:
        if isinstance(node, (Field, Token)):
            readers = [r.consumer for r in index.readers(node.id) if not r.edge.dormant]
            if len(readers) > 1:
                found[node.path][node.line] |= {c.id for c in readers}
    return {
        path: {line: MARK + words(index, together, ids) for line, ids in lines.items()} for path, lines in found.items()
    }


def words(index: Index, together: Mapping[str, tuple[str, ...]], consumers: Iterable[str]) -> str:
    """`entity-training.train, health-check, inference-api, 50 Lambdas`: groups that are there whole as one, at the end."""
    ids = set(consumers)
    names, many = [], []
    for consumer in sorted(ids):
        group = together.get(consumer, ())
        if len(group) > 1 and ids.issuperset(group):
            if consumer == group[0]:
                many.append(group_name(index, group))
        else:
            names.append(_named(index, consumer))
    told = [*sorted(set(names)), *sorted(many)]
    for kept in range(len(told), 0, -1):
        more = f" and {len(told) - kept} more" if kept < len(told) else ""
        text = ", ".join(told[:kept]) + more
        if kept == 1 or (kept <= MOST_NAMES and len(text) <= LONGEST):
            return text
    return ""


def _named(index: Index, consumer: str) -> str:
    node = index.nodes[consumer]
    assert isinstance(node, Consumer)
    return safe(node.name)[:60] + (f" ×{node.instances}" if node.instances > 1 else "")


def annotate(graph: Graph, paths: Iterable[str], read: Callable[[str], bytes | None]) -> tuple[Annotated, ...]:
    """Every file whose comments are not what they should be, or that some can't be kept in, by path.

    `read` gives a file's bytes. Files of formats without comments, or that are not UTF-8, are left alone and told.
    """
    comments = wanted(graph)
    found = []
    for path in sorted({*paths, *comments}):
        lines = comments.get(path, {})
        if not lines and kind_of(path) is None:
            continue
        data = read(path)
        if data is None or (not lines and MARK.encode() not in data):
            continue
        result = _file(path, data, lines)
        if result.changed or result.left:
            found.append(result)
    return tuple(found)


def _file(path: str, data: bytes, lines: Mapping[int, str]) -> Annotated:
    """One file. A byte order mark stays in front, whatever becomes the first line."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Annotated(path, "", "", _all(lines, "the file is not UTF-8"))
    mark = text[:1] if text.startswith("\ufeff") else ""
    made = _text(path, text[len(mark) :], lines)
    return replace(made, before=mark + made.before, after=mark + made.after)


def _text(path: str, text: str, lines: Mapping[int, str]) -> Annotated:
    kind = kind_of(path)
    if kind is None:
        return Annotated(path, text, text, _all(lines, "this format has no comments that are kept"))
    if (meaning := says(kind, text)) is None:
        return Annotated(path, text, text, _all(lines, "the file can't be read by its format's parser alone"))
    old = text.split("\n")
    drops = {n for n, line in enumerate(old, 1) if _OURS.match(line.rstrip("\r"))}
    adds = {n: comment for n, comment in lines.items() if 0 < n <= len(old)}
    whole = _edited(old, drops, adds)
    if says(kind, whole) == meaning:
        return Annotated(path, text, whole)
    return _one_by_one(path, text, kind, meaning, drops, adds)


def _all(lines: Mapping[int, str], why: str) -> tuple[tuple[int, str], ...]:
    return tuple((line, why) for line in sorted(lines))


def _edited(old: list[str], drops: set[int], adds: Mapping[int, str]) -> str:
    made: list[str] = []
    for number, line in enumerate(old, 1):
        if number in adds:
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            made.append(f"{indent}# {adds[number]}" + ("\r" if line.endswith("\r") else ""))
        if number not in drops:
            made.append(line)
    return "\n".join(made)


def _one_by_one(
    path: str, text: str, kind: str, meaning: object, drops: set[int], adds: Mapping[int, str]
) -> Annotated:
    """The edits that are safe by themselves; what looks like our comment inside a text is text, and stays."""
    old = text.split("\n")
    fine_drops: set[int] = set()
    fine_adds: dict[int, str] = {}
    left = []
    for number in sorted(drops):
        if says(kind, _edited(old, {number}, {})) == meaning:
            fine_drops.add(number)
    for number, comment in sorted(adds.items()):
        if says(kind, _edited(old, set(), {number: comment})) == meaning:
            fine_adds[number] = comment
        else:
            left.append((number, "a comment there would change what the file says"))
    after = _edited(old, fine_drops, fine_adds)
    if says(kind, after) != meaning:
        return Annotated(path, text, text, _all(adds, "a comment there would change what the file says"))
    return Annotated(path, text, after, tuple(left))
