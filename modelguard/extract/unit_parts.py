"""Parts of units as many formats write them: commands of a shell, variables over each other."""

from __future__ import annotations

from collections.abc import Iterator

from modelguard.extract.facts import Expr, Item, Lit, Rec, Seq, Span


def shell(written: Expr) -> Expr:
    """A command that a shell reads."""
    return Seq((Lit("sh", written.at), Lit("-c", written.at), written), written.at)


def environment(*layers: Expr | None) -> Rec:
    """Mappings of variables over each other."""
    present = [e for e in layers if isinstance(e, Rec)]
    return Rec(tuple(Item(None, e, e.at) for e in present), present[0].at if present else (1, 1))


def entries(value: Expr | None) -> Iterator[tuple[str, Expr, Span]]:
    """The entries of a mapping under keys that are written out, with where each key stands."""
    for item in value.items if isinstance(value, Rec) else ():
        if isinstance(item.key, Lit):
            yield str(item.key.value), item.value, item.key.at
