"""The graph as a modelguard.graph/1 document. The same graph gives the same bytes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from modelguard.graph.model import Consumer, Coverage, Edge, Field, Graph, Model, Node, Site, Token

SCHEMA = "modelguard.graph/1"
_KINDS: dict[type, str] = {Field: "field", Token: "token", Site: "site", Consumer: "consumer", Model: "model"}
_OPTIONAL = frozenset({"why", "role", "api", "dormant", "repository"})
"""Keys that are left out where they say nothing; a site's `role` always says something."""


def document(graph: Graph) -> dict[str, Any]:
    """The whole graph, ready for json.dumps."""
    shown: dict[str, Any] = {"schema": SCHEMA, "root": graph.root, "commit": graph.commit}
    if graph.link is not None:
        shown["link"] = graph.link
    if graph.repositories:
        shown["repositories"] = [{"name": r.name, "commit": r.commit, "link": r.link} for r in graph.repositories]
    return shown | {
        "nodes": [_node(node) for node in graph.nodes],
        "edges": [_edge(edge) for edge in graph.edges],
        "unresolved": [
            {"path": u.path, "line": u.line, "kind": u.kind, "why": u.why, "consumers": list(u.consumers)}
            for u in graph.unresolved
        ],
        "coverage": coverage(graph.coverage),
    }


def _node(node: Node) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": node.id, "kind": _KINDS[type(node)]}
    for spec in fields(node):
        value = getattr(node, spec.name)
        if spec.name == "id" or (spec.name in _OPTIONAL and not value):
            continue
        shown[spec.name] = list(value) if isinstance(value, tuple) else value
    return shown


def _edge(edge: Edge) -> dict[str, Any]:
    shown: dict[str, Any] = {"source": edge.source, "target": edge.target, "kind": edge.kind}
    shown |= {"certainty": edge.certainty, "why": edge.why, "via": [list(place) for place in edge.via]}
    return shown | ({"dormant": True} if edge.dormant else {})


def coverage(counted: Coverage) -> dict[str, Any]:
    """What was looked at, as it stands in graph and report."""
    return {
        "files": counted.files,
        "parsed": counted.parsed,
        "skipped": dict(counted.skipped),
        "failed": [{"path": gap.path, "why": gap.why} for gap in counted.failed],
        "calls": counted.calls,
        "calls_resolved": counted.calls_resolved,
    }
