"""What the page knows: the graph, its evidence and its money as one small JSON document, with indexes for ids.

Everything that comes from the scanned repository has gone through `words.safe`; a token's lines are named, never shown.
Amounts are USD a day, as numbers for a page that rounds them; None where unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from modelguard.catalog.identity import identify
from modelguard.cost.model import Interval
from modelguard.extract.secrets import masked
from modelguard.graph.diff import models_of
from modelguard.graph.model import Consumer, Edge, Field, Graph, Node, Token
from modelguard.graph.query import Index
from modelguard.report.day import Day, day_of
from modelguard.report.view import Marks, group_name, groups, value_words
from modelguard.report.whatif import Choice, Money, Outlook, outlooks
from modelguard.report.words import platform, safe

MAX_LINE = 160
MAX_EVIDENCE_LINES = 4_000
"""Source lines shown at most; the rest of the evidence is named by path:line."""


@dataclass(frozen=True)
class Page:
    """Everything the page shows. `source` gives a file's bytes, or None where it is not at hand."""

    graph: Graph
    title: str
    money: Money | None = None
    marks: Marks = field(default_factory=Marks)
    base: str = ""
    difference: tuple[str, ...] = ()
    source: Callable[[str], bytes | None] = lambda _: None


def data(page: Page) -> dict[str, Any]:
    """The document that the page embeds. The same page gives the same document."""
    graph = page.graph
    index = Index(graph)
    shown = [n for n in graph.nodes if isinstance(n, (Field, Token, Consumer))]
    number = {n.id: i for i, n in enumerate(shown)}
    together = sorted(set(groups(index).values()))
    home = {member: g for g, members in enumerate(together) for member in members}
    paths = _Paths(page)
    edges = [_edge(e, number, index, paths, page.marks) for e in _drawn(graph, number)]
    made = {
        "title": safe(page.title),
        "commit": graph.commit,
        "base": safe(page.base) or None,
        "difference": [safe(line) for line in page.difference],
        "nodes": [_node(index, n, number, home, page.marks) for n in shown],
        "groups": [{"n": group_name(index, m), "m": [number[i] for i in m]} for m in together],
        "edges": edges,
        "links": _links(graph),
        "unresolved": [{"p": safe(u.path), "l": u.line, "w": safe(u.why)} for u in graph.unresolved[:500]],
        "unresolvedCount": len(graph.unresolved),
        "coverage": _coverage(graph),
    }
    made["paths"], made["text"] = paths.names, paths.texts()
    return made | _money(page, number)


def _drawn(graph: Graph, number: dict[str, int]) -> Iterator[Edge]:
    for edge in graph.edges:
        if edge.kind in ("uses", "holds", "derives") and edge.source in number and edge.target in number:
            yield edge


class _Paths:
    """Paths by number, and the source lines that evidence rests on."""

    def __init__(self, page: Page) -> None:
        self._source = page.source
        self._numbers: dict[str, int] = {}
        self._wanted: dict[tuple[str, int], None] = {}
        self.names: list[str] = []

    def place(self, path: str, line: int, *, shown: bool) -> list[int]:
        """[number of the path, line]; `shown`: its text may be shown."""
        if path not in self._numbers:
            self._numbers[path] = len(self.names)
            self.names.append(safe(path))
        if shown and len(self._wanted) < MAX_EVIDENCE_LINES:
            self._wanted[path, line] = None
        return [self._numbers[path], line]

    def texts(self) -> dict[str, str]:
        """Lines by `number:line`, with whatever looks like a secret masked."""
        files: dict[str, list[str]] = {}
        found = {}
        for path, line in self._wanted:
            if path not in files:
                data = self._source(path)
                files[path] = data.decode("utf-8", "replace").splitlines() if data is not None else []
            if 0 < line <= len(files[path]):
                found[f"{self._numbers[path]}:{line}"] = safe(masked(files[path][line - 1].strip())[:MAX_LINE])
        return found


def _edge(edge: Edge, number: dict[str, int], index: Index, paths: _Paths, marks: Marks) -> dict[str, Any]:
    secret = isinstance(index.nodes[edge.target], Token)
    made: dict[str, Any] = {"s": number[edge.source], "t": number[edge.target], "k": edge.kind, "c": edge.certainty}
    if edge.why:
        made["w"] = safe(edge.why)
    if edge.via:
        made["v"] = [paths.place(path, line, shown=not secret) for path, line in edge.via]
    if edge.dormant:
        made["x"] = 1
    mark = marks.edges.get((edge.source, edge.target, edge.kind))
    return made | ({"mark": mark} if mark else {})


