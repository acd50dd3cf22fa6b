"""The graph as a tree for people: each field a person would edit and each token, with who reads it."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from modelguard.graph.model import Edge, Field, Graph, Model, Site, Token
from modelguard.graph.query import Index, Reader
from modelguard.report.view import group_name, groups, shared_words, value_words
from modelguard.report.words import count, dollars, platform, safe

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree


MOST_ALIKE = 3
"""Identical readers of one group that are still listed by name; more are one row."""

Costs = dict[tuple[str, str], Decimal | None]
"""USD a day by (consumer id, raw model); None is unknown."""


def render(
    graph: Graph, *, width: int = 100, colour: bool = False, whole: Graph | None = None, costs: Costs | None = None
) -> str:
    """The tree as text, at most `width` wide; with colours for a terminal where asked.

    `whole` is the graph that `graph` is a part of: who shares a field is counted there. `costs` adds a column.
    """
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    known = _Known(Index(graph), Index(whole or graph), costs)
    shown = 0
    for node in sorted(
        (n for n in graph.nodes if isinstance(n, (Field, Token))), key=lambda n: (_order(n), n.path, n.line)
    ):
        if known.index.targets(node.id, "derives"):
            continue
        console.print(_tree(known, node))
        shown += 1
    if not shown:
        console.print("no model field or token was found")
    if graph.unresolved:
        console.print(f"\n{count(len(graph.unresolved), 'thing')} could not be determined:")
        for left in graph.unresolved[:20]:
            console.print(f"  {safe(left.path)}:{left.line}  {safe(left.why)}")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.split("\n"))


class _Known:
    """What a tree is made from."""

    def __init__(self, index: Index, whole: Index, costs: Costs | None) -> None:
        self.index, self.whole, self.costs = index, whole, costs
        self.groups = groups(whole)


def _order(node: Field | Token) -> int:
    return 1 if isinstance(node, Token) else 0


def _tree(known: _Known, node: Field | Token) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    index = known.index
    tree = Tree(_label(known, node), guide_style="dim")
    for line in _aligned(list(_rows(known, node, index.readers(node.id)))):
        tree.add(Text(line))
    for reader in index.readers(node.id, "holds"):
        tree.add(Text(f"(holds it, reads it nowhere)  {safe(reader.consumer.name)}", style="dim"))
    for site in index.unreached_reads(node.id):
        tree.add(Text(f"(unreached)  {safe(site.path)}:{site.line}", style="dim"))
    return tree


def _label(known: _Known, node: Field | Token) -> Text:
    from rich.text import Text

    place = Text(f"{safe(node.path)}:{node.line}  ")
    place.append(safe(node.name), style="bold")
    readers = known.whole.readers(node.id)
    if isinstance(node, Field):
        place.append(f" = {value_words(known.index, node)}")
        if node.role:
            place.append(f"  ({node.role})", style="dim")
    else:
        place.append(f"  {node.binding}" + (f", {safe(node.store)}" if node.store else ""))
    if node.shared:
        style = "bold yellow"
        place.append(f"   {shared_words(len(readers), node.instances)}", style=style)
    elif not readers:
        place.append("   read by nobody that is known", style="dim")
    return place


Row = tuple[str, str, str, str, str]


def _rows(known: _Known, node: Field | Token, readers: list[Reader]) -> Iterator[Row]:
    """A row a reader; where more than MOST_ALIKE of one group read it, one row for all of them."""
    by_group: dict[tuple[str, ...], list[Reader]] = defaultdict(list)
    for reader in readers:
        by_group[known.groups.get(reader.consumer.id, ())].append(reader)
    told: set[tuple[str, ...]] = set()
    for reader in readers:
        group = known.groups.get(reader.consumer.id, ())
        alike = by_group[group]
        if not group or len(alike) <= MOST_ALIKE:
            yield _row(known, node, reader)
        elif group not in told:
            told.add(group)
            yield _group_row(known, node, alike)


def _row(known: _Known, node: Field | Token, reader: Reader) -> Row:
    consumer, edge = reader.consumer, reader.edge
    where = _read_at(known.index, reader)
    return safe(consumer.name), platform(consumer), where, _doubt(edge), _cost(known, node, [reader])


def _group_row(known: _Known, node: Field | Token, alike: list[Reader]) -> Row:
    names = [safe(r.consumer.name) for r in alike]
    listed = f"{', '.join(names[:3])} and {len(names) - 3} more"
    doubts = sorted({_doubt(r.edge) for r in alike} - {""})
    members = tuple(r.consumer.id for r in alike)
    return group_name(known.whole, members), listed, "", ", ".join(doubts), _cost(known, node, alike)


def _doubt(edge: Edge) -> str:
    if edge.dormant:
        return "only as a fallback"
    return "" if edge.certainty == "certain" else edge.certainty


def _cost(known: _Known, node: Field | Token, readers: list[Reader]) -> str:
    """What the readers pay on the models that they take from here; a token has no cost of its own."""
    if known.costs is None or isinstance(node, Token):
        return ""
    amounts = [
        known.costs.get((reader.consumer.id, named.raw))
        for reader in readers
        for target in known.index.targets(reader.through, "names")
        if isinstance(named := known.index.nodes[target], Model)
    ]
    paid = [a for a in amounts if a is not None]
    if not paid:
        return "cost unknown"
    unknown = len(amounts) - len(paid)
    return f"{dollars(sum(paid, Decimal(0)))} a day" + (f", {unknown} unknown" if unknown else "")


def _read_at(index: Index, reader: Reader) -> str:
    """Where this consumer's code takes the value: the last read on its evidence, else the definition it reads."""
    runs = set(index.targets(reader.consumer.id, "runs"))
    sites = [index.nodes[s] for s in index.sources(reader.through, "reads") if s in runs]
    reads = sorted((s.path, s.line) for s in sites if isinstance(s, Site))
    through = index.nodes[reader.through]
    name = str(getattr(through, "name", "")).rsplit(".", 1)[-1]
    derived = bool(index.targets(reader.through, "derives"))
    where = f"{safe(reads[0][0])}:{reads[0][1]}" if reads else ""
    return f"{where}  through {safe(name)}" if derived else where


def _aligned(rows: list[Row]) -> list[str]:
    widths = [max((len(r[i]) for r in rows), default=0) for i in range(5)]
    cells = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width] for row in rows]
    return ["  ".join(row).rstrip() for row in cells]
