"""Prices of models: the user's overrides, then genai-prices, then LiteLLM's price map as shipped.

Sources: genai-prices (https://github.com/pydantic/genai-prices; knows regional surcharges and prices by date) and
catalog/data/prices.json (LiteLLM's map, see catalog/refresh.py). All prices are USD per million tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from modelguard.catalog.identity import ModelIdentity
from modelguard.cost.terms import Service, Terms

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens; cache prices are None where the provider has none. `source` says where it is from.

    `tiers` are what a call costs as a whole once its prompt is longer than so many tokens, shortest first; `services`
    what it costs as batch, flex or priority. `reasoning` is given where thinking is not billed as other output.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal | None
    cache_write: Decimal | None
    source: str
    tiers: tuple[tuple[int, Price], ...] = ()
    services: tuple[tuple[Service, Price], ...] = ()
    reasoning: Decimal | None = None
    cache_write_1h: Decimal | None = None

    def at(self, prompt: Decimal | None) -> Price:
        """The price of a call with a prompt of so many tokens; the base tier where that is not known."""
        if prompt is None:
            return self
        return next((price for start, price in reversed(self.tiers) if prompt > start), self)

    def of(self, service: Service) -> Price:
        """The price at a service tier; half for batch where no price of it is known, as all providers that have it say
        (billed tokens only); the standard one for others."""
        found = next((price for name, price in self.services if name == service), None)
        return self if found is None else found


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Prices:
    """Looks prices up. `overrides` are the user's own by canonical model name; `terms` what else is declared of bills."""

    overrides: Mapping[str, Price] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)

    @property
    def source(self) -> str:
        """What the report names as the source of prices."""
        return f"genai-prices {_genai_version()}"

    @property
    def as_of(self) -> str:
        """The date of the shipped price map (ISO)."""
        return str(_shipped()["as_of"])

    def price_of(self, model: ModelIdentity, on: date) -> Price | Unpriced:
        """The price of a model on a day, by the provider that bills for it and its region."""
        if model.name in self.overrides:
            return self.overrides[model.name]
        if not model.provider:
            return Unpriced(f"`{model.raw}` does not say which provider bills for it")
        return _genai(model, on) or _litellm(model) or Unpriced(f"no price is known for `{model.raw}`")


@lru_cache(maxsize=1)
def _genai_version() -> str:
    from importlib.metadata import version

    return version("genai-prices")


@lru_cache(maxsize=1024)
def _genai(model: ModelIdentity, on: date) -> Price | None:
    """genai-prices' answer. A Bedrock name is asked for with its region, as a regional profile costs more."""
    from genai_prices import Usage, calc_price

    at = datetime(on.year, on.month, on.day, tzinfo=UTC)
    for name in dict.fromkeys(n for n in (model.native, model.name) if n):
        try:
            found = calc_price(
                Usage(input_tokens=1000, output_tokens=1000),
                name,
                provider_id=model.provider,
                genai_request_timestamp=at,
            )
        except (LookupError, ValueError):
            continue
        prices = found.model_price
        plain = [_plain(getattr(prices, key, None)) for key in ("input_mtok", "output_mtok")]
        if plain[0] is None:
            continue
        cached = (_plain(getattr(prices, "cache_read_mtok", None)), _plain(getattr(prices, "cache_write_mtok", None)))
        return Price(plain[0], plain[1] or Decimal(0), *cached, f"genai-prices {_genai_version()}")
    return None


def _plain(price: Any) -> Decimal | None:
    """A price, of a tiered one its base tier: what a call below the first threshold costs."""
    if price is None:
        return None
    base = getattr(price, "base", price)
    return Decimal(str(base))


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files("modelguard.catalog").joinpath("data/prices.json").read_text("utf-8"),
        parse_float=Decimal,
        parse_int=Decimal,
    )
    found["table"] = {(row[0], row[1], row[2]): row[3:] for row in found["prices"]}
    return found


def _litellm(model: ModelIdentity) -> Price | None:
    table = _shipped()["table"]
    for name in dict.fromkeys(n for n in (model.native, model.name) if n):
        for region in dict.fromkeys((model.region, "")):
            row = table.get((model.provider, region, name))
            if row is not None and row[0] is not None:
                return Price(row[0], row[1] or Decimal(0), row[2], row[3], str(_shipped()["source"]))
    return None