def _node(index: Index, node: Node, number: dict[str, int], home: dict[str, int], marks: Marks) -> dict[str, Any]:
    assert isinstance(node, (Field, Token, Consumer))
    made: dict[str, Any] = {"id": safe(node.id), "n": safe(node.name), "p": safe(node.path), "l": node.line}
    made["i"] = node.instances
    if isinstance(node, Consumer):
        made |= {"k": "consumer", "d": platform(node), "pf": safe(node.platform)}
        made |= {key: safe(value) for key, value in (("a", node.account), ("st", node.stage)) if value}
    else:
        made |= _read(index, node)
    for key, told in (("g", home.get(node.id)), ("mark", marks.nodes.get(node.id)), ("repo", safe(node.repository))):
        if told or told == 0:
            made[key] = told
    if node.id in marks.notes:
        made["was"] = safe(marks.notes[node.id])
    return made


def _read(index: Index, node: Field | Token) -> dict[str, Any]:
    unreached = [[safe(s.path), s.line] for s in index.unreached_reads(node.id)]
    made: dict[str, Any] = {"s": 1} if node.shared else {}
    if unreached:
        made["u"] = unreached
    if node.why:
        made["w"] = safe(node.why)
    if isinstance(node, Token):
        return made | {"k": "token", "d": node.binding, "store": safe(node.store), "h": node.holders}
    raws = sorted(models_of(index, node.id))
    made |= {
        "k": "field",
        "d": value_words(index, node),
        "m": [safe(identify(r).name) for r in raws],
        "raw": [safe(r) for r in raws],
    }
    return made | ({"role": node.role} if node.role else {})


def _links(graph: Graph) -> list[list[str]]:
    """[path prefix, address with {path} and {line}] for each repository whose forge is known."""
    found = [("", graph.link, graph.commit)] if graph.link else []
    found += [(f"{r.name}/", r.link, r.commit) for r in graph.repositories if r.link]
    return [[safe(prefix), link.replace("{commit}", commit)] for prefix, link, commit in found if link and commit]


def _coverage(graph: Graph) -> dict[str, Any]:
    known = graph.coverage
    failed = [[safe(g.path), safe(g.why)] for g in known.failed[:100]]
    return {
        "files": known.files,
        "parsed": known.parsed,
        "calls": known.calls,
        "resolved": known.calls_resolved,
        "failed": failed,
    }


# -- money ----------------------------------------------------------------------------------------------------------------


def _money(page: Page, number: dict[str, int]) -> dict[str, Any]:
    if page.money is None:
        return {"models": [], "outlooks": [], "day": None}
    found = outlooks(page.graph, page.money)
    rollup = page.money.rollup
    return {
        "models": list(found.models),
        "outlooks": [_outlook(o, number) for o in found.outlooks],
        "day": _day(day_of(page.graph, rollup)),
        "prices": page.money.prices.source if found.models else "",
        "until": safe(rollup.until) if rollup is not None else "",
        "ledger": page.money.ledger is not None,
    }


def _outlook(found: Outlook, number: dict[str, int]) -> dict[str, Any]:
    made: dict[str, Any] = {"c": number[found.consumer], "raw": safe(found.raw), "today": _interval(found.today)}
    if found.source == "unknown":
        made["w"] = safe(found.why)
    whys: dict[str, int] = {}
    made["on"] = [_choice(c, whys) for c in found.choices]
    return made | {"whys": list(whys)}


def _choice(choice: Choice, whys: dict[str, int]) -> list[Any]:
    """[steady, first day, verdict, allowed, owner, number of the reason]."""
    why = whys.setdefault(safe(choice.why), len(whys))
    allowed = round(float(choice.allowed), 2)
    return [
        _interval(choice.steady),
        _interval(choice.first_day),
        choice.verdict,
        allowed,
        safe(choice.owner or ""),
        why,
    ]


def _interval(interval: Interval) -> list[float] | None:
    """[expected, low, high]; None where unknown, and of a single day without ends."""
    if interval.expected is None:
        return None
    ends = (interval.low, interval.high)
    more = [] if None in ends else [round(float(e), 4) for e in ends if e is not None]
    return [round(float(interval.expected), 4), *more]


def _day(day: Day | None) -> dict[str, Any] | None:
    if day is None:
        return None
    series = [
        {
            "n": safe(s.consumer),
            "m": safe(s.model),
            "b": s.before,
            "a": s.after,
            "cold": s.cold,
            "ma": safe(s.model_after),
        }
        for s in day.series
    ]
    left = [safe(name) for name in day.left_out]
    return {"day": safe(day.day), "next": safe(day.next_day), "series": series, "left": left, "switched": day.switched}
