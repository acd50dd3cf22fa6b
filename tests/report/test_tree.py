"""The tree in a terminal: groups folded, doubt in words, costs, colours only where asked."""

from __future__ import annotations

from decimal import Decimal

from modelguard.graph.model import Consumer, Edge, Field, Graph, Model
from modelguard.report.tree import render


def graph(count: int) -> Graph:
    field = Field("field:a.yaml#m", "m", "a.yaml", 1, 1, "gpt-4o", "literal", True, count + 1)
    model = Model("model:gpt-4o", "gpt-4o", "openai", "gpt-4o")
    alike = tuple(Consumer(f"consumer:b.tf#fn{i:02}", f"fn{i:02}", "lambda", "b.tf", i + 1) for i in range(count))
    other = Consumer("consumer:c.yaml#api", "api", "kubernetes/Deployment", "c.yaml", 1)
    edges = [Edge(field.id, model.id, "names"), Edge(other.id, field.id, "uses", dormant=True)]
    edges += [Edge(c.id, field.id, "uses", "likely" if c.name == "fn01" else "certain") for c in alike]
    return Graph(nodes=(field, model, *alike, other), edges=tuple(edges))


def test_readers_alike_are_one_row_once_there_are_many() -> None:
    assert render(graph(3)).count("fn0") == 3
    many = render(graph(40))
    assert "40 Lambdas  fn00, fn01, fn02 and 37 more" in many
    assert "likely" in many
    assert "fn03" not in many
    assert "shared by 41" in many


def test_costs_are_a_column_and_unknown_is_never_zero() -> None:
    costs: dict[tuple[str, str], Decimal | None] = {("consumer:b.tf#fn00", "gpt-4o"): Decimal("1.5")}
    text = render(graph(2), costs=costs)
    rows = {line.split()[1]: line for line in text.split("\n") if line.startswith(("├", "└"))}
    assert rows["fn00"].endswith("$1.50 a day")
    assert rows["fn01"].endswith("likely              cost unknown")
    assert "$0.00" not in text
    assert "$1.50 a day, 39 unknown" in render(graph(40), costs=costs)


def test_a_part_counts_who_shares_a_field_in_the_whole() -> None:
    whole = graph(3)
    kept = {"consumer:b.tf#fn00", "field:a.yaml#m", "model:gpt-4o"}
    part = Graph(
        nodes=tuple(n for n in whole.nodes if n.id in kept),
        edges=tuple(e for e in whole.edges if {e.source, e.target} <= kept),
    )
    assert "shared by 4" in render(part, whole=whole)


def test_colours_only_where_asked() -> None:
    assert "\x1b" not in render(graph(2))
    assert "\x1b[" in render(graph(2), colour=True)


def test_a_terminal_can_not_be_drawn_on() -> None:
    field = Field("field:a#m", "\x1b[31mred\u202e", "a\x07.yaml", 1, 1, "\x1b]0;x\x07", "literal")
    text = render(Graph(nodes=(field,)))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
