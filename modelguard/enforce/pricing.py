"""What a call costs: at most, before it is made, and in fact, from what its answer says. Nano-dollars (10⁻⁹ USD).

The most is an upper bound or there is none: where a provider bills something that can't be bounded or has no price, the
call has no bound, with the reason, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from modelguard.enforce.priced import Model, Price
from modelguard.enforce.request import DEFAULT_OUTPUT, Asked
from modelguard.enforce.store import nano, rounded
from modelguard.enforce.usage_of import Tokens

DEFAULT_CONTEXT = 1_000_000
"""Tokens of input that a call may have at most where a body does not hold all of it and no table knows the context."""
TOKENS_A_PICTURE = 10_000
"""What a picture in a request counts as: more than providers make of one of the largest size in most models."""
_MEDIA = {"audio", "image", "video"}


@dataclass(frozen=True, slots=True)
class NoBound:
    """Why nobody can say what a call costs at most, and what to do about it."""

    why: str
    how: str


def worst_cost(asked: Asked, model: Model, limit: int | None) -> int | NoBound:
    """The most that a call may cost. `limit`: tokens of output that the ledger puts in where the request has none."""
    price = model.price
    assert price is not None, "an unpriced model is refused before anything is reserved"
    if asked.kind == "count":
        return 0
    trouble = _not_priced(asked, model)
    if trouble is not None:
        return trouble
    output = most_output(asked, model, limit)
    if isinstance(output, NoBound):
        return output
    tiers = [price]
    if asked.services:
        tiers = [s.price for s in price.services if s.name in asked.services] or [price]
    rounds = 1 + sum(times or 0 for times in asked.tools.values())
    tokens = most_input(asked, model)
    longest = asked.longest if asked.longest is not None else tokens
    amounts = [_bound(p, asked, tokens, output, rounds) for tier in tiers for p in _reachable(tier, longest)]
    uses = dict(model.uses)
    fixed = sum((uses[tool] * (times or 0) for tool, times in asked.tools.items()), Decimal(0))
    fixed += uses.get("request", Decimal(0)) * asked.copies
    return asked.base + max(amounts) + nano(fixed)


def _not_priced(asked: Asked, model: Model) -> NoBound | None:
    """What of a request the price says nothing about."""
    assert model.price is not None
    name, kinds = model.name, dict(model.price.kinds)
    if model.reads and (asked.holds.pictures or asked.holds.opaque):
        what = f"{name} bills what is not text by the {' and the '.join(model.reads)}."
        return NoBound(what, "Give it a price in tokens in `prices:` of modelguard.yaml.")
    for tool, times in asked.tools.items():
        if tool not in dict(model.uses):
            what = f"The provider bills the tool {tool} apart from tokens, and no price of it is known for {name}."
            return NoBound(what, f"Leave it out, or price it in `prices: {{{name}: {{uses: {{{tool}: USD}}}}}}`.")
        if times is None:
            what = (
                f"The provider bills each use of the tool {tool}, and the request does not say how many there may be."
            )
            return NoBound(what, "Set max_uses of the tool (Anthropic) or max_tool_calls (OpenAI's responses).")
    known = {s.name for s in model.price.services}
    for service in asked.services:
        if service not in known:
            return NoBound(f"No price is known for {name} with {service}.", "Leave it out.")
    if len(asked.services) > 1:
        return NoBound(f"No price is known for {name} with {' and '.join(asked.services)} together.", "Choose one.")
    for side, media in (("output", asked.wants), ("input", asked.holds.media & {"audio"})):
        for medium in sorted(media):
            if f"{side}_{medium}" not in kinds:
                what = f"No price is known for {side} of {medium} for {name}."
                return NoBound(what, f"Give one as {side}_{medium} in `prices:` of modelguard.yaml.")
    return None


def most_output(asked: Asked, model: Model, limit: int | None) -> int | NoBound:
    """Tokens that may come out, all copies together."""
    assert model.price is not None
    if asked.kind in ("embeddings", "rerank", "moderations"):
        return 0
    own = asked.max_output
    if own is None:
        own = max(limit or DEFAULT_OUTPUT, asked.elsewhere) + asked.thinking
    kinds = dict(model.price.kinds)
    draws = asked.kind == "images" or ("output_image" in kinds and not asked.text_only)
    if asked.kind == "images" and model.picture is not None:
        own = model.picture
    elif draws or asked.kind == "audio" or {"output_video"} & {*kinds}:
        # What a client calls its limit is none for pictures and speech: the model's own is.
        if model.most is None:
            what = f"Nobody says how many tokens {'a picture' if draws else 'an answer'} of {model.name} has at most."
            key = "picture_tokens or max_output" if asked.kind == "images" else "max_output"
            return NoBound(what, f"Give {key} in `prices:` of modelguard.yaml.")
        own = max(model.most, own) if draws else model.most
    total = own * asked.copies
    if total and not model.price.output and model.price.input and not any(k.startswith("output") for k in kinds):
        return NoBound(
            f"No price is known for what {model.name} gives out.", "Give one in `prices:` of modelguard.yaml."
        )
    return total


def most_input(asked: Asked, model: Model) -> int:
    """Tokens that may go in, in one round."""
    tokens = asked.input_tokens + asked.holds.pictures * TOKENS_A_PICTURE
    if asked.kind == "images":
        # Each picture is billed as a call of its own, prompt and all.
        tokens *= asked.copies
    if asked.holds.opaque or asked.tools:
        # Files, sound, a conversation kept elsewhere, what a search finds: no more than fits into the model.
        return max(tokens, model.context or DEFAULT_CONTEXT)
    return tokens


def _bound(price: Price, asked: Asked, tokens: int, output: int, rounds: int) -> int:
    """The dearest that so many tokens may be."""
    kinds = dict(price.kinds)
    into = [price.input, price.cache_write or Decimal(0)]
    if asked.holds.hour:
        into.append(price.cache_write_1h or price.input * 2)
    if asked.holds.pictures or asked.holds.opaque:
        into.append(kinds.get("input_image", Decimal(0)))
    if asked.holds.opaque or asked.holds.media:
        into += [kinds.get(f"input_{medium}", Decimal(0)) for medium in ("audio", "video")]
    out = [price.output, kinds.get("output_reasoning", Decimal(0))]
    if not asked.text_only:
        out += [p for kind, p in kinds.items() if kind.startswith("output_")]
    return rounded((max(into) * tokens + max(out) * output) * rounds)


def _reachable(price: Price, tokens: int) -> Iterator[Price]:
    """The prices that a prompt of at most so many tokens may have."""
    yield price
    for tier in price.tiers:
        if tokens > tier.above:
            yield tier.price


def at(price: Price, service: str, prompt: int) -> Price:
    """The price at a service tier, for a prompt of so many tokens, cached ones among them."""
    found = next((s.price for s in price.services if s.name == service), price)
    return next((t.price for t in reversed(found.tiers) if prompt > t.above), found)


def real_cost(model: Model, tokens: Tokens, asked: Asked | None = None) -> int:
    """What a call cost, from what its answer says it used. Where an answer does not tell apart what has prices apart, it
    counts at the dearest of those that it may be."""
    price = model.price
    assert price is not None
    service = tokens.service or (asked.services[0] if asked is not None and asked.services else "")
    here = at(price, service, tokens.plain + tokens.cache_read + tokens.cache_write)
    cost = _input(here, tokens, asked) + _output(here, tokens, asked) + _cached(here, tokens)
    return rounded(cost) + nano(_used(model, tokens, asked))


def _input(price: Price, tokens: Tokens, asked: Asked | None) -> Decimal:
    kinds, found = dict(price.kinds), dict(tokens.kinds)
    may = _MEDIA if asked is not None and asked.holds.opaque else set(asked.holds.media if asked is not None else ())
    return _shared("input", tokens.plain, price.input, kinds, found, {f"input_{m}" for m in may} - tokens.told)


def _output(price: Price, tokens: Tokens, asked: Asked | None) -> Decimal:
    kinds, found = dict(price.kinds), dict(tokens.kinds)
    may = {k for k in kinds if k.startswith("output_") and k != "output_reasoning"}
    if asked is not None and asked.text_only:
        may = set()
    return _shared("output", tokens.output, price.output, kinds, found, may - tokens.told)


def _shared(
    side: str, total: int, plain: Decimal, kinds: dict[str, Decimal], found: dict[str, int], untold: set[str]
) -> Decimal:
    """Tokens of one side: each kind that was told at its price, the rest at text's or at the dearest that it may be."""
    cost, left = Decimal(0), total
    for kind, count in found.items():
        if kind.startswith(f"{side}_") and kind in kinds:
            cost += kinds[kind] * min(count, left)
            left -= min(count, left)
    return cost + max([plain, *(kinds[k] for k in untold if k in kinds)]) * left


