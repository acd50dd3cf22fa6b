"""Mermaid's own parser, in a browser as GitHub runs it: the same nodes, edges and words; and it can draw them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from weblib import chromium, web_modules

from modelguard.graph.build import analyse
from modelguard.graph.difference import difference
from modelguard.graph.model import Consumer, Edge, Field, Graph
from modelguard.report.difference import marks
from modelguard.report.mermaid import render
from modelguard.report.view import Marks, drawing
from modelguard.workspace import open_ref

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.slow
NASTY = 'x"]; </title><script>alert(1)</script> \\ #quot; -->|a| `b` {{e}}%% end click ;'


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    modules = web_modules(tmp_path_factory.mktemp("web"))
    page = tmp_path_factory.mktemp("page") / "mermaid.html"
    script = (modules / "mermaid" / "dist" / "mermaid.min.js").as_uri()
    page.write_text(f"<!doctype html><meta charset=utf-8><script src='{script}'></script>", encoding="utf-8")
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        found.get(page.as_uri())
        yield found


def parsed(browser: Chrome, text: str) -> tuple[dict[str, str], set[tuple[str, str]], str]:
    """Nodes with their words, edges, and the drawing; an error of Mermaid's fails."""
    found: Any = browser.execute_async_script(
        """
        const [text, done] = [arguments[0], arguments[arguments.length - 1]];
        mermaid.initialize({startOnLoad: false, securityLevel: 'strict', maxEdges: 500, maxTextSize: 50000});
        (async () => {
          const diagram = await mermaid.mermaidAPI.getDiagramFromText(text);
          const nodes = [...diagram.db.getVertices().values()].map((v) => [v.id, v.text]);
          const edges = diagram.db.getEdges().map((e) => [e.start, e.end]);
          const drawn = await mermaid.render('d' + Math.random().toString(36).slice(2), text);
          return [nodes, edges, drawn.svg];
        })().then(done, (e) => done(String(e)));
        """,
        text,
    )
    assert not isinstance(found, str), found
    nodes, edges, svg = found
    return dict(nodes), {(a, b) for a, b in edges}, svg


def same(browser: Chrome, graph: Graph, shown: Marks = Marks()) -> str:  # noqa: B008
    """Mermaid reads what the picture has; the drawing."""
    picture = drawing(graph, shown)
    nodes, edges, svg = parsed(browser, render(graph, shown))
    ids = {f"{n.kind[0]}{number}": n for number, n in enumerate(picture.nodes, 1)}
    assert nodes.keys() == ids.keys()
    assert {(ids[b].id, ids[a].id) for a, b in edges} == {(line.source, line.target) for line in picture.lines}
    return svg


def test_the_example(browser: Chrome, iceberg: Path) -> None:
    svg = same(browser, analyse(open_ref(iceberg, "main")))
    assert "matcher_dev" in svg
    assert "shared by 5 (53 instances)" in svg


def test_what_differs(browser: Chrome, iceberg: Path) -> None:
    found = difference(analyse(open_ref(iceberg, "main")), analyse(open_ref(iceberg, "split")))
    svg = same(browser, found.union, marks(found))
    assert "llm.training_model_name (new)" in svg


def test_hostile_names(browser: Chrome) -> None:
    field = Field("field:a.yaml#model", NASTY, "a.yaml", 1, 1, NASTY, "literal", True, 2)
    consumers = tuple(Consumer(f"consumer:b{i}", f"{NASTY}{i}", "lambda", f"b/{NASTY}", 1) for i in range(2))
    edges = tuple(Edge(c.id, field.id, "uses", "likely") for c in consumers)
    svg = same(browser, Graph(nodes=(field, *consumers), edges=edges))
    assert "<script" not in svg


def test_a_large_graph_fits_githubs_limits(browser: Chrome) -> None:
    fields = tuple(
        Field(f"field:a.yaml#m{i}", f"m{i}" * 12, "a.yaml", i + 1, 1, "gpt-4o", "literal") for i in range(300)
    )
    consumers = tuple(Consumer(f"consumer:b.yaml#c{i}", f"c{i}", "lambda", "b.yaml", i + 1) for i in range(300))
    edges = tuple(Edge(c.id, f.id, "uses") for c in consumers for f in fields[:5])
    nodes, _, _ = parsed(browser, render(Graph(nodes=(*fields, *consumers), edges=edges)))
    assert len(nodes) > 50
