"""What is written inside a text that an action is given: an option of a command line, or a key of a document.

References stay apart from the text around them, so that `--model ${{ inputs.model }} --verbose` leads to the input alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import files
from modelguard.link.access import entry
from modelguard.link.values import Const, Outcome, Outcomes, text_of

if TYPE_CHECKING:
    from modelguard.catalog.tools import Source
    from modelguard.link.frames import Frame
    from modelguard.link.resolve import Resolver

_MARK = re.compile("\x00(\\d+)\x00")


def inside(resolver: Resolver, expr: f.Expr, frame: Frame, source: Source) -> Outcomes:
    """What an expression has for a source: the whole of it, the value of an option in it, or what is at a path in it."""
    if source.path:
        found = tuple(d for o in resolver.evaluate(expr, frame) for d in files.document(resolver, o))
        for key in source.path:
            found = tuple(o for base in found for o in entry(resolver, base, key))
        return found
    if not source.options:
        return resolver.evaluate(expr, frame)
    parts = expr.parts if isinstance(expr, f.Join) else (expr,)
    if any(_is_written(p, expr.at) for p in parts):
        return _option(resolver, parts, expr.at, frame, source.options)
    # All of it comes from elsewhere.
    return tuple(
        Outcome(Const(value), tuple(replace(s, value=value) if s.value is not None else s for s in o.trail))
        for o in resolver.evaluate(expr, frame)
        if (written := text_of(o.value)) is not None
        for value, _, _ in _values(written, source.options)
    )


def _is_written(part: f.Expr, at: f.Span) -> bool:
    """Whether a part of a text is written there, rather than put in from elsewhere."""
    return isinstance(part, f.Lit) and part.at == at


def _option(
    resolver: Resolver, parts: tuple[f.Expr, ...], at: f.Span, frame: Frame, options: tuple[str, ...]
) -> Outcomes:
    """The value of an option in a text of literals and references that stands at `at`."""
    whole = "".join(
        str(p.value) if isinstance(p, f.Lit) and _is_written(p, at) else f"\x00{n}\x00" for n, p in enumerate(parts)
    )
    found: list[Outcome] = []
    for value, line, column in _values(whole, options):
        marks = list(_MARK.finditer(value))
        if len(marks) == 1 and marks[0][0] == value:
            found += resolver.evaluate(parts[int(marks[0][1])], frame)
            continue
        here = (at[0] + line, column if line else at[1] + column)
        pieces = tuple(_pieces(value, parts, here))
        found += resolver.evaluate(resolver.keep(pieces[0] if len(pieces) == 1 else f.Join(pieces, here)), frame)
    return tuple(found)


def _pieces(value: str, parts: tuple[f.Expr, ...], at: f.Span) -> Iterator[f.Expr]:
    end = 0
    for match in _MARK.finditer(value):
        if match.start() > end:
            yield f.Lit(value[end : match.start()], at)
        yield parts[int(match[1])]
        end = match.end()
    if end < len(value):
        yield f.Lit(value[end:], at)


def _values(written: str, options: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    """The last value that an option has in a command line, how many lines below its key it stands, and in which column
    of the text. A text of several lines begins below its key."""
    try:
        words = shlex.split(written, comments=True)
    except ValueError:
        words = written.split()
    if written.lstrip().startswith("["):
        words = re.findall(r'"((?:[^"\\]|\\.)*)"', written)  # a JSON list of words, as codex-action takes it
    last = ""
    for number, word in enumerate(words):
        name, sign, value = word.partition("=")
        if name in options:
            last = value if sign else words[number + 1] if number + 1 < len(words) else ""
    if last:
        option = re.search(rf"(?:{'|'.join(map(re.escape, options))})[=\s\"',]+", written)
        place = max(written.find(last, option.end() if option is not None else 0), 0)
        below = written.count("\n", 0, place)
        yield last, below + ("\n" in written), place - (written.rfind("\n", 0, place) + 1) + 1
