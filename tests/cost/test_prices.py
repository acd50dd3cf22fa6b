"""Prices by provider and region, and where each comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from cost.published_prices import CASES, SOURCES, Case

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


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.model} {c.service} {c.prompt} {c.on}")
def test_prices_are_those_that_providers_publish(case: Case) -> None:
    found = Prices().price_of(identify(case.model), case.on)
    assert isinstance(found, Price)
    price = found.of(case.service).at(Decimal(case.prompt))
    for key in ("input", "output", "cache_read", "cache_write", "cache_write_1h"):
        published = getattr(case, key)
        if published:
            assert getattr(price, key) == Decimal(published), (key, SOURCES[case.source])


def test_the_published_prices_are_many_and_each_has_its_source() -> None:
    kinds = {
        (identify(c.model).name, identify(c.model).provider, identify(c.model).region, c.service, c.prompt, c.on)
        for c in CASES
    }
    assert len(kinds) >= 60
    assert {c.source for c in CASES} <= set(SOURCES)
    for url, read in SOURCES.values():
        assert url.startswith("https://")
        assert read[:4].isdigit()


def test_a_service_without_a_price_of_its_own_is_the_standard_one() -> None:
    found = Prices().price_of(identify("anthropic/claude-sonnet-4-6"), DAY)
    assert isinstance(found, Price)
    assert found.of("flex") == found
    assert found.of("batch").input == Decimal("1.5")


def test_a_prompt_above_a_threshold_costs_more_as_a_whole() -> None:
    found = Prices().price_of(identify("gemini/gemini-2.5-pro"), DAY)
    assert isinstance(found, Price)
    assert found.at(Decimal(200_000)) == found
    assert found.at(Decimal(200_001)).input == Decimal("2.5")
    assert found.at(None) == found
