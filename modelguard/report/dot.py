"""The graph in Graphviz' DOT language (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from modelguard.graph.model import Graph
from modelguard.report.view import Drawn, Line, Marks, drawing
from modelguard.report.words import safe

_SHAPES = {"field": "box", "token": "hexagon", "consumer": "ellipse"}


def render(graph: Graph, marks: Marks | None = None) -> str:
    """A digraph with all nodes: fields and tokens left, arrows from a value to who reads it. Node names are our ids."""
    picture = drawing(graph, marks or Marks())
    lines = [
        "digraph modelguard {",
        "  rankdir=LR;",
        '  node [fontname="sans-serif"];',
        '  edge [fontname="sans-serif"];',
    ]
    lines += [f"  {_quoted(safe(node.id))} [{_node(node)}];" for node in picture.nodes]
    lines += [f"  {_quoted(safe(line.target))} -> {_quoted(safe(line.source))}{_edge(line)};" for line in picture.lines]
    consumers = [f" {_quoted(safe(node.id))};" for node in picture.nodes if node.kind == "consumer"]
    lines += [f"  {{ rank=max;{''.join(consumers)} }}"] if consumers else []
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Drawn) -> str:
    told = [node.title, node.detail, *([node.note] if node.note else []), node.place]
    style = {"gone": ', style="dashed"', "new": ", penwidth=3", "changed": ", penwidth=3"}.get(node.mark, "")
    if node.shared and not style:
        style = ", penwidth=2"
    return f"shape={_SHAPES[node.kind]}, label={_quoted(chr(10).join(told))}{style}"


def _edge(line: Line) -> str:
    told = [f"class={_quoted(line.kind)}"]
    if line.words:
        told.append(f"label={_quoted(line.words)}")
    if line.dormant or line.certainty != "certain" or line.kind == "holds" or line.mark == "gone":
        told.append('style="dashed"')
    return f" [{', '.join(told)}]"


def _quoted(text: str) -> str:
    """A double-quoted DOT string; a backslash stays one (DOT keeps it, and Graphviz' labels would read it as an escape)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
