"""Reads a case's expected.yaml and compares it with a graph document; tests/cases/README.md has the format.

`python tests/caselib.py FOLDER` prints the graph of any folder in that format, as a draft to check by eye.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
STRENGTH = ("possible", "likely", "certain")

Node = dict[str, Any]
Place = tuple[str, int]

TOP_KEYS = {"about", "fields", "tokens", "consumers", "unresolved", "coverage", "secrets", "exactly"}
SHARED_KEYS = {
    "at", "name", "shared", "instances", "users", "holds", "derives", "through", "reads", "calls",
}  # fmt: skip
KEYS = {
    "fields": SHARED_KEYS | {"value", "value_source", "models", "role"},
    "tokens": SHARED_KEYS | {"binding", "store", "holders"},
    "consumers": {"name", "at", "platform", "instances", "account", "stage", "aliases"},
    "unresolved": {"at", "kind", "why"},
}


class BadCase(Exception):
    """An expected.yaml that says something this harness does not understand."""


@dataclass(frozen=True)
class Case:
    """A small repository and what must be known about it."""

    name: str
    repo: Path
    expected: dict[str, Any]


def load(folder: Path) -> Case:
    """The case in `folder`. Raises BadCase for an unknown key."""
    expected = yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))
    unknown = set(expected) - TOP_KEYS
    for section, keys in KEYS.items():
        for entry in expected.get(section) or []:
            unknown |= set(entry) - keys
    if unknown:
        raise BadCase(f"{folder.name}/expected.yaml: unknown keys {sorted(unknown)}")
    return Case(folder.name, folder / "repo", expected)


def called(consumer: dict[str, Any]) -> str:
    """A consumer's name, with its stage where it is deployed in several: `api@prod`."""
    return f"{consumer['name']}@{consumer['stage']}" if consumer.get("stage") else str(consumer["name"])


def names() -> list[str]:
    """All cases, by folder name."""
    return sorted(path.parent.name for path in CASES.glob("*/expected.yaml"))


def resolve(repo: Path, anchor: str) -> Place:
    """The (path, line) of `path:line`, or of `path ~ text` with an optional ` #n` for the n-th line that has it."""
    path, tilde, text = anchor.partition(" ~ ")
    if not tilde:
        path, _, number = anchor.rpartition(":")
        return path, int(number)
    text, _, nth = text.strip().partition(" #")
    content = (repo / path).read_bytes().decode("utf-8", errors="replace").split("\n")
    hits = [number for number, line in enumerate(content, 1) if text in line]
    if nth:
        return path, hits[int(nth) - 1]
    if len(hits) != 1:
        raise BadCase(f"{anchor!r}: {len(hits)} lines have that text; add ' #n'")
    return path, hits[0]


class View:
    """A graph document, asked the way an expected.yaml speaks."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.nodes: dict[str, Node] = {node["id"]: node for node in document["nodes"]}
        self.into: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.out: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for edge in document["edges"]:
            self.into[edge["target"]].append(edge)
            self.out[edge["source"]].append(edge)

    def of_kind(self, kind: str) -> list[Node]:
        return [node for node in self.nodes.values() if node["kind"] == kind]

    def at(self, kind: str, place: Place) -> list[Node]:
        return [node for node in self.of_kind(kind) if (node["path"], node["line"]) == place]

    def derived(self, node: Node) -> dict[str, int]:
        """`node` and all that takes its value from it, each with the strength of the chain's weakest link."""
        return self._walk(node, lambda current: ((e["source"], e) for e in self.into[current]))

    def sources(self, node: Node) -> dict[str, int]:
        """`node` and all that it takes its value from."""
        return self._walk(node, lambda current: ((e["target"], e) for e in self.out[current]))

    def _walk(self, node: Node, step: Callable[[str], Iterable[tuple[str, dict[str, Any]]]]) -> dict[str, int]:
        best, todo = {node["id"]: len(STRENGTH) - 1}, [node["id"]]
        while todo:
            current = todo.pop()
            for other, edge in step(current):
                strength = min(best[current], STRENGTH.index(edge["certainty"]))
                if edge["kind"] == "derives" and best.get(other, -1) < strength:
                    best[other] = strength
                    todo.append(other)
        return best

    def holders(self, node: Node, kind: str) -> dict[str, str]:
        """Consumers by name with a `uses` or `holds` edge to `node` or to what derives from it, and how certainly."""
        found: dict[str, int] = {}
        for current, strength in self.derived(node).items():
            for edge in self.into[current]:
                if edge["kind"] == kind:
                    name = called(self.nodes[edge["source"]])
                    weakest = min(strength, STRENGTH.index(edge["certainty"]))
                    found[name] = max(found.get(name, -1), weakest)
        return {name: STRENGTH[strength] for name, strength in found.items()}

    def read_at(self, node: Node) -> set[Place]:
        """Where code takes the value: reads, and calls that take it without a read between."""
        return {self._place(e["source"]) for d in self.derived(node) for e in self.into[d] if e["kind"] == "reads"}

    def called_at(self, node: Node) -> set[Place]:
        """Where it is spent: calls fed by one of the reads, or that take it themselves."""
        sites = [e["source"] for d in self.derived(node) for e in self.into[d] if e["kind"] == "reads"]
        sites += [e["source"] for site in sites for e in self.into[site] if e["kind"] == "calls"]
        return {self._place(site) for site in sites if self.nodes[site]["role"] == "call"}

    def models(self, node: Node) -> set[str]:
        return {self.nodes[e["target"]]["name"] for e in self.out[node["id"]] if e["kind"] == "names"}

    def _place(self, identity: str) -> Place:
        return self.nodes[identity]["path"], self.nodes[identity]["line"]


