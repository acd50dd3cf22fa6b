"""Hours of the picture of the day, and what-if figures, from a rollup."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modelguard.budget.ledger import Allocation, Ledger
from modelguard.cost.prices import Prices
from modelguard.graph.model import Consumer, Edge, Field, Graph, Model
from modelguard.report.day import day_of
from modelguard.report.whatif import Money, outlooks
from modelguard.usage.rollup import Hours, Rollup, Row

SONNET, OPUS = "bedrock/us.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-opus-4-6"
FLAT = (1.0,) * 24


def graph() -> Graph:
    field = Field("field:c.yaml#m", "m", "c.yaml", 1, 1, SONNET, "literal", True, 2)
    model = Model(f"model:{SONNET}", "claude-sonnet-4-6", "aws", SONNET)
    api, job = (Consumer(f"consumer:{n}", n, "service", "k.yaml", 1) for n in ("api", "job"))
    edges = (Edge(api.id, field.id, "uses"), Edge(job.id, field.id, "uses"), Edge(field.id, model.id, "names"))
    return Graph(nodes=(field, model, api, job), edges=edges)


def row(day: str, consumer: str = "api", model: str = SONNET, cost: str | None = "24", hours: Any = None) -> Row:
    return Row(
        day, consumer, model, raw=model, requests=24, calls=24, tokens_in=1_000_000, tokens_out=100_000,
        cost=None if cost is None else Decimal(cost), hours=hours or Hours(FLAT, FLAT, FLAT),
    )  # fmt: skip


def rollup(*rows: Row) -> Rollup:
    return Rollup("u.jsonl", rows[0].day if rows else "", rows[-1].day if rows else "", rows)


def test_a_days_cost_is_spread_by_its_calls() -> None:
    night = (12.0,) * 2 + (0.0,) * 22
    found = day_of(graph(), rollup(row("2026-03-01"), row("2026-03-02", hours=Hours(None, night, None))))
    assert found is not None
    assert (found.day, found.switched) == ("2026-03-02", False)
    (series,) = found.series
    assert series.before[:3] == (12.0, 12.0, 0.0)
    assert sum(series.before) == pytest.approx(24)
    assert series.cold is None
    assert series.after is None


def test_a_switch_in_the_usage_shows_the_days_around_it() -> None:
    rows = [row("2026-03-01"), row("2026-03-02", model=OPUS, cost="480"), row("2026-03-03", model=OPUS, cost="40")]
    found = day_of(graph(), rollup(*rows))
    assert found is not None
    assert (found.day, found.next_day, found.switched) == ("2026-03-01", "2026-03-02", True)
    (series,) = found.series
    assert (series.model, series.model_after) == ("claude-sonnet-4-6", "claude-opus-4-6")
    assert series.after == (20.0,) * 24


@pytest.mark.parametrize("bad", [row("2026-03-01", cost=None), row("2026-03-01", hours=Hours(FLAT, None, FLAT))])
def test_what_has_no_hours_or_cost_is_left_out_and_named(bad: Row) -> None:
    assert day_of(graph(), rollup(bad)) is None
    found = day_of(graph(), rollup(row("2026-03-01", "job"), bad))
    assert found is not None
    assert found.left_out == ("api",)
    assert [s.consumer for s in found.series] == ["job"]


def test_nothing_recorded_is_no_picture() -> None:
    assert day_of(graph(), None) is None
    assert day_of(graph(), rollup()) is None


def test_what_if_follows_cost_and_ledger() -> None:
    ledger = Ledger(allocations=(Allocation("api", "claude-opus-4-6", Decimal(100), 3, owner="@a"),))
    found = outlooks(graph(), Money(Prices(), date(2026, 3, 17), rollup(row("2026-03-01"), row("2026-03-02")), ledger))
    by = {o.consumer: o for o in found.outlooks}
    api, job = by["consumer:api"], by["consumer:job"]
    opus = found.models.index("claude-opus-4-6")
    assert api.today.expected == Decimal(24)
    # 1 million tokens in at $5.50, 100,000 out at $27.50 a million, by the us profile.
    assert api.choices[opus].steady.expected == pytest.approx(Decimal("8.25"))
    assert (api.choices[opus].verdict, api.choices[opus].owner) == ("covered", "@a")
    assert (job.source, job.today.expected) == ("unknown", None)
    assert job.choices[opus].verdict == "missing"
    assert job.choices[opus].why == "no usage is recorded"
    assert "claude-haiku-4-5" in found.models
    assert outlooks(graph(), Money(Prices(), date(2026, 3, 17)), choices=False).models == ()
