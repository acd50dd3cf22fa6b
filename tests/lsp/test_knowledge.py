"""Answers of the language server without the protocol: what a hostile name may do to Markdown (nothing)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from modelguard.graph.model import Consumer, Edge, Field, Graph, Site
from modelguard.lsp.knowledge import Knowledge
from modelguard.workspace import ReadFailed
from modelguard.workspace.overlay import Overlay
from modelguard.workspace.tree import Entry


def graph(name: str) -> Graph:
    field = Field("field:a.yaml#model", name, "a.yaml", 3, 1, name, "literal", True, 2)
    consumers = tuple(Consumer(f"consumer:b{i}", f"{name}{i}", "lambda", "b.tf", i + 1) for i in range(30))
    site = Site("site:read:c.py:4:1", "read", "main", "c.py", 4, 1)
    edges = (*(Edge(c.id, field.id, "uses") for c in consumers), Edge(site.id, field.id, "reads"))
    return Graph(nodes=(field, site, *consumers), edges=edges)


@given(st.text(max_size=30))
def test_no_name_makes_markup(name: str) -> None:
    told = Knowledge(graph(name)).hover("a.yaml", 3)
    assert told is not None
    plain = told.replace("\\\\", "").replace("\\|", "").replace("\\<", "").replace("\\[", "").replace("\\*", "")
    rows = [line for line in plain.split("\n") if line.startswith("|")]
    assert len(rows) == 22
    assert all(row.count("|") == 6 for row in rows)
    assert "\n\nand 10 more" in told


def test_answers_by_line() -> None:
    known = Knowledge(graph("model"))
    assert known.readers("a.yaml", 3)[0] == ("c.py", 4)
    assert known.definitions("c.py", 4) == [("a.yaml", 3)]
    assert known.hover("c.py", 4) == known.hover("a.yaml", 3)
    assert known.hover("c.py", 5) is None
    assert [lens.words for lens in known.lenses("a.yaml")] == ["read by 30 consumers"]
    assert known.lenses("c.py") == []


class Below:
    """A tree with one file."""

    name, commit, gaps = "below", None, ()
    entries = (Entry("a", 1, "x"), Entry("c", 1, "y"))

    def read(self, path: str) -> bytes | ReadFailed:
        return b"below" if path in ("a", "c") else ReadFailed(path, "no")

    def read_many(self, paths):  # type: ignore[no-untyped-def]
        return ((p, self.read(p)) for p in paths)


def test_an_overlay_shows_what_the_editor_has() -> None:
    tree = Overlay(Below(), {"a": b"typed", "b": b"new"})
    assert [(e.path, e.size) for e in tree.entries] == [("a", 5), ("b", 3), ("c", 1)]
    assert tree.entries[0].blob != "x"
    assert dict(tree.read_many(["a", "b", "c", "d"])) == {
        "a": b"typed", "b": b"new", "c": b"below", "d": ReadFailed("d", "no")
    }  # fmt: skip
    assert (tree.read("b"), tree.read("c")) == (b"new", b"below")
