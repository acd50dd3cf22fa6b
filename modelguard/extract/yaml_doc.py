"""YAML and JSON documents as expressions with positions, built from libyaml's events so that nesting costs no stack.

Aliases share what they name; a document that they would blow up (a "YAML bomb") or that nests too deeply is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from yaml.resolver import Resolver

from modelguard.extract.build import MAX_DEPTH, literal
from modelguard.extract.facts import Expr, Item, Lit, Opaque, Rec, Seq, Span

MAX_NODES = 200_000
"""Most nodes in one file, counting what aliases repeat: ten times the largest hand-written manifest seen."""

_resolver = Resolver()
_NULLS, _TRUE = {"", "~", "null", "Null", "NULL"}, {"true", "yes", "on"}


class DocumentError(Exception):
    """The document can't be read; says why, with the line."""

    def __init__(self, why: str, line: int) -> None:
        self.why, self.line = why, line
        super().__init__(why)


@dataclass
class _Open:
    """A mapping or sequence that is being read."""

    mapping: bool
    at: Span
    anchor: str | None
    tag: str | None
    key: Expr | None = None
    items: list[Item] = field(default_factory=list)
    values: list[Expr] = field(default_factory=list)
    weight: int = 1


def documents(data: bytes) -> tuple[Expr, ...]:
    """Every document of the file. Raises DocumentError for broken YAML, bombs, nesting and text that is not Unicode."""
    reader = _Reader()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError("not UTF-8 text", data[: error.start].count(b"\n") + 1) from None
    json = text.lstrip()[:1] in ("{", "[", "/") and _COMMENT_LINE.search(text)
    return _commented(text, reader) if json else _parsed(text, reader)


_COMMENT_LINE = re.compile(r"^\s*(?://|/\*)|[,{\[]\s*//", re.M)
_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.S)


def _commented(text: str, reader: _Reader) -> tuple[Expr, ...]:
    """JSON with comments, which are blanked out so that everything stays at its place."""
    blank = _COMMENT.sub(lambda m: m.group(1) or re.sub(r"[^\n]", " ", m.group(0)), text)
    return _parsed(blank, reader)


def _parsed(text: str, reader: _Reader) -> tuple[Expr, ...]:
    parser_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parser = parser_class(text)
    try:
        while parser.check_event():
            reader.event(parser.get_event())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError(f"not valid YAML: {error.problem or error.context or 'unreadable'}", line) from None
    except (yaml.YAMLError, ValueError):
        raise DocumentError("not valid YAML", 1) from None
    finally:
        parser.dispose()
    return tuple(reader.done)


class _Reader:
    def __init__(self) -> None:
        self.done: list[Expr] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Expr, int]] = {}
        self.nodes = 0

    def event(self, event: yaml.Event) -> None:
        """Take one event of the parser."""
        mark = event.start_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, yaml.ScalarEvent):
            self._value(self._scalar(event, at), 1, event.anchor, at)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(self.stack) >= MAX_DEPTH:
                raise DocumentError(f"nested more than {MAX_DEPTH} levels deep", at[0])
            self.stack.append(_Open(isinstance(event, yaml.MappingStartEvent), at, event.anchor, event.tag))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            known, weight = self.anchors.get(event.anchor or "", (Opaque("an alias of nothing before it", at), 1))
            self._value(known, weight, None, at)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.anchors.clear()

    def _scalar(self, event: yaml.ScalarEvent, at: Span) -> Expr:
        top = self.stack[-1] if self.stack else None
        name = str(top.key.value) if top and isinstance(top.key, Lit) and isinstance(top.key.value, str) else ""
        text: str = event.value
        if event.tag and event.tag.startswith("!") and event.tag != "!":
            return _tagged(event.tag, literal(text, at), at)
        plain = event.implicit[0] and not event.style
        return literal(_typed(text) if plain else text, at, name, lines=event.style in ("|", ">"))

    def _close(self) -> None:
        done = self.stack.pop()
        value: Expr = Rec(tuple(done.items), done.at) if done.mapping else Seq(tuple(done.values), done.at)
        if done.tag and done.tag.startswith("!") and done.tag != "!":
            value = _tagged(done.tag, value, done.at)
        self._value(value, done.weight, done.anchor, done.at)

    def _value(self, value: Expr, weight: int, anchor: str | None, at: Span) -> None:
        self.nodes += 1 if weight == 1 else 0
        if anchor:
            self.anchors[anchor] = (value, weight)
        if not self.stack:
            self.done.append(value)
            return
        top = self.stack[-1]
        top.weight += weight
        if top.weight > MAX_NODES or self.nodes > MAX_NODES:
            raise DocumentError(f"aliases expand it to more than {MAX_NODES} values, or it holds as many", at[0])
        if not top.mapping:
            top.values.append(value)
        elif top.key is None:
            top.key = value
        else:
            merge = isinstance(top.key, Lit) and top.key.value == "<<"
            top.items.extend(_entries(top.key, value, merge, at))
            top.key = None


def _entries(key: Expr, value: Expr, merge: bool, at: Span) -> list[Item]:
    """A key's entry; a merge key spreads what it names, the first named winning."""
    if not merge:
        return [Item(key, value, at)]
    sources = reversed(value.items) if isinstance(value, Seq) else (value,)
    return [Item(None, source, at) for source in sources]


def _tagged(tag: str, value: Expr, at: Span) -> Expr:
    """A value under a tag of its format (`!Ref`), kept as a mapping from the tag."""
    return Rec((Item(Lit(tag, at), value, at),), at)


def _typed(text: str) -> str | int | float | bool | None:
    """A plain scalar by YAML's implicit types; what is neither null, boolean nor number stays text."""
    tag = str(_resolver.resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]
    try:
        if tag.endswith(":null"):
            return None
        if tag.endswith(":bool"):
            return text.lower() in _TRUE
        if tag.endswith(":int"):
            return int(text.replace("_", ""), 0) if not text.lstrip("+-").startswith("0") or text == "0" else text
        if tag.endswith(":float"):
            return float(text.replace("_", ""))
    except ValueError:
        return text
    return text


def get(value: Expr | None, *path: str | int) -> Expr | None:
    """What lies at a path of keys and positions, or None; spreads are not followed."""
    for step in path:
        if isinstance(value, Rec) and isinstance(step, str):
            found = [i.value for i in value.items if isinstance(i.key, Lit) and i.key.value == step]
            value = found[-1] if found else None
        elif isinstance(value, Seq) and isinstance(step, int):
            value = value.items[step] if 0 <= step < len(value.items) else None
        else:
            return None
    return value


def text(value: Expr | None) -> str | None:
    """The text of a literal, or None."""
    return value.value if isinstance(value, Lit) and isinstance(value.value, str) else None


def items(value: Expr | None) -> tuple[Expr, ...]:
    """The elements of a list, or nothing."""
    return value.items if isinstance(value, Seq) else ()