def _cached(price: Price, tokens: Tokens) -> Decimal:
    """The provider's prompt cache. A price that is not known is the input's, for an hour twice that (Anthropic's)."""
    kinds, found = dict(price.kinds), dict(tokens.kinds)
    cost, left = Decimal(0), tokens.cache_read
    read = price.cache_read if price.cache_read is not None else price.input
    for medium in ("audio", "image"):
        count = min(found.get(f"cache_read_{medium}", 0), left)
        cost += count * kinds.get(f"cache_read_{medium}", max(kinds.get(f"input_{medium}", read), read))
        left -= count
    write = price.cache_write if price.cache_write is not None else price.input
    hour = price.cache_write_1h if price.cache_write_1h is not None else max(write, price.input * 2)
    long = min(tokens.hour, tokens.cache_write)
    return cost + read * left + write * (tokens.cache_write - long) + hour * long


def _used(model: Model, tokens: Tokens, asked: Asked | None) -> Decimal:
    """USD for uses of tools: as often as the answer says, else as often as the request allowed."""
    prices, told = dict(model.uses), dict(tokens.uses)
    allowed = {tool: times or 0 for tool, times in (asked.tools.items() if asked is not None else ())}
    cost = prices.get("request", Decimal(0)) * (asked.copies if asked is not None else 1)
    for tool in {*told, *allowed}:
        # A model that searches with every request has paid for the search with it.
        if tool in prices and not (tool == "web_search" and "request" in prices and tool not in allowed):
            cost += prices[tool] * told.get(tool, allowed.get(tool, 0))
    return cost
