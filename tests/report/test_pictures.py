"""Mermaid, DOT, GraphML and SVG: exact output, real parsers, and the same nodes and edges in all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snaplib import snapshot

from modelguard.graph.build import analyse
from modelguard.graph.difference import difference
from modelguard.graph.model import Consumer, Edge, Field, Graph
from modelguard.report import dot, graphml, mermaid, svg
from modelguard.report.difference import marks
from modelguard.report.view import drawing
from modelguard.workspace import open_ref

NASTY = 'x"]; </title><script>alert(1)</script> \\ \\" #quot; -->|a| `b` \u202egnp\n{{e}}%%'


def example(iceberg: Path, branch: str = "main") -> Graph:
    return analyse(open_ref(iceberg, branch))


def many(count: int, name: str = "worker") -> Graph:
    """One field, `count` consumers that all read it, named so that a careless writer would break."""
    field = Field("field:a.yaml#model", "model", "a.yaml", 1, 1, "gpt-4o", "literal", True, count)
    consumers = tuple(
        Consumer(f"consumer:b.yaml#{name}{i}", f"{name}{i}", "lambda", "b.yaml", i + 1) for i in range(count)
    )
    edges = tuple(Edge(c.id, field.id, "uses") for c in consumers)
    return Graph(nodes=(field, *consumers), edges=edges)


Ends = tuple[set[str], set[tuple[str, str]]]


def of_dot(text: str) -> Ends:
    """Nodes and (reader, read) as Graphviz itself understands them."""
    if shutil.which("dot") is None:
        if os.environ.get("MODELGUARD_CI"):
            pytest.fail("graphviz is missing in CI")
        pytest.skip("graphviz is not installed")
    import json

    done = subprocess.run(["dot", "-Tjson0"], input=text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    read = json.loads(done.stdout)
    names = {o["_gvid"]: o["name"] for o in read.get("objects", []) if "nodes" not in o}
    return set(names.values()), {(names[e["head"]], names[e["tail"]]) for e in read.get("edges", [])}


def of_graphml(text: str) -> Ends:
    read = networkx.parse_graphml(text, force_multigraph=True)
    return set(read.nodes), {(a, b) for a, b, _ in read.edges(keys=True)}


def of_svg(text: str) -> Ends:
    root = ElementTree.fromstring(text)
    groups = list(root.iter("{http://www.w3.org/2000/svg}g"))
    return {g.attrib["data-id"] for g in groups if "data-id" in g.attrib}, {
        (g.attrib["data-source"], g.attrib["data-target"]) for g in groups if "data-source" in g.attrib
    }


def of_view(graph: Graph) -> Ends:
    picture = drawing(graph)
    return {n.id for n in picture.nodes}, {(line.source, line.target) for line in picture.lines}


def test_the_example_in_every_format(iceberg: Path) -> None:
    graph = example(iceberg)
    snapshot("graph-main.mmd", mermaid.render(graph))
    snapshot("graph-main.dot", dot.render(graph))
    snapshot("graph-main.graphml", graphml.render(graph))
    snapshot("graph-main.svg", svg.render(graph))


def test_all_formats_have_the_same_nodes_and_edges(iceberg: Path) -> None:
    graph = example(iceberg)
    expected = of_view(graph)
    assert {n.split(":")[0] for n in expected[0]} == {"field", "token", "consumer"}
    assert len(expected[0]) == 11
    assert len(expected[1]) == 13
    assert of_dot(dot.render(graph)) == expected
    assert of_graphml(graphml.render(graph)) == expected
    assert of_svg(svg.render(graph)) == expected


def test_the_difference_in_every_format(iceberg: Path) -> None:
    found = difference(example(iceberg), example(iceberg, "split"))
    assert [m.one.split("#")[1] for m in found.split] == ["llm.llm_model_name"]
    snapshot("graph-split.mmd", mermaid.render(found.union, marks(found)))
    text = dot.render(found.union, marks(found))
    assert "llm.training_model_name (new)" in text
    assert of_dot(text) == of_view(found.union)
    read = networkx.parse_graphml(graphml.render(found.union, marks(found)), force_multigraph=True)
    new = {n for n, facts in read.nodes(data=True) if facts.get("mark") == "new"}
    assert new == {"field:config/project.yaml#llm.training_model_name"}
    assert {(e["mark"]) for *_, e in read.edges(data=True) if "mark" in e} == {"new", "gone"}
    assert of_svg(svg.render(found.union, marks(found))) == of_view(found.union)


def test_an_empty_graph_says_so() -> None:
    for render in (mermaid.render, svg.render):
        assert "no model field or token was found" in render(Graph())
    assert of_dot(dot.render(Graph())) == (set(), set())
    assert of_graphml(graphml.render(Graph())) == (set(), set())


def test_names_from_a_hostile_repository_stay_text() -> None:
    graph = many(2, NASTY)
    drawn = of_svg(svg.render(graph))
    assert len(drawn[0]) == 3
    assert len(drawn[1]) == 2
    assert "<script" not in svg.render(graph)
    assert len(of_dot(dot.render(graph))[0]) == 3
    assert of_graphml(graphml.render(graph)) == drawn
    for text in (svg.render(graph), dot.render(graph), mermaid.render(graph), graphml.render(graph)):
        assert "\u202e" not in text
    label = mermaid.render(graph).split("\n")[1]
    assert "<script>" not in label
    assert label.count('"') == 2


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_name_gives_well_formed_pictures(name: str) -> None:
    graph = many(2, name)
    assert len(of_svg(svg.render(graph))[0]) == 3
    assert len(of_graphml(graphml.render(graph))[0]) == 3
    assert mermaid.render(graph).count('"') == 6


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_any_name_passes_through_graphviz(name: str) -> None:
    assert len(of_dot(dot.render(many(2, name)))[0]) == 3


def test_mermaid_folds_to_what_github_draws() -> None:
    text = mermaid.render(many(900))
    assert len(text) <= mermaid.MAX_CHARACTERS
    assert text.count("-->") <= mermaid.MAX_EDGES
    assert "900 Lambdas" in text


def test_mermaid_says_what_it_leaves_out() -> None:
    fields = tuple(Field(f"field:a.yaml#m{i}", f"m{i}", "a.yaml", i + 1, 1, "gpt-4o", "literal") for i in range(400))
    consumers = tuple(Consumer(f"consumer:b.yaml#c{i}", f"c{i}", "lambda", "b.yaml", i + 1) for i in range(400))
    edges = tuple(Edge(c.id, f.id, "uses") for c, f in zip(consumers, fields, strict=True))
    text = mermaid.render(Graph(nodes=(*fields, *consumers), edges=edges))
    assert "and 680 more" in text
