"""A row's tokens at a price, USD: cached prompt tokens, context tiers, batch, and what a new model makes of the tokens."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from modelguard.cost.prices import MILLION, Price, Unpriced
from modelguard.usage.rollup import Row


@dataclass(frozen=True, slots=True)
class Sizing:
    """What a new model makes of the old one's tokens: factors on input and output, and why in words."""

    tokens_in: Decimal = Decimal(1)
    tokens_out: Decimal = Decimal(1)
    why: tuple[str, ...] = ()


SAME = Sizing()
_ANY = 1e-6
"""Fewer calls than this are none; attributed ones may be parts of a call."""


def billed(row: Row, price: Price | Unpriced, scale: Decimal, sizing: Sizing = SAME) -> Decimal | None:
    """A row's billed tokens at a price; None where price or tokens are not known."""
    if isinstance(price, Unpriced) or row.tokens_in is None or row.tokens_out is None:
        return None
    cached = (row.cache_read_tokens or 0.0, row.cache_write_tokens or 0.0)
    return _priced(price, row.calls, row.tokens_in, row.tokens_out, cached, sizing) * scale


def cold(row: Row, price: Price, scale: Decimal, sizing: Sizing = SAME) -> Decimal | None:
    """A row's day with an empty cache; None where its replay is not known.

    Prompt caching goes with the calls: the replay's calls read and write as many cached tokens each as the billed ones.
    """
    found = row.cold
    if found is None or found.tokens_in is None or found.tokens_out is None:
        return None
    more = found.calls / row.calls if found.calls is not None and row.calls and row.calls > _ANY else 1.0
    cached = ((row.cache_read_tokens or 0.0) * more, (row.cache_write_tokens or 0.0) * more)
    return _priced(price, found.calls, found.tokens_in, found.tokens_out, cached, sizing) * scale


def _priced(
    price: Price, calls: float | None, tokens_in: float, tokens_out: float, cached: tuple[float, float], sizing: Sizing
) -> Decimal:
    """Tokens at a price. Cached prompt tokens cost the input price where a model has no other."""
    read, write = cached
    prompt = (
        Decimal(str((tokens_in + read + write) / calls)) * sizing.tokens_in if (calls or 0.0) > _ANY and calls else None
    )
    at = price.at(prompt)
    reads = amount(read, at.cache_read if at.cache_read is not None else at.input)
    writes = amount(write, at.cache_write if at.cache_write is not None else at.input)
    return (amount(tokens_in, at.input) + reads + writes) * sizing.tokens_in + amount(
        tokens_out, at.output
    ) * sizing.tokens_out


def amount(tokens: float | None, price: Decimal) -> Decimal:
    """USD for tokens at USD per million."""
    return Decimal(str(tokens or 0)) * price / MILLION
