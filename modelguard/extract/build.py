"""Small helpers that every extractor uses to make expressions: literals with their limits and secrets dropped."""

from __future__ import annotations

import re
from collections.abc import Callable

from modelguard.extract.facts import Expr, Get, Lit, Opaque, Redacted, Span
from modelguard.extract.secrets import MAX_LINES_TEXT, MAX_TEXT, concealed, digest, is_secret, is_secret_name

_SURROGATE = re.compile(r"[\ud800-\udfff]")
MAX_DEPTH = 100
"""Deepest nesting of an expression or document that is followed; hand-written files stay far below."""


def literal(value: object, at: Span, name: str = "", lines: bool = False) -> Expr:
    """The expression of a scalar found under `name`: a credential is dropped, a long text is not kept.

    With `lines`, one of several lines is, as it may be a script or a file of configuration.
    """
    if isinstance(value, str):
        if lines and "\n" in value and len(value) <= MAX_LINES_TEXT and not is_secret_name(name):
            if _SURROGATE.search(value):
                return Opaque("a text that is not Unicode", at)
            return Lit(concealed(value), at)
        if is_secret(name, value):
            return Redacted(digest(value), at)
        if len(value) > MAX_TEXT:
            return Opaque("a text too long to be a model's name", at)
        if not value.isascii() and _SURROGATE.search(value):
            return Opaque("a text that is not Unicode", at)
        return Lit(value, at)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**62:
        return Opaque("a very large number", at)
    if value is None or isinstance(value, (bool, int, float)):
        return Lit(value, at)
    return Opaque("not text", at)


def pieces(written: str, pattern: re.Pattern[str], part: Callable[[re.Match[str]], Expr], at: Span) -> list[Expr]:
    """A text as the literals between the references that `pattern` finds, and what `part` makes of each of those."""
    found: list[Expr] = []
    end = 0
    for match in pattern.finditer(written):
        if match.start() > end:
            found.append(Lit(written[end : match.start()], at))
        found.append(part(match))
        end = match.end()
    if end < len(written):
        found.append(Lit(written[end:], at))
    return found


def attribute(base: Expr, *names: str, at: Span) -> Expr:
    """`base.a.b.c` as nested look-ups."""
    for name in names:
        base = Get(base, Lit(name, at), at, True)
    return base
