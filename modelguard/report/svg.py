"""The graph as one SVG, drawn without a browser: readable in light and dark, by screen readers, and on paper."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from modelguard.graph.model import Graph
from modelguard.report.layout import HEIGHT, LETTER, Box, place
from modelguard.report.view import Drawn, Line, Marks, drawing
from modelguard.report.words import count, safe

_STYLE = """
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
  .back { fill: #fff } text { fill: #1d2733 } .small { font-size: 11px; fill: #51606f }
  .node { fill: #f4f7fa; stroke: #51606f; stroke-width: 1 } .token { fill: #fff6e5 } .consumer { fill: #eaf6ef }
  .shared { stroke-width: 3 } .gone { stroke-dasharray: 5 4 } .new, .changed { stroke-width: 3 }
  .line { fill: none; stroke: #51606f; stroke-width: 1.4 } .doubt { stroke-dasharray: 5 4 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #14191f } text { fill: #e6edf3 } .small { fill: #a9b7c4 }
    .node { fill: #1f2933; stroke: #a9b7c4 } .token { fill: #3a2f14 } .consumer { fill: #173326 } .line { stroke: #a9b7c4 }
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
    parts += [_line(line, placed.boxes[line.target], placed.boxes[line.source]) for line in picture.lines]
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
    radius = HEIGHT / 2 if node.kind == "consumer" else 4
    second = node.note or f"{node.detail}  {node.place}" if node.kind != "consumer" else node.detail
    return (
        f"<g data-id={quoteattr(safe(node.id))}><title>{escape(whole)}</title>"
        f'<rect class="{classes}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="{radius:g}"/>'
        f'<text x="{box.x + 12:g}" y="{box.y + 18:g}">{escape(_cut(node.title, box.width))}</text>'
        f'<text class="small" x="{box.x + 12:g}" y="{box.y + 35:g}">{escape(_cut(second, box.width * 1.15))}</text></g>'
    )


def _cut(text: str, width: float) -> str:
    most = int((width - 24) / LETTER) + 1
    return text if len(text) <= most else text[: most - 1] + "…"


def _line(line: Line, start: Box, end: Box) -> str:
    doubt = line.dormant or line.certainty != "certain" or line.kind == "holds" or line.mark == "gone"
    x1, y1, x2, y2 = start.x + start.width, start.y + HEIGHT / 2, end.x, end.y + HEIGHT / 2
    middle = (x1 + x2) / 2
    path = f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
    words = (
        f'<text class="small" x="{middle:g}" y="{(y1 + y2) / 2 - 4:g}" text-anchor="middle">{escape(line.words)}</text>'
        if line.words
        else ""
    )
    told = safe(f"{line.source} {line.kind} {line.target}") + (f", {line.words}" if line.words else "")
    ends = f"data-source={quoteattr(safe(line.source))} data-target={quoteattr(safe(line.target))} data-kind={quoteattr(line.kind)}"
    return (
        f'<g {ends}><title>{escape(told)}</title><path class="line{" doubt" if doubt else ""}" d="{path}"/>{words}</g>'
    )
