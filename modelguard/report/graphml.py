"""The graph as GraphML (http://graphml.graphdrawing.org), for networkx, yEd, Gephi and Neo4j."""

from __future__ import annotations

from typing import Any

from modelguard.graph.model import Graph
from modelguard.report.view import Marks, drawing
from modelguard.report.words import safe


def render(graph: Graph, marks: Marks | None = None) -> str:
    """All nodes with what is known about them as attributes; edges point from the reader to what it reads."""
    import networkx

    picture = drawing(graph, marks or Marks())
    known = {node.id: node for node in graph.nodes}
    made: Any = networkx.MultiDiGraph()
    for node in picture.nodes:
        facts = {
            key: getattr(known[node.id], key, None)
            for key in ("path", "line", "platform", "account", "stage", "value", "binding", "store")
        }
        facts |= {
            "repository": getattr(known[node.id], "repository", "") or None,
            "mark": node.mark or None,
            "was": node.note or None,
        }
        told = {k: safe(v) if isinstance(v, str) else v for k, v in facts.items() if v is not None}
        made.add_node(
            safe(node.id),
            label=node.title,
            kind=node.kind,
            detail=node.detail,
            shared=node.shared,
            instances=node.instances,
            **told,
        )
    for line in picture.lines:
        more = {"mark": line.mark} if line.mark else {}
        told = {
            "kind": line.kind,
            "certainty": line.certainty,
            "dormant": line.dormant,
            "label": line.words or line.kind,
        }
        made.add_edge(safe(line.source), safe(line.target), key=line.kind, **told, **more)
    return "\n".join(networkx.generate_graphml(made, named_key_ids=True)) + "\n"
