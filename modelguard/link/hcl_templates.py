"""Terraform's `templatefile`: a JSON or YAML text with `${…}` and `%{…}`, as the document that it becomes.

Syntax: https://developer.hashicorp.com/terraform/language/expressions/strings#string-templates. Every interpolation becomes
a token that stands for its value until the text has been parsed; lines lead back to the template.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.terraform import expression
from modelguard.extract.yaml_doc import DocumentError, documents
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.frames import NOBODY, Folder, Frame
from modelguard.link.placed import Place, placed
from modelguard.link.program import EMPTY
from modelguard.link.resolve import truth
from modelguard.link.values import Outcomes, text_of, unknown

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_TOKEN = re.compile(r"\ue000\d+\ue001")
_TAG = re.compile(r"(?P<escaped>\$\$\{|%%\{)|(?P<open>[$%]\{)")
_STRIP = re.compile(r"^~|~$")
_FOR = re.compile(r"for\s+(\w+)(?:\s*,\s*(\w+))?\s+in\s+(.+)\Z", re.S)
MAX_TEXT = 1_000_000
"""Longest template, and longest text that one becomes."""
MAX_TAGS = 20_000
_MAX_NESTING = 30


class _Refused(Exception):
    """A template that is not followed, with the reason."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """A part of a template: text, an interpolation ("$") or a directive ("%"), with the line where it starts."""

    kind: str
    text: str
    line: int


@dataclass
class _Rendering:
    resolver: Resolver
    path: str
    text: list[str] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    """Where each piece of text starts in the whole, and on which line of the template."""
    size: int = 0
    tokens: dict[str, Outcomes] = field(default_factory=dict)

    def write(self, text: str, line: int) -> None:
        self.starts.append((self.size, line))
        self.size += len(text)
        if self.size > MAX_TEXT:
            raise _Refused(f"a template that becomes more than {MAX_TEXT:,} characters")
        self.text.append(text)

    def value(self, written: str, names: dict[str, Outcomes]) -> Outcomes:
        expr, calls = expression(written, tuple(names))
        scope = f.Scope("", "terraform", (1, 1), calls=calls)
        folder = Folder(posixpath.dirname(self.path), NOBODY)
        frame = Frame(self.path, scope, NOBODY, args={}, names=dict(names), format="terraform", folder=folder)
        self.resolver.keep((frame, folder, expr))
        return self.resolver.evaluate(expr, frame)

    def run(self, tags: list[_Tag], names: dict[str, Outcomes], depth: int = 0) -> None:
        if depth > _MAX_NESTING:
            raise _Refused("a template that is nested too deeply")
        position = 0
        while position < len(tags):
            tag = tags[position]
            position += 1
            if tag.kind == "":
                self.write(tag.text, tag.line)
            elif tag.kind == "$":
                token = f"\ue000{len(self.tokens)}\ue001"
                self.tokens[token] = self.value(tag.text, names)
                self.write(token, tag.line)
            else:
                end = _end(tags, position)
                self._directive(tag.text, tags[position:end], names, depth)
                position = end + 1

    def _directive(self, word: str, inside: list[_Tag], names: dict[str, Outcomes], depth: int) -> None:
        if word.startswith("if "):
            then, other = _branches(inside)
            decided = {truth(o) for o in self.value(word[3:], names)}
            if decided not in ({True}, {False}):
                raise _Refused("a template that depends on a condition that is not known")
            self.run(then if decided == {True} else other, names, depth + 1)
            return
        match = _FOR.match(word)
        if match is None:
            raise _Refused(f"a template with `%{{ {word[:20]} }}`")
        for outcome in self.value(match[3], names):
            keys, values = element_keys(self.resolver, outcome), elements(self.resolver, outcome)
            if values is None:
                raise _Refused("a template that repeats a part for a list that is not known")
            for index, value in enumerate(values):
                bound = {match[2] or match[1]: (value,)}
                if match[2] and keys and index < len(keys):
                    bound[match[1]] = (keys[index],)
                self.run(inside, {**names, **bound}, depth + 1)


def document(resolver: Resolver, path: str, given: Outcomes) -> Outcomes:
    """The document that a template of the tree becomes with these values; unknown, with the reason, where it can't."""
    data = resolver.program.store.data(path)
    if data is None or len(data) > MAX_TEXT:
        return unknown(f"the template `{path}` could not be read")
    names = {
        key: entry(resolver, base, key)
        for base in given
        for found in element_keys(resolver, base) or ()
        if (key := text_of(found.value)) is not None
    }
    rendering = _Rendering(resolver, path)
    try:
        rendering.run(list(_tags(data.decode("utf-8", errors="replace"))), names)
        parsed = documents("".join(rendering.text).encode())
    except _Refused as refused:
        return unknown(f"{refused}: {path}")
    except DocumentError:
        return unknown(f"the template `{path}` becomes neither JSON nor YAML")
    if len(parsed) != 1 or isinstance(parsed[0], f.Lit):
        return unknown(f"the template `{path}` becomes no document")
    frame = Frame(path, EMPTY, NOBODY, args={}, names=dict(rendering.tokens), format="yaml")
    whole = placed(parsed[0], _place(rendering), keep=True)
    resolver.keep((frame, whole))
    return resolver.evaluate(whole, frame)


