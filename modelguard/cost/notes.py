"""What a row's figures rest on, a sentence each: days left out, growth, bounds, prompt caches, lengths of answers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from modelguard.cost.measured import Measured, Priced
from modelguard.cost.prices import MILLION, Unpriced
from modelguard.cost.records import ConsumerCost
from modelguard.cost.series import Series

_SLOTS = 24 * 12
"""A provider keeps a prompt's prefix for five minutes after its last use (Anthropic and Bedrock by default)."""
_SHOWS_GROWTH = 14
"""Days from which on growth of 2 % a day is seen in the backtest's platforms: below, half of their intervals miss it."""


def notes_of(series: Series, found: Measured, priced: Priced, row: ConsumerCost) -> Iterator[str]:
    """The notes, in the order of how much they may matter."""
    yield from _first_day(found, row)
    yield from priced.sizing.why
    yield from _days(series, found)
    if priced.first != priced.steady:
        yield "Its price changes within two weeks; the steady day is at the later one."
    if priced.scale != 1:
        yield f"List prices are taken times {priced.scale:.3f}, which is what was really paid."
    if isinstance(priced.old, Unpriced) and row.before.expected is None:
        yield f"What it costs today is unknown: {priced.old.why}."
    yield from _prompt_caches(series, priced)


def _first_day(found: Measured, row: ConsumerCost) -> Iterator[str]:
    if row.first_day.expected is None:
        yield (
            "The first day is unknown: its usage has no replay through an empty cache. Import logs that have requests"
            " and cache keys: modelguard usage import litellm FILE."
        )
    elif found.bounded:
        yield (
            "The first day has bounds only, and the upper one is given: its usage has a hit rate but no cache keys."
            " Import logs that have them: modelguard usage import litellm FILE."
        )
    if found.filling and not found.part_of_cycle:
        yield "The cache was filled within these days, so they hold one cycle of it only; a steady day may well be quieter."


def _days(series: Series, found: Measured) -> Iterator[str]:
    if series.cold_at is not None and not found.filling:
        day = series.days[series.cold_at].day
        yield f"The cache was empty on {day}; a steady day is estimated from the days after it was full again."
    if found.part_of_cycle:
        filled = (
            "The cache was filled within these days, which are less than one cycle of it"
            if found.filling
            else ("These days are a part of the time for which the cache keeps answers")
        )
        yield (
            f"{filled}: a steady day lies between days as quiet as the last ones and days as busy as the first ones after a"
            " switch."
        )
    left_out = series.missing + series.partial
    if left_out:
        yield f"{left_out} {'day' if left_out == 1 else 'days'} without data, or with a part of it, left out."
    if series.idle:
        yield f"It does not run every day: {series.idle} of {len(series.days)} days had no use; the first day is one that has."
    if found.slope:
        yield f"It {'grows' if found.slope > 0 else 'shrinks'} by about {abs(found.slope):.1%} a day, which is carried on."
    elif 1 < found.priced_days < _SHOWS_GROWTH and not found.filling:
        yield f"{found.priced_days} days do not show whether it grows or shrinks by a per cent or two a day; neither is taken."
    if found.weekly:
        yield "Weekdays differ, and are told apart."


def _prompt_caches(series: Series, priced: Priced) -> Iterator[str]:
    """What the provider's own caches of prompts cost once more, as they are kept by model."""
    reads = [r for d in series.days if (r := d.total("cache_read_tokens"))]
    if not reads:
        return
    price = priced.first
    if price.cache_read is None:
        yield "The new model has no price for cached prompts, so cached ones are taken at the full price."
        return
    once = Decimal(str(sum(reads) / len(series.days) / _SLOTS))
    more = once * ((price.cache_write or price.input) - price.cache_read) / MILLION * priced.scale
    yield (
        "The provider's cache of prompts is kept by model and starts cold, too: what is in use at the switch is written"
        f" once more, about ${max(more, Decimal('0.01')):.2f} on a mean day, which is not in these figures."
    )
