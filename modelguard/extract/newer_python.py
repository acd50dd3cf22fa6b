"""Python that is newer than the one which runs this, rewritten into what an older grammar takes, place for place.

What a repository's links are must not depend on the Python that modelguard runs on. `ast` knows only its own grammar, so a
file that it refuses is looked at by tree-sitter's, and what came with Python 3.12 and 3.14 is put in older words of the
same length: f-strings that hold their own quotes, backslashes or lines (PEP 701), parameters of types and `type` statements
(PEP 695), several exceptions without parentheses (PEP 758). Every name stays on its line and in its column.
"""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Edit = tuple[int, int, bytes]
"""What is put in place of the bytes from the first number up to the second."""
_QUOTES = {b'"': b"'", b"'": b'"'}
_TYPED = frozenset({"class_definition", "function_definition"})


def older(data: bytes) -> bytes:
    """The source in older words; as it is where nothing of it is newer. Lines stay lines, columns columns: only ends of
    lines inside an f-string may get a backslash."""
    found = sorted(_edits(_parser().parse(data).root_node))
    parts: list[bytes] = []
    end = 0
    for start, stop, text in found:
        if start >= end:  # not inside of what was put in anew
            parts += (data[end:start], text)
            end = stop
    return b"".join((*parts, data[end:]))


@functools.cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def _edits(root: Node) -> Iterator[Edit]:
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "string" and any(c.type == "interpolation" for c in node.children):
            yield from _of_text(node)
            continue
        if node.type in _TYPED:
            yield from (_blank(c) for c in node.children if c.type == "type_parameter")
        elif node.type == "type_alias_statement":
            yield from _of_alias(node)
        elif node.type == "except_clause":
            yield from _of_handler(node)
        todo += node.children


def _of_alias(node: Node) -> Iterator[Edit]:
    """`type X[T] = …` as two statements, the first of which means nothing: `type;X    = …`."""
    named = node.named_children[0] if node.named_children else None
    if named is None:
        return
    yield named.start_byte - 1, named.start_byte, b";"
    for inner in named.children:
        yield from (_blank(c) for c in inner.children if c.type == "type_parameter")


def _of_handler(node: Node) -> Iterator[Edit]:
    """`except A, B:` handles the first only: which of them it is decides nothing about a model."""
    comma = next((c for c in node.children if c.type == ","), None)
    colon = next((c for c in node.children if c.type == ":"), None)
    if comma is not None and colon is not None:
        yield comma.start_byte, colon.start_byte, b" " * (colon.start_byte - comma.start_byte)


def _blank(node: Node) -> Edit:
    """Nothing, over as many lines and columns."""
    return node.start_byte, node.end_byte, _spaces(node.text or b"")


def _spaces(text: bytes) -> bytes:
    """Spaces for every byte, the lines put together by backslashes."""
    return b"\\\n".join(b" " * len(line.rstrip(b"\r")) for line in text.split(b"\n"))


# -- f-strings ---------------------------------------------------------------------------------------------------------


def _of_text(node: Node) -> Iterator[Edit]:
    """Of an f-string, each part that is worked out, where it can't stand as it is."""
    opening = next((c.text or b"" for c in node.children if c.type == "string_start"), b"")
    quote = opening.lstrip(b"rRbBuUfFtT")
    for part in node.children:
        if part.type != "interpolation":
            continue
        written = part.text or b""
        swapped = _requoted(part, quote[:1])
        fitting = next((text for text in (written, swapped) if _fits(text, quote)), None)
        if fitting is None:
            yield part.start_byte, part.end_byte, _nameless(written, len(quote) == 3)
        elif fitting != written:
            yield part.start_byte, part.end_byte, fitting


def _requoted(part: Node, quote: bytes) -> bytes:
    """The part with the texts in it between the other quotes."""
    changed = bytearray(part.text or b"")
    todo = [part]
    while todo:
        node = todo.pop()
        todo += node.children
        if node.type in ("string_start", "string_end") and (node.text or b"").endswith(quote):
            start, end = node.start_byte - part.start_byte, node.end_byte - part.start_byte
            changed[start:end] = (node.text or b"").replace(quote, _QUOTES[quote])
    return bytes(changed)


def _fits(part: bytes, quote: bytes) -> bool:
    """Whether a part can stand in an f-string of these quotes as this Python reads it, and is one part there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = ast.parse(b"f" + quote + part + quote, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(read, ast.JoinedStr)


def _nameless(part: bytes, lines: bool) -> bytes:
    """In place of a part that can't be said in older words, a name that nothing defines: its value is not known."""
    first, *rest = part.split(b"\n")
    if not rest:
        return b"{_" + b" " * (len(part) - 3) + b"}"
    if lines:
        return b"{_" + b" " * (len(first) - 2) + b"\n" + b"\n".join(b" " * len(line) for line in rest)[:-1] + b"}"
    return b"{_}\\\n" + b"\\\n".join(b" " * len(line) for line in rest)
