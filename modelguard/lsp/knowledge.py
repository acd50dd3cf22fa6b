"""What the server knows of a folder at one moment, and its answers: hover, lenses, readers, definitions. No protocol."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from modelguard.graph.model import Consumer, Field, Graph, Site, Token
from modelguard.graph.query import Index, Reader
from modelguard.policy.findings import Finding
from modelguard.report.view import shared_words, value_words
from modelguard.report.whatif import Outlook, WhatIf
from modelguard.report.words import count, dollars, platform, safe

Place = tuple[str, int]
MOST_ROWS = 20


@dataclass(frozen=True)
class Lens:
    """A line's words above it, and the node they are about."""

    line: int
    words: str
    node: str


@dataclass(frozen=True)
class Knowledge:
    """A graph with its findings and costs. `widths` are lengths of lines that findings stand on, in UTF-16 units."""

    graph: Graph
    findings: tuple[Finding, ...] = ()
    whatif: WhatIf | None = None
    widths: dict[Place, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Indexes, made once."""
        index = Index(self.graph)
        at: dict[Place, list[str]] = defaultdict(list)
        for node in self.graph.nodes:
            if isinstance(node, (Field, Token, Site, Consumer)):
                at[node.path, node.line].append(node.id)
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_at", at)

    @property
    def index(self) -> Index:
        """The graph by ids."""
        found: Index = self._index  # type: ignore[attr-defined]
        return found

    def read_at(self, path: str, line: int) -> list[Field | Token]:
        """The fields and tokens that a line defines, or that the code on it reads."""
        found: dict[str, Field | Token] = {}
        for node_id in self._at.get((path, line), ()):  # type: ignore[attr-defined]
            node = self.index.nodes[node_id]
            targets = [node_id]
            if isinstance(node, Site):
                sites = [node_id, *self.index.targets(node_id, "calls")]
                targets = [t for s in sites for t in self.index.targets(s, "reads")]
            elif isinstance(node, Consumer):
                targets = self.index.targets(node_id, "uses")
            for target in targets:
                read = self.index.nodes[target]
                if isinstance(read, (Field, Token)):
                    found.setdefault(target, read)
        return list(found.values())

    def hover(self, path: str, line: int) -> str | None:
        """Markdown about what a line defines or reads; None where it is nothing of ours."""
        parts = [self._told(node) for node in self.read_at(path, line)]
        return "\n\n---\n\n".join(parts) if parts else None

    def _told(self, node: Field | Token) -> str:
        readers = self.index.readers(node.id)
        if isinstance(node, Field):
            says = f"`{_code(value_words(self.index, node))}`"
        else:
            says = f"token, {node.binding}" + (f", {_plain(node.store)}" if node.store else "")
        lines = [f"**{_plain(node.name)}** = {says}" if isinstance(node, Field) else f"**{_plain(node.name)}**: {says}"]
        place = f"defined at {_plain(node.path)}:{node.line}"
        lines.append(f"{place}; {_shared(readers) if readers else 'read by nobody that is known'}")
        if readers:
            lines.append("\n".join(["| read by | runs as | certainty | costs | budget |", "| --- | --- | --- | --- | --- |"]
                                   + [self._row(r, node) for r in readers[:MOST_ROWS]]))  # fmt: skip
        if len(readers) > MOST_ROWS:
            lines.append(f"and {len(readers) - MOST_ROWS} more")
        if isinstance(node, Token) and node.holders:
            lines.append(f"Rotating it reaches {count(node.holders, 'instance')}.")
        return "\n\n".join(lines)

    def _row(self, reader: Reader, node: Field | Token) -> str:
        edge = reader.edge
        doubt = "only as a fallback" if edge.dormant else edge.certainty
        cost, budget = "", ""
        outlook = self._outlook(reader) if isinstance(node, Field) else None
        if outlook is not None:
            cost = f"{dollars(outlook.today.expected)} a day" if outlook.today.expected is not None else "unknown"
            budget = self._budget(outlook)
        cells = (reader.consumer.name, platform(reader.consumer), doubt, cost, budget)
        return "| " + " | ".join(_plain(c) for c in cells) + " |"

    def _outlook(self, reader: Reader) -> Outlook | None:
        found = self.whatif.outlooks if self.whatif is not None else ()
        named = {getattr(self.index.nodes[t], "raw", "") for t in self.index.targets(reader.through, "names")}
        return next((o for o in found if o.consumer == reader.consumer.id and o.raw in named), None)

    def _budget(self, outlook: Outlook) -> str:
        from modelguard.catalog.identity import identify

        assert self.whatif is not None
        name = identify(outlook.raw).name
        if name not in self.whatif.models:
            return ""
        choice = outlook.choices[self.whatif.models.index(name)]
        return f"{choice.verdict}: {dollars(choice.allowed)} a day" + (f", {choice.owner}" if choice.owner else "")

    def lenses(self, path: str) -> list[Lens]:
        """`read by 5 consumers (53 instances)` for each line of a file that defines something, in order."""
        found = []
        for node in self.graph.nodes:
            if isinstance(node, (Field, Token)) and node.path == path:
                readers = self.index.readers(node.id)
                words = _shared(readers) if readers else "read by nobody that is known"
                known = [o.today.expected for r in readers if (o := self._outlook(r)) and o.today.expected is not None]
                if known:
                    words += f", {dollars(sum(known[1:], known[0]))} a day known"
                found.append(Lens(node.line, words, node.id))
        return sorted(found, key=lambda lens: (lens.line, lens.node))

    def readers(self, path: str, line: int) -> list[Place]:
        """Where what a line defines or reads is read: sites, then the consumers' own definitions."""
        found: dict[Place, None] = {}
        for node in self.read_at(path, line):
            for through in self.index.deriving(node.id):
                for source in self.index.sources(through, "reads"):
                    site = self.index.nodes[source]
                    if isinstance(site, Site):
                        found[site.path, site.line] = None
            for reader in self.index.readers(node.id):
                found[reader.consumer.path, reader.consumer.line] = None
        return list(found)

    def definitions(self, path: str, line: int) -> list[Place]:
        """Where a person would edit what is read on a line."""
        roots = {r for node in self.read_at(path, line) for r in self.index.roots(node.id)}
        nodes = [self.index.nodes[r] for r in sorted(roots)]
        return [(n.path, n.line) for n in nodes if isinstance(n, (Field, Token))]


def _shared(readers: list[Reader]) -> str:
    copies = sum(r.consumer.instances for r in readers)
    if len(readers) == 1:
        return shared_words(1, copies) if copies > 1 else "read by 1 consumer"
    return f"read by {count(len(readers), 'consumer')}" + (
        f" ({count(copies, 'instance')})" if copies > len(readers) else ""
    )


def _plain(text: str) -> str:
    """Text of a repository inside Markdown: nothing in it is markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~&" else c for c in safe(text))


def _code(text: str) -> str:
    return safe(text).replace("`", "'")
