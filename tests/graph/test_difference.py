"""The graph's difference: what holds for any two graphs, and what is no difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from modelguard.graph.build import analyse, counted
from modelguard.graph.difference import difference
from modelguard.graph.model import Consumer, Edge, Field, Graph, Model, Node
from modelguard.graph.query import Index, focus
from modelguard.graph.read import read_graph
from modelguard.report.difference import document, lines, text
from modelguard.report.graph_json import document as graph_document
from modelguard.report.layout import place
from modelguard.report.view import drawing
from modelguard.workspace import open_ref


@st.composite
def graphs(draw: Callable[..., object]) -> Graph:
    """Small graphs of six fields and five consumers; definitions may refer to each other in a circle."""
    field_ids, consumer_ids = [f"field:f{i}" for i in range(6)], [f"consumer:c{i}" for i in range(5)]
    values = draw(st.lists(st.sampled_from(["a", "b"]), min_size=6, max_size=6))
    pairs = st.tuples(st.sampled_from(consumer_ids), st.sampled_from(field_ids))
    uses = draw(st.sets(pairs, max_size=8))
    derives = draw(st.sets(st.tuples(st.sampled_from(field_ids), st.sampled_from(field_ids)), max_size=4))
    assert isinstance(values, list)
    assert isinstance(uses, set)
    assert isinstance(derives, set)
    nodes: list[Node] = [Model(f"model:{v}", v, "", v) for v in ("a", "b")]
    nodes += [Field(i, i[6:], "f.yaml", n + 1, 1, values[n], "literal") for n, i in enumerate(field_ids)]
    nodes += [Consumer(i, i[9:], "service", "c.yaml", n + 1, n + 1) for n, i in enumerate(consumer_ids)]
    edges = [Edge(i, f"model:{v}", "names") for i, v in zip(field_ids, values, strict=True)]
    edges += [Edge(c, f, "uses", via=(("f.yaml", 1), ("c.yaml", 2))) for c, f in sorted(uses)]
    edges += [Edge(a, b, "derives") for a, b in sorted(derives) if a != b]
    edges.sort(key=lambda e: (e.source, e.target, e.kind))
    return Graph(nodes=tuple(sorted(counted(nodes, edges), key=lambda n: n.id)), edges=tuple(edges))


@given(graphs())
def test_nothing_differs_from_itself(graph: Graph) -> None:
    found = difference(graph, graph)
    assert found.empty
    assert lines(found) == ()
    assert found.union == graph


@given(graphs(), graphs())
def test_there_and_back_are_mirrors(one: Graph, two: Graph) -> None:
    there, back = difference(one, two), difference(two, one)
    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert [m.one for m in there.split] == [m.one for m in back.merged]
    assert {(m.field, m.before, m.after) for m in there.models} == {(m.field, m.after, m.before) for m in back.models}
    assert {e.kind for e in there.new_edges} <= {"uses", "holds", "derives"}
    json.dumps(document(there, None))
    assert text(there, "main").endswith("\n")


@given(graphs())
def test_a_graph_survives_being_written_and_read(graph: Graph) -> None:
    assert read_graph(json.dumps(graph_document(graph)).encode(), "g.json") == graph


@given(graphs(), st.integers(0, 4))
def test_focus_keeps_whole_what_it_is_about(graph: Graph, number: int) -> None:
    consumer = f"consumer:c{number}"
    part = Index(focus(graph, consumer))
    whole = Index(graph)
    assert set(part.targets(consumer, "uses")) == set(whole.targets(consumer, "uses"))
    for field in part.targets(consumer, "uses"):
        assert part.roots(field) == whole.roots(field)


@given(graphs())
def test_no_two_boxes_of_a_picture_overlap(graph: Graph) -> None:
    picture = drawing(graph)
    placed = place(picture)
    boxes = [placed.boxes[n.id] for n in picture.nodes]
    for number, a in enumerate(boxes):
        assert a.x >= 0
        assert a.x + a.width <= placed.width
        assert a.y + a.height <= placed.height
        for b in boxes[number + 1 :]:
            apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
            assert apart
    assert len(placed.ways) == len(picture.lines)


def test_another_way_to_the_same_field_is_no_difference_in_readers(iceberg: Path) -> None:
    main, split = (analyse(open_ref(iceberg, branch)) for branch in ("main", "split"))
    found = difference(main, split)
    assert {c.rpartition("#")[2] for c, _ in found.gained} == {"entity-training.train"}
    assert {c.rpartition("#")[2] for c, _ in found.lost} == {"entity-training.train"}
    (one,) = found.split
    by = {node.rpartition("#")[2]: {c.rpartition("#")[2] for c in consumers} for node, consumers in one.many}
    assert by["llm.training_model_name"] == {"entity-training.train"}
    assert by["llm.llm_model_name"] == {"health-check", "inference-api", "matcher_dev", "matcher_prod"}
