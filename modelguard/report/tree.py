"""The graph as a tree for people: each field a person would edit and each token, with who reads it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from modelguard.graph.model import Field, Graph, Site, Token
from modelguard.graph.query import Index, Reader
from modelguard.report.view import shared_words
from modelguard.report.words import count, model, platform, safe

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree


def render(graph: Graph, *, width: int = 100, colour: bool = False) -> str:
    """The tree as text, at most `width` wide; with colours for a terminal where asked."""
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
    index = Index(graph)
    shown = 0
    for node in sorted(
        (n for n in graph.nodes if isinstance(n, (Field, Token))), key=lambda n: (_order(n), n.path, n.line)
    ):
        if isinstance(node, Field) and index.targets(node.id, "derives"):
            continue
        console.print(_tree(index, node))
        shown += 1
    if not shown:
        console.print("no model field or token was found")
    if graph.unresolved:
        console.print(f"\n{count(len(graph.unresolved), 'thing')} could not be determined:")
        for left in graph.unresolved[:20]:
            console.print(f"  {safe(left.path)}:{left.line}  {safe(left.why)}")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _order(node: Field | Token) -> int:
    return 1 if isinstance(node, Token) else 0


def _tree(index: Index, node: Field | Token) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(_label(index, node), guide_style="dim")
    rows = [_row(index, reader) for reader in index.readers(node.id)]
    for widths_row in _aligned(rows):
        tree.add(Text(widths_row))
    for reader in index.readers(node.id, "holds"):
        tree.add(Text(f"(holds it, reads it nowhere)  {safe(reader.consumer.name)}", style="dim"))
    for site in index.unreached_reads(node.id):
        tree.add(Text(f"(unreached)  {safe(site.path)}:{site.line}", style="dim"))
    return tree


def _label(index: Index, node: Field | Token) -> Text:
    from rich.text import Text

    place = Text(f"{safe(node.path)}:{node.line}  ")
    place.append(safe(node.name), style="bold")
    readers = index.readers(node.id)
    if isinstance(node, Field):
        names = sorted({model(index.nodes[t].raw) for t in index.targets(node.id, "names")})  # type: ignore[union-attr]
        value = " or ".join(names) or (safe(node.value) if node.value else "unknown")
        place.append(f" = {value}")
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


def _row(index: Index, reader: Reader) -> tuple[str, str, str, str]:
    consumer, edge = reader.consumer, reader.edge
    doubt: str = "" if edge.certainty == "certain" else edge.certainty
    if edge.dormant:
        doubt = "only as a fallback"
    return safe(consumer.name), platform(consumer), _read_at(index, reader), doubt


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


def _aligned(rows: list[tuple[str, str, str, str]]) -> list[str]:
    widths = [max((len(r[i]) for r in rows), default=0) for i in range(4)]
    return ["  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip() for row in rows]
