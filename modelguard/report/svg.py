"""The graph as one SVG, drawn without a browser: readable in light and dark, by screen readers, and on paper."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from modelguard.graph.model import Graph
from modelguard.report.layout import LETTER, Box, Point, place, small_lines
from modelguard.report.view import Drawn, Line, Marks, drawing
from modelguard.report.words import count, safe

_STYLE = """
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
  .back { fill: #fff } text { fill: #1d2733 } .small { font-size: 11px; fill: #51606f }
  .node { fill: #f4f7fa; stroke: #51606f; stroke-width: 1 } .token { fill: #fff6e5 } .consumer { fill: #eaf6ef }
  .shared { stroke-width: 3 } .gone { stroke-dasharray: 5 4 } .new, .changed { stroke-width: 3 }
  .word { paint-order: stroke; stroke: #fff; stroke-width: 4px }
  .line { fill: none; stroke: #51606f; stroke-width: 1.4 } .doubt { stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #14191f } text { fill: #e6edf3 } .small { fill: #a9b7c4 }
    .node { fill: #1f2933; stroke: #a9b7c4 } .token { fill: #3a2f14 } .consumer { fill: #173326 } .line { stroke: #a9b7c4 }
    .word { stroke: #14191f }
  }
"""
MOST_NODES = 400


def render(graph: Graph, marks: Marks | None = None) -> str:
    """The picture; more than MOST_NODES nodes are folded, and cut, which it says below."""
    marks = marks or Marks()
    picture = drawing(graph, marks)
    if len(picture.nodes) > MOST_NODES:
        picture = drawing(graph, marks, folded=True, most=MOST_NODES)
    placed = place(picture)
    width, height = max(placed.width, 320), max(placed.height, 60) + (24 if picture.left_out else 0)
    shared = sum(n.shared and n.kind != "consumer" for n in picture.nodes)
    told = f"{count(len(picture.nodes), 'node')}, {shared} shared by several readers"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
        ' role="img" aria-labelledby="t d">',
        f'<title id="t">Who reads each model field and token</title><desc id="d">{escape(told)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{width:g}" height="{height:g}"/>',
    ]
    parts += [_line(line, way) for line, way in zip(picture.lines, placed.ways, strict=True)]
    parts += [_node(node, placed.boxes[node.id]) for node in picture.nodes]
    if not picture.nodes:
        parts.append('<text x="16" y="32">no model field or token was found</text>')
    if picture.left_out:
        parts.append(
            f'<text class="small" x="16" y="{height - 10:g}">and {picture.left_out} more, which do not fit</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _node(node: Drawn, box: Box) -> str:
    classes = " ".join(c for c in ("node", node.kind, "shared" if node.shared else "", node.mark) if c)
    whole = "\n".join(t for t in (node.title, node.detail, node.note, node.place) if t)
    rows = [f'<text x="{box.x + 18:g}" y="{box.y + 21:g}">{escape(_cut(node.title, box.width, LETTER))}</text>']
    for number, line in enumerate(small_lines(node)):
        cut = escape(_cut(line, box.width, LETTER * 0.87))
        rows.append(f'<text class="small" x="{box.x + 18:g}" y="{box.y + 37 + 15 * number:g}">{cut}</text>')
    return (
        f"<g data-id={quoteattr(safe(node.id))}><title>{escape(whole)}</title>"
        f'<path class="{classes}" d="{_shape(node, box)}"/>{"".join(rows)}</g>'
    )


def _shape(node: Drawn, box: Box) -> str:
    """The same shapes as on the page: box, hexagon, pill."""
    x, y, width, height = box.x, box.y, box.width, box.height
    if node.kind == "token":
        inner = width - 24
        return f"M{x + 12:g} {y:g}h{inner:g}l12 {height / 2:g}l-12 {height / 2:g}h{-inner:g}l-12 {-height / 2:g}z"
    if node.kind == "consumer":
        radius = height / 2
        arc = f"a{radius:g} {radius:g} 0 0 1 0"
        return f"M{x + radius:g} {y:g}h{width - height:g}{arc} {height:g}h{height - width:g}{arc} {-height:g}z"
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"


def _cut(text: str, width: float, letter: float) -> str:
    most = int((width - 34) / letter)
    return text if len(text) <= most else text[: most - 1] + "…"


def _line(line: Line, way: tuple[Point, ...]) -> str:
    doubt = line.dormant or line.certainty != "certain" or line.kind == "holds" or line.mark == "gone"
    path = f"M{way[0][0]:g} {way[0][1]:g}"
    for (x1, y1), (x2, y2) in pairwise(way):
        middle = (x1 + x2) / 2
        path += f"L{x2:g} {y2:g}" if y1 == y2 else f"C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
    # Where the line runs longest, its words are least in the way.
    (x1, y1), (x2, y2) = max(pairwise(way), key=lambda ends: (ends[1][0] - ends[0][0], -abs(ends[1][1] - ends[0][1])))
    at = f'x="{(x1 + x2) / 2:g}" y="{(y1 + y2) / 2 - 5:g}"'
    words = f'<text class="small word" {at} text-anchor="middle">{escape(line.words)}</text>' if line.words else ""
    told = safe(f"{line.source} {line.kind} {line.target}") + (f", {line.words}" if line.words else "")
    source, target = quoteattr(safe(line.source)), quoteattr(safe(line.target))
    ends = f"data-source={source} data-target={target} data-kind={quoteattr(line.kind)}"
    return (
        f'<g {ends}><title>{escape(told)}</title><path class="line{" doubt" if doubt else ""}" d="{path}"/>{words}</g>'
    )
