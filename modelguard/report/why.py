"""One link, line by line, so that a person can check it: `graph --why CONSUMER FIELD`."""

from __future__ import annotations

from collections.abc import Callable

from modelguard.errors import InputError
from modelguard.extract.secrets import masked
from modelguard.graph.model import Consumer, Field, Graph, Site, Token
from modelguard.graph.query import Index, resolve
from modelguard.report.words import safe


def render(graph: Graph, consumer: str, node: str, source: Callable[[str], bytes | None]) -> str:
    """The evidence for one link with the lines it rests on. Raises InputError where there is no such link.

    `source` gives a file's bytes. Lines on the way of a token are not shown, only named: they may hold it.
    """
    who = resolve(graph, consumer, (Consumer,))
    what = resolve(graph, node, (Field, Token))
    index = Index(graph)
    kinds = ("uses", "holds")
    reader = next((r for kind in kinds for r in index.readers(what.id, kind) if r.consumer.id == who.id), None)
    if reader is None:
        raise InputError(f"{who.name} does not use {what.name}", hint="modelguard graph shows who does")
    edge = reader.edge
    doubt = f": {edge.why}" if edge.why else ""
    lines = [f"{safe(reader.consumer.name)} {edge.kind} {safe(what.name)}      {edge.certainty}{safe(doubt)}", ""]
    places = [f"{path}:{line}" for path, line in edge.via]
    width = max((len(p) for p in places), default=0)
    spends = _calls(index, reader.consumer)
    for number, (place, shown) in enumerate(zip(edge.via, places, strict=True)):
        text = "" if isinstance(what, Token) else _line(source(place[0]), place[1])
        last = number == len(places) - 1 and any(p in spends for p in edge.via[:number])
        role = "← spends" if place in spends else "← runs it" if last else ""
        lines.append(f"  {safe(shown):{width}}   {text}{'   ' if text and role else ''}{role}".rstrip())
    return "\n".join(lines) + "\n"


def _calls(index: Index, consumer: Consumer) -> set[tuple[str, int]]:
    """The lines on which a consumer's code spends."""
    sites = [index.nodes[t] for t in index.targets(consumer.id, "runs")]
    return {(s.path, s.line) for s in sites if isinstance(s, Site) and s.role == "call"}


def _line(data: bytes | None, number: int) -> str:
    if data is None:
        return ""
    lines = data.decode("utf-8", "replace").splitlines()
    return safe(masked(lines[number - 1].strip())[:100]) if 0 < number <= len(lines) else ""
