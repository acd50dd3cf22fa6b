"""Documents read from a text that is not the file itself: every position, and every token in it, put where it belongs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract.build import pieces
from modelguard.extract.yaml_doc import get, text

_NOTHING = re.compile(r"(?!)")
_VALUES = frozenset({"value", "data", "stringData"})
"""Keys under which a value counts for what it is; elsewhere in an object only its text does."""


@dataclass(frozen=True)
class Place:
    """How a rendered object is read: `at` maps its positions, `plain` gives a text without tokens, `part` the
    expression of a token that `pattern` finds."""

    at: Callable[[f.Span], f.Span]
    plain: Callable[[str], object]
    pattern: re.Pattern[str]
    part: Callable[[str, bool], f.Expr]


def placed(value: f.Expr, place: Place, keep: bool = False, secret: bool = False) -> f.Expr:
    """An object with its tokens as expressions, or as plain text, and positions of the files it was made from."""
    at = place.at(value.at)
    if isinstance(value, f.Rec):
        sealed = secret or text(get(value, "kind")) == "Secret"
        items = []
        for item in value.items:
            key = placed(item.key, place) if item.key is not None else None
            name = key.value if isinstance(key, f.Lit) else None
            inner = placed(item.value, place, keep or name in _VALUES, sealed)
            items.append(f.Item(key, inner, place.at(item.at)))
        return f.Rec(tuple(items), at)
    if isinstance(value, f.Seq):
        return f.Seq(tuple(placed(v, place, keep, secret) for v in value.items), at)
    if isinstance(value, f.Lit) and isinstance(value.value, str) and place.pattern.search(value.value):
        if not keep:
            plain = place.plain(value.value)
            return f.Lit(plain if isinstance(plain, (str, int, float, bool)) else "", at)
        parts = pieces(value.value, place.pattern, lambda m: place.part(m[0], secret), at)
        return parts[0] if len(parts) == 1 else f.Join(tuple(parts), at)
    return replace(value, at=at)


def moved(value: f.Expr, lines: int) -> f.Expr:
    """A document whose first line stands `lines` further down."""
    return placed(value, Place(lambda at: (at[0] + lines, at[1]), lambda t: t, _NOTHING, lambda t, s: f.Lit(t, (1, 1))))