def compare(case: Case, document: dict[str, Any]) -> list[str]:
    """All differences, a line each; empty when the graph is what the case says."""
    view = View(document)
    problems: list[str] = []
    for kind in ("field", "token"):
        covered: set[str] = set()
        for entry in case.expected.get(f"{kind}s") or []:
            problems += _node(case, view, kind, entry, covered)
        if case.expected.get("exactly", True):
            problems += [
                f"unexpected {kind} {node['name']} at {node['path']}:{node['line']} (value {node.get('value')!r})"
                for node in view.of_kind(kind)
                if node["id"] not in covered
            ]
    return [*problems, *_consumers(case, view), *_unresolved(case, view), *_coverage(case, view)]


def _node(case: Case, view: View, kind: str, entry: dict[str, Any], covered: set[str]) -> Iterator[str]:
    """Differences of one expected field or token; adds the nodes it accounts for to `covered`."""
    place = resolve(case.repo, entry["at"])
    label = f"{kind} {place[0]}:{place[1]}"
    candidates = [node for node in view.at(kind, place) if entry.get("name") in (None, node["name"])]
    if "value" in entry and len(candidates) > 1:
        candidates = [node for node in candidates if node["value"] == entry["value"]]
    if len(candidates) != 1:
        here = [node["name"] for node in view.at(kind, place)]
        yield f"{label}: {len(candidates)} such nodes, 1 expected ({kind}s on that line: {here})"
        covered.update(node["id"] for node in candidates)
        return
    node = candidates[0]
    covered.add(node["id"])
    for anchor in entry.get("through") or []:
        for via in view.at(kind, resolve(case.repo, anchor)):
            covered.add(via["id"])
            if node["id"] not in view.sources(via):
                yield f"{label}: {via['name']} at {anchor} does not derive from it"
    for key in ("value", "value_source", "shared", "instances", "holders", "binding", "role"):
        if key in entry and node.get(key) != entry[key]:
            yield f"{label}: {key} is {node.get(key)!r}, expected {entry[key]!r}"
    if "store" in entry and entry["store"] not in (node.get("store") or ""):
        yield f"{label}: store {node.get('store')!r} does not name {entry['store']!r}"
    yield from _readers(case, view, label, node, entry)


def _readers(case: Case, view: View, label: str, node: Node, entry: dict[str, Any]) -> Iterator[str]:
    """Differences in who uses, holds, reads, calls, and what it derives from and names."""
    if "users" in entry:
        users = view.holders(node, "uses")
        want: dict[str, str] = entry["users"] or {}
        yield from _sets(label, "users", set(users), set(want))
        for name in sorted(set(users) & set(want)):
            if want[name] != "any" and users[name] not in want[name].split("|"):
                yield f"{label}: {name} uses it {users[name]}, expected {want[name]}"
    if "holds" in entry:
        only = set(view.holders(node, "holds")) - set(view.holders(node, "uses"))
        yield from _sets(label, "held by", only, set(entry["holds"] or []))
    if "models" in entry:
        yield from _sets(label, "models", view.models(node), set(entry["models"] or []))
    for key, actual in (("reads", view.read_at), ("calls", view.called_at)):
        if key in entry:
            yield from _sets(label, key, actual(node), {resolve(case.repo, a) for a in entry[key] or []})
    targets = {view._place(identity) for identity in view.sources(node) if identity != node["id"]}
    for anchor in entry.get("derives") or []:
        if resolve(case.repo, anchor) not in targets:
            yield f"{label}: does not derive from {anchor}; it derives from {sorted(targets)}"


def _sets(label: str, what: str, got: set[Any], want: set[Any]) -> Iterator[str]:
    def show(items: set[Any]) -> str:
        return ", ".join(sorted(f"{i[0]}:{i[1]}" if isinstance(i, tuple) else str(i) for i in items))

    if got - want:
        yield f"{label}: {what}: unexpected {show(got - want)}"
    if want - got:
        yield f"{label}: {what}: missing {show(want - got)}"


