"""A modelguard.graph/1 document read back into a graph, as `graph merge` and `check --with-graphs` are given it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from modelguard.errors import InputError
from modelguard.graph.model import (
    Consumer,
    Coverage,
    Edge,
    Field,
    Gap,
    Graph,
    Model,
    Node,
    Repository,
    Site,
    Token,
    Unresolved,
)  # fmt: skip

MAX_BYTES = 256 * 1024 * 1024
_KINDS: dict[str, type] = {"field": Field, "token": Token, "site": Site, "consumer": Consumer, "model": Model}


def read_graph(data: bytes, path: str) -> Graph:
    """The graph in a document. Raises InputError with the path for anything that modelguard.graph/1 does not allow."""
    from jsonschema import Draft202012Validator

    from modelguard.schemas.load import schema

    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024 // 1024} MiB", path=path)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON", path=path, hint="modelguard graph --format json writes it") from error
    problem = next(iter(Draft202012Validator(schema("graph")).iter_errors(document)), None)
    if problem is not None:
        raise InputError(f"not a modelguard.graph/1: {problem.json_path}: {problem.message[:160]}", path=path)
    nodes = tuple(_node(entry) for entry in document["nodes"])
    known = {n.id for n in nodes}
    edges = tuple(_edge(entry) for entry in document["edges"])
    loose = next((e for e in edges if e.source not in known or e.target not in known), None)
    if loose is not None:
        raise InputError(f"an edge leads to a node that is not there: {loose.source} → {loose.target}", path=path)
    return Graph(
        root=document["root"],
        commit=document["commit"],
        nodes=nodes,
        edges=edges,
        unresolved=tuple(
            Unresolved(u["path"], u["line"], u["kind"], u["why"], tuple(u.get("consumers", ())))
            for u in document["unresolved"]
        ),
        coverage=_coverage(document["coverage"]),
        link=document.get("link"),
        repositories=tuple(
            Repository(r["name"], r.get("commit"), r.get("link")) for r in document.get("repositories", ())
        ),
    )


def _node(entry: dict[str, Any]) -> Node:
    kind = _KINDS[entry["kind"]]
    given = {f.name: entry[f.name] for f in fields(kind) if f.name in entry}
    if kind is Token:
        given.setdefault("column", 1)
        given["store"] = given.get("store") or ""
    elif kind is Site:
        given.setdefault("column", 1)
    elif kind is Consumer:
        given["aliases"] = tuple(given.get("aliases", ()))
    made: Node = kind(**given)
    return made


def _edge(entry: dict[str, Any]) -> Edge:
    via = tuple((path, line) for path, line in entry["via"])
    dormant = bool(entry.get("dormant"))
    return Edge(entry["source"], entry["target"], entry["kind"], entry["certainty"], entry["why"], via, dormant)


def _coverage(entry: dict[str, Any]) -> Coverage:
    return Coverage(
        files=entry["files"],
        parsed=entry["parsed"],
        skipped=tuple(sorted(entry["skipped"].items())),
        failed=tuple(Gap(g["path"], g["why"]) for g in entry["failed"]),
        calls=entry["calls"],
        calls_resolved=entry["calls_resolved"],
    )
