"""What a model bills beside tokens of text: sound, pictures and video by their tokens, uses of tools, and what nobody prices.

A guard of budgets has to know all of it: what it can't hold against a budget it must refuse. Sources are those of
prices.py, and where both know a price the dearer counts. Prices of tokens are USD per million, of uses USD each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from modelguard.catalog.identity import ModelIdentity
from modelguard.cost.prices import Prices, genai, shipped_more

KINDS: Final = (
    "input_audio", "input_image", "input_video", "output_audio", "output_image", "output_video", "output_reasoning",
    "cache_read_audio", "cache_read_image",
)  # fmt: skip
_GENAI_KINDS: Final = {
    "input_audio_mtok": "input_audio",
    "input_image_mtok": "input_image",
    "input_video_mtok": "input_video",
    "output_audio_mtok": "output_audio",
    "output_image_mtok": "output_image",
    "output_video_mtok": "output_video",
    "output_reasoning_mtok": "output_reasoning",
    "cache_audio_read_mtok": "cache_read_audio",
    "cache_image_read_mtok": "cache_read_image",
}
_GENAI_USES: Final = {
    "web_searches_kcount": "web_search",
    "storage_searches_kcount": "file_search",
    "requests_kcount": "request",
}
_GENAI_UNITS: Final = {
    "audio_hours": "second",
    "input_audio_hours": "second",
    "input_mchars": "character",
    "input_document_kpages": "page",
    "input_annotated_document_kpages": "page",
    "input_text_messages_kcount": "message",
    "output_citation_mtok": "token of a citation",
}
_PICTURES: Final = (
    # The dearest quality and size there is. gpt-image-1 and 1.5: 6,240 tokens (the table in
    # https://community.openai.com/t/what-is-the-difference-between-image-generation-and-output-of-image-tokens/1371851,
    # read 2026-11-25), and 100 for each of 3 partial pictures, for which no page was read. gpt-image-2 takes any size
    # up to 8,294,400 pixels: 23,718 tokens by a formula that users found, for a square in high quality
    # (https://community.openai.com/t/gpt-image-2-output-pricing-calculator-online-and-in-your-code/1382699, 2026).
    (re.compile(r"(?:databricks-)?(?:gpt-image-1(?:[.-]5)?(?:-mini)?|chatgpt-image)\Z"), 6_540),
    (re.compile(r"(?:databricks-)?gpt-image-2\Z"), 24_018),
)
_SAYS_PICTURES: Final = re.compile(r"(?:\A|-)images?(?:-|\Z)")
"""Names of models that draw: `gpt-5-image`, `grok-imagine-image`; not `titan-embed-image`, that reads them."""
_READ: Final = frozenset({"picture read", "second of sound", "second of video"})
_READS: Final = re.compile(r"embed|rerank|moderation|guard")


@dataclass(frozen=True, slots=True)
class Apart:
    """What a model bills beside text. `kinds`: prices of tokens by kind; `uses`: prices of tools' uses, `request` of every
    call; `units`: what is billed too and has no price here, `reads` only where a request holds it; `context`: the most
    tokens that go in; `most`: the most that come out, whatever is asked for; `picture`: the most tokens of one picture.
    None is not known.
    """

    kinds: tuple[tuple[str, Decimal], ...] = ()
    uses: tuple[tuple[str, Decimal], ...] = ()
    units: tuple[str, ...] = ()
    context: int | None = None
    most: int | None = None
    picture: int | None = None
    reads: tuple[str, ...] = ()

    def kind(self, name: str) -> Decimal | None:
        """The price of a kind of tokens."""
        return next((price for kind, price in self.kinds if kind == name), None)


def apart_of(model: ModelIdentity, on: date, prices: Prices) -> Apart:
    """What a model bills beside text on a day. Who gives a model a price in tokens says that it is billed by them."""
    found = _tables(model, on)
    own = prices.apart.get(model.name)
    if model.name in prices.overrides:
        found = replace(found, units=(), reads=())
    return found if own is None else _over(found, own)


def _over(table: Apart, own: Apart) -> Apart:
    """A table's figures with a user's own over them."""
    return Apart(
        tuple({**dict(table.kinds), **dict(own.kinds)}.items()),
        tuple({**dict(table.uses), **dict(own.uses)}.items()),
        table.units,
        own.context or table.context,
        own.most or table.most,
        own.picture or table.picture,
        table.reads,
    )


@lru_cache(maxsize=1024)
def _tables(model: ModelIdentity, on: date) -> Apart:
    more, found = shipped_more(model), genai(model, on)
    price = found.model_price if found is not None else None
    kinds = _dearer(more.get("kinds", {}), _from(price, _GENAI_KINDS, 1))
    uses = _dearer(more.get("uses", {}), _from(price, _GENAI_USES, 1000))
    units = {*more.get("units", ()), *_from(price, _GENAI_UNITS, 1)}
    text = _from(price, {"input_mtok": "text"}, 1).get("text")
    if "second" in units and text:
        # Text is billed by tokens, sound by the second: only the latter is refused, as no token of it has a price.
        units.discard("second")
        if kinds.get("input_audio") == text:
            del kinds["input_audio"]
    # These models read text too, and bill it by its tokens.
    reads = units & _READ
    # What searches by itself bills a search with every request (perplexity's sonar, OpenAI's search models).
    if "web_search" in uses and (model.provider == "perplexity" or "search" in model.name):
        uses["request"] = max(uses.get("request", Decimal(0)), uses["web_search"])
    if "output_image" not in kinds and _SAYS_PICTURES.search(model.name) and not _READS.search(model.name):
        units.add("picture")
    return Apart(
        tuple(sorted(kinds.items())),
        tuple(sorted(uses.items())),
        tuple(sorted(units - reads)),
        int(more["context"]) if "context" in more else getattr(getattr(found, "model", None), "context_window", None),
        int(more["most"]) if "most" in more else None,
        _picture(model),
        tuple(sorted(reads)),
    )


def _picture(model: ModelIdentity) -> int | None:
    return next((tokens for pattern, tokens in _PICTURES if pattern.match(model.name)), None)


def _from(price: Any, names: Mapping[str, str], each: int) -> dict[str, Decimal]:
    """genai-prices' figures by our names; of several tiers the dearest."""
    found = {}
    for key, name in names.items():
        value = getattr(price, key, None) if price is not None else None
        if value is not None:
            figures = [getattr(value, "base", value), *(tier.price for tier in getattr(value, "tiers", ()))]
            found[name] = max(Decimal(str(f)) for f in figures) / each
    return found


def _dearer(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {k: max(t[k] for t in (one, other) if k in t) for k in {*one, *other}}