def _place(rendering: _Rendering) -> Place:
    def plain(text: str) -> object:
        return _TOKEN.sub(lambda m: next((t for o in rendering.tokens[m[0]] if (t := text_of(o.value))), "?"), text)

    whole = "".join(rendering.text)
    ends = [0, *(m.end() for m in re.finditer("\n", whole))]

    def at(span: f.Span) -> f.Span:
        offset = ends[min(span[0], len(ends)) - 1] + span[1] - 1
        start, line = rendering.starts[bisect_right(rendering.starts, offset, key=lambda s: s[0]) - 1]
        return line + whole.count("\n", start, offset), span[1]

    return Place(at, plain, _TOKEN, lambda token, secret: f.Var(token, (1, 1)))


def _tags(text: str) -> Iterator[_Tag]:
    position, line, strip = 0, 1, False
    for _ in range(MAX_TAGS + 1):
        match = _TAG.search(text, position)
        plain = text[position : match.start() if match is not None else len(text)]
        closing = _closing(text, match.end()) if match is not None and match["open"] else -1
        inner = text[match.end() : closing] if match is not None and closing >= 0 else ""
        shown = plain.lstrip(" \t\n\r") if strip else plain
        skipped = plain[: len(plain) - len(shown)].count("\n")
        shown = shown.rstrip() if inner.startswith("~") else shown
        if shown:
            yield _Tag("", shown, line + skipped)
        line += plain.count("\n")
        if match is None:
            return
        if match["escaped"] or closing < 0:
            yield _Tag("", match[0].removeprefix("$").removeprefix("%"), line)
            position, strip = match.end(), False
            continue
        yield _Tag(match[0][0], _STRIP.sub("", inner.strip()).strip(), line)
        line += inner.count("\n")
        position, strip = closing + 1, inner.endswith("~")
    raise _Refused(f"a template with more than {MAX_TAGS:,} parts")


def _closing(text: str, start: int) -> int:
    """The brace that closes the one before `start`; braces in quotes count as little as in Terraform's own scanner."""
    depth = 1
    for index in range(start, min(len(text), start + 2_000)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return -1


def _end(tags: list[_Tag], start: int) -> int:
    """Where the directive that was opened before `start` ends."""
    depth = 0
    for index in range(start, len(tags)):
        word = tags[index].text.split(" ", 1)[0] if tags[index].kind == "%" else ""
        if word in ("endif", "endfor"):
            if depth == 0:
                return index
            depth -= 1
        elif word in ("if", "for"):
            depth += 1
    raise _Refused("a template with a directive that has no end")


def _branches(inside: list[_Tag]) -> tuple[list[_Tag], list[_Tag]]:
    depth = 0
    for index, tag in enumerate(inside):
        word = tag.text.split(" ", 1)[0] if tag.kind == "%" else ""
        depth += {"if": 1, "for": 1, "endif": -1, "endfor": -1}.get(word, 0)
        if word == "else" and depth == 0:
            return inside[:index], inside[index + 1 :]
    return inside, []