def _consumers(case: Case, view: View) -> Iterator[str]:
    expected = case.expected.get("consumers") or []
    for entry in expected:
        found = [node for node in view.of_kind("consumer") if called(node) == called(entry)]
        if len(found) != 1:
            yield f"consumer {entry['name']}: {len(found)} nodes, 1 expected"
            continue
        node = found[0]
        if "at" in entry and (node["path"], node["line"]) != resolve(case.repo, entry["at"]):
            yield f"consumer {entry['name']}: at {node['path']}:{node['line']}, expected {entry['at']}"
        for key in ("platform", "instances", "account", "stage", "aliases"):
            if key in entry and node.get(key) != entry[key]:
                yield f"consumer {entry['name']}: {key} is {node.get(key)!r}, expected {entry[key]!r}"
    if not case.expected.get("exactly", True):
        return
    known = {called(entry) for entry in expected}
    for section in ("fields", "tokens"):
        for entry in case.expected.get(section) or []:
            known |= set(entry.get("users") or {}) | set(entry.get("holds") or [])
    for node in view.of_kind("consumer"):
        if called(node) not in known and view.out[node["id"]]:
            yield f"unexpected consumer {node['name']} at {node['path']}:{node['line']}"


def _unresolved(case: Case, view: View) -> Iterator[str]:
    left = list(view.document["unresolved"])
    for entry in case.expected.get("unresolved") or []:
        place = resolve(case.repo, entry["at"])
        found = [u for u in left if (u["path"], u["line"]) == place and entry.get("kind") in (None, u["kind"])]
        if not found:
            yield f"unresolved {place[0]}:{place[1]}: not reported"
        elif entry.get("why", "").lower() not in " ".join(u["why"] for u in found).lower():
            yield f"unresolved {place[0]}:{place[1]}: why {[u['why'] for u in found]} lacks {entry['why']!r}"
        left = [u for u in left if u not in found]
    if case.expected.get("exactly", True):
        for u in left:
            if u["kind"] in ("model", "token"):
                yield f"unexpected unresolved {u['kind']} at {u['path']}:{u['line']}: {u['why']}"


def _coverage(case: Case, view: View) -> Iterator[str]:
    coverage, expected = view.document["coverage"], case.expected.get("coverage") or {}
    for key in ("calls", "calls_resolved"):
        if key in expected and coverage[key] != expected[key]:
            yield f"coverage: {key} is {coverage[key]}, expected {expected[key]}"
    yield from _sets("coverage", "failed", {gap["path"] for gap in coverage["failed"]}, set(expected.get("failed", [])))


def draft(document: dict[str, Any]) -> str:
    """The document in the format of expected.yaml, with places as path:line."""
    view = View(document)

    def places(found: set[Place]) -> list[str]:
        return [f"{path}:{line}" for path, line in sorted(found)]

    def entry(node: Node, keys: tuple[str, ...]) -> dict[str, Any]:
        shown = {"at": f"{node['path']}:{node['line']}", "name": node["name"]}
        shown |= {key: node.get(key) for key in keys}
        shown |= {"users": view.holders(node, "uses"), "holds": sorted(view.holders(node, "holds"))}
        shown["derives"] = places({view._place(i) for i in view.sources(node) if i != node["id"]})
        return shown | {"reads": places(view.read_at(node)), "calls": places(view.called_at(node))}

    consumer_keys = ("name", "platform", "instances", "account", "stage", "aliases")
    return yaml.safe_dump(
        {
            "fields": [
                entry(n, ("value", "shared", "instances")) | {"models": sorted(view.models(n))}
                for n in view.of_kind("field")
            ],
            "tokens": [entry(n, ("binding", "store", "shared", "holders")) for n in view.of_kind("token")],
            "consumers": [
                {"at": f"{n['path']}:{n['line']}"} | {key: n.get(key) for key in consumer_keys}
                for n in view.of_kind("consumer")
            ],
            "unresolved": [
                {"kind": u["kind"], "why": u["why"], "at": f"{u['path']}:{u['line']}"} for u in document["unresolved"]
            ],
            "coverage": document["coverage"],
        },
        sort_keys=False,
        width=120,
        allow_unicode=True,
    )


def analysed(folder: Path) -> dict[str, Any]:
    """The graph document of `folder`."""
    from modelguard.graph.build import analyse
    from modelguard.report.graph_json import document
    from modelguard.workspace import open_working

    shown: dict[str, Any] = document(analyse(open_working(folder)))
    return shown


if __name__ == "__main__":
    print(draft(analysed(Path(sys.argv[1]))))
