"""The graph as a Mermaid flowchart, which GitHub, GitLab and many others draw where Markdown is shown.

GitHub draws at most 500 edges (`maxEdges`) and 50,000 characters (`maxTextSize`) of one diagram, see
https://mermaid.js.org/config/schema-docs/config.html; larger graphs are folded, then cut, which the picture says.
"""

from __future__ import annotations

from modelguard.graph.model import Graph
from modelguard.report.view import Drawing, Drawn, Line, Marks, drawing

MAX_EDGES = 500
MAX_CHARACTERS = 50_000
MOST_NODES = 120
"""More than this nobody can read; from here on identical readers are folded."""

_SHAPES = {"field": ("[", "]"), "token": ("{{", "}}"), "consumer": ("([", "])")}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:/_-=()×+%$")


def render(graph: Graph, marks: Marks | None = None) -> str:
    """A `flowchart LR`: fields and tokens left, arrows from a value to who reads it. Folded to fit GitHub's limits."""
    marks = marks or Marks()
    picture = drawing(graph, marks)
    if len(picture.nodes) > MOST_NODES or len(picture.lines) > MAX_EDGES:
        picture = drawing(graph, marks, folded=True, most=MOST_NODES)
    text = _text(picture)
    most = len(picture.nodes)
    while (len(text) > MAX_CHARACTERS or len(picture.lines) > MAX_EDGES) and most > 1:
        most = most * 2 // 3
        picture = drawing(graph, marks, folded=True, most=most)
        text = _text(picture)
    return text


def _text(picture: Drawing) -> str:
    short = {node.id: f"{node.kind[0]}{number}" for number, node in enumerate(picture.nodes, 1)}
    lines = ["flowchart LR"]
    lines += [f"  {short[node.id]}{_node(node)}" for node in picture.nodes]
    lines += [f"  {short[line.target]} {_arrow(line)} {short[line.source]}" for line in picture.lines]
    if not picture.nodes:
        lines.append('  none["no model field or token was found"]')
    if picture.left_out:
        lines.append(f'  rest["and {picture.left_out} more, which do not fit: modelguard graph shows them"]')
    classes = ("shared", "new", "gone", "changed")
    styles = {
        "shared": "stroke-width:3px",
        "new": "stroke-dasharray:none,stroke-width:4px",
        "gone": "stroke-dasharray:4 4",
        "changed": "stroke-width:4px",
    }
    for name in classes:
        ids = [short[n.id] for n in picture.nodes if (n.mark == name) or (name == "shared" and n.shared and not n.mark)]
        if ids:
            lines += [f"  classDef {name} {styles[name]}", f"  class {','.join(ids)} {name}"]
    return "\n".join(lines) + "\n"


def _node(node: Drawn) -> str:
    start, end = _SHAPES[node.kind]
    told = [node.title, node.detail, *([node.note] if node.note else []), node.place]
    return f'{start}"{"<br/>".join(quoted(t) for t in told)}"{end}'


def _arrow(line: Line) -> str:
    arrow = (
        "-.->" if line.dormant or line.certainty != "certain" or line.kind == "holds" or line.mark == "gone" else "-->"
    )
    return f'{arrow}|"{quoted(line.words)}"|' if line.words else arrow


def quoted(text: str) -> str:
    """Text inside a quoted Mermaid label: whatever is not plain is an entity code, so that nothing in it has a meaning."""
    cut = text if len(text) <= 120 else text[:119] + "…"
    return "".join(c if c in _PLAIN else f"#{ord(c)};" for c in cut)
