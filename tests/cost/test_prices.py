"""Prices by provider and region, and where each comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from modelguard.catalog.identity import identify
from modelguard.cost.prices import Price, Prices, Unpriced

DAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("raw", "price"),
    [
        ("bedrock/us.anthropic.claude-sonnet-4-6", ("3.3", "16.5")),
        ("bedrock/us.anthropic.claude-opus-4-6-v1", ("5.5", "27.5")),
        ("anthropic/claude-sonnet-4-6", ("3", "15")),
        ("gpt-4o-mini", ("0.15", "0.6")),
    ],
)
def test_list_prices(raw: str, price: tuple[str, str]) -> None:
    found = Prices().price_of(identify(raw), DAY)
    assert isinstance(found, Price)
    assert (found.input, found.output) == tuple(Decimal(p) for p in price)


def test_litellm_is_asked_where_genai_prices_has_none() -> None:
    found = Prices().price_of(identify("bedrock/cohere.embed-english-v3"), DAY)
    assert isinstance(found, Price)
    assert found.source.startswith("litellm")


def test_overrides_win() -> None:
    mine = Price(Decimal(1), Decimal(2), None, None, "modelguard.yaml")
    assert Prices({"gpt-4o": mine}).price_of(identify("openai/gpt-4o-2024-08-06"), DAY) is mine


@pytest.mark.parametrize("raw", ["house-model", "litellm_proxy/something", "anthropic/claude-nonsense-99"])
def test_unknown_has_a_reason(raw: str) -> None:
    found = Prices().price_of(identify(raw), DAY)
    assert isinstance(found, Unpriced)
    assert found.why
