"""Prices of models: the user's overrides, then genai-prices, then LiteLLM's price map as shipped.

Sources: genai-prices (https://github.com/pydantic/genai-prices; knows regional surcharges and prices by date) and
catalog/data/prices.json (LiteLLM's map, see catalog/refresh.py). All prices are USD per million tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from modelguard.catalog.identity import ModelIdentity
from modelguard.cost.terms import Service, Terms

if TYPE_CHECKING:
    from modelguard.cost.apart import Apart

MILLION = 1_000_000
_COLUMNS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_SERVICES: tuple[Service, ...] = ("batch", "flex", "priority")
_HALF = Decimal("0.5")
_HALF_FOR_BATCH = frozenset({"anthropic", "openai", "google", "aws"})
"""Providers that publish half the price for batches: https://platform.claude.com/docs/en/about-claude/pricing,
https://developers.openai.com/api/docs/pricing, https://ai.google.dev/gemini-api/docs/optimization,
https://aws.amazon.com/bedrock/pricing/ (of the models that have it; all read in autumn 2026)."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens; cache prices are None where the provider has none. `source` says where it is from.

    `tiers` are what a call costs as a whole once its prompt is longer than so many tokens, shortest first; `services`
    what it costs as batch, flex or priority. Reasoning is billed as output by every provider that has it.
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal | None
    cache_write: Decimal | None
    source: str
    tiers: tuple[tuple[int, Price], ...] = ()
    services: tuple[tuple[Service, Price], ...] = ()
    cache_write_1h: Decimal | None = None

    def at(self, prompt: Decimal | None) -> Price:
        """The price of a call with a prompt of so many tokens; the base tier where that is not known."""
        if prompt is None:
            return self
        return next((price for start, price in reversed(self.tiers) if prompt > start), self)

    def of(self, service: Service) -> Price:
        """The price at a service tier; the standard one where none of it is known."""
        return next((price for name, price in self.services if name == service), self)


@dataclass(frozen=True, slots=True)
class Unpriced:
    """No price, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Prices:
    """Looks prices up. `overrides` are the user's own by canonical model name, `apart` what they say is billed beside text
    (cost/apart.py); `terms` what else is declared of bills."""

    overrides: Mapping[str, Price] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    apart: Mapping[str, Apart] = field(default_factory=dict)

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
        found = _genai(model, on) or _litellm(model)
        return Unpriced(f"no price is known for `{model.raw}`") if found is None else _with_services(found, model)


@lru_cache(maxsize=1)
def _genai_version() -> str:
    from importlib.metadata import version

    return version("genai-prices")


@lru_cache(maxsize=1024)
def genai(model: ModelIdentity, on: date) -> Any:
    """genai-prices' answer, None where it has none. A Bedrock name is asked for with its region: profiles cost more."""
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
        if getattr(found.model_price, "input_mtok", None) is not None:
            return found
    return None


@lru_cache(maxsize=1024)
def _genai(model: ModelIdentity, on: date) -> Price | None:
    found = genai(model, on)
    if found is None:
        return None
    columns = [getattr(found.model_price, f"{key}_mtok", None) for key in _COLUMNS]
    source = f"genai-prices {_genai_version()}"
    starts = sorted({tier.start for c in columns for tier in getattr(c, "tiers", ())})
    tiers = tuple((start, _price([_at(c, start) for c in columns], source)) for start in starts)
    return replace(_price([_at(c, None) for c in columns], source), tiers=tiers)


def _price(columns: Sequence[Decimal | None], source: str) -> Price:
    """A price from its figures in the order of `_COLUMNS`; the last may be left out."""
    rest = (*columns[2:], None, None, None)
    return Price(columns[0] or Decimal(0), columns[1] or Decimal(0), rest[0], rest[1], source, cache_write_1h=rest[2])


def _at(price: Any, start: int | None) -> Decimal | None:
    """What genai-prices says for prompts longer than `start`; None is a prompt below every threshold."""
    if price is None:
        return None
    value = getattr(price, "base", price)
    for tier in getattr(price, "tiers", ()):
        if start is not None and tier.start <= start:
            value = tier.price
    return Decimal(str(value))


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        files("modelguard.catalog").joinpath("data/prices.json").read_text("utf-8"),
        parse_float=Decimal,
        parse_int=Decimal,
    )
    found["table"] = {(row[0], row[1], row[2]): row[3:] for row in found["prices"]}
    return found


def _row(model: ModelIdentity) -> list[Any] | None:
    """LiteLLM's row of a model: input, output, cache read, cache write, and more where there is any."""
    table = _shipped()["table"]
    for name in dict.fromkeys(n for n in (model.native, model.name) if n):
        for region in dict.fromkeys((model.region, "")):
            row: list[Any] | None = table.get((model.provider, region, name))
            if row is not None and row[0] is not None:
                return row
    return None


def shipped_more(model: ModelIdentity) -> Mapping[str, Any]:
    """What LiteLLM's row of a model has beside its four figures (catalog/refresh.py)."""
    row = _row(model)
    return row[4] if row is not None and len(row) > 4 else {}


def _litellm(model: ModelIdentity) -> Price | None:
    row = _row(model)
    if row is None:
        return None
    source, more = str(_shipped()["source"]), row[4] if len(row) > 4 else {}
    above = sorted((int(start), figures) for start, figures in more.get("above", {}).items())
    tiers = []
    for start, figures in above:
        tiers.append((start, _price([f if f is not None else b for f, b in zip(figures, row, strict=False)], source)))
    return replace(_price(row[:4], source), tiers=tuple(tiers), cache_write_1h=more.get("write_1h"))


def _with_services(price: Price, model: ModelIdentity) -> Price:
    """The price with its service tiers: LiteLLM's, as shares of its own standard price; else what providers publish."""
    row, more = _row(model), shipped_more(model)
    found = []
    for service in _SERVICES:
        figures = more.get(service)
        if figures is not None and row is not None:
            found.append(
                (
                    service,
                    _scaled(
                        price, [f / b if f is not None and b else None for f, b in zip(figures, row, strict=False)]
                    ),
                )
            )
        elif service == "batch" and model.provider in _HALF_FOR_BATCH:
            found.append((service, _scaled(price, [_HALF] * 4)))
    return replace(price, services=tuple(found)) if found else price


def _scaled(price: Price, shares: Sequence[Decimal | None]) -> Price:
    """A price times shares of its four figures; a cache price without a share of its own goes with the input's."""
    by = [s if s is not None else shares[0] or Decimal(1) for s in shares]
    columns = (price.input, price.output, price.cache_read, price.cache_write)
    figures = [None if c is None else c * b for c, b in zip(columns, by, strict=True)]
    tiers = tuple((start, _scaled(tier, shares)) for start, tier in price.tiers)
    return replace(_price(figures, price.source), tiers=tiers)
