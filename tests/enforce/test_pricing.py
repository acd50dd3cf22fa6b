"""What a call costs at most covers what it comes to, whatever it holds and brings; what has no bound is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.catalog.identity import identify
from modelguard.cost.apart import Apart, apart_of
from modelguard.cost.prices import Price as CostPrice
from modelguard.cost.prices import Prices
from modelguard.enforce.compile import _model as compiled
from modelguard.enforce.priced import Model, Price, Service, Tier
from modelguard.enforce.pricing import NoBound, most_input, most_output, real_cost, worst_cost
from modelguard.enforce.request import Asked, asked
from modelguard.enforce.routes import Kind
from modelguard.enforce.store import usd
from modelguard.enforce.usage_of import Tokens

DAY = date(2026, 11, 25)
D = Decimal
PLAIN = Model("openai/x", "x", "openai", "", Price(D("0.15"), D("0.6"), D("0.075"), D("0.2")))
KINDS = (
    ("cache_read_audio", D("0.4")), ("input_audio", D(32)), ("input_image", D(5)), ("output_audio", D(64)),
    ("output_image", D(30)), ("output_reasoning", D(20)),
)  # fmt: skip
LONG = Price(D(6), D("22.5"), D("0.6"), D("7.5"), "", D(12), tuple((k, p * 2) for k, p in KINDS))
RICH = Model(
    "openai/r", "r", "openai", "",
    Price(D(3), D(15), D("0.3"), D("3.75"), "", D(6), KINDS, (Tier(200_000, LONG),),
          (Service("priority", Price(D(6), D(30), D("0.6"), D("7.5"), "", D(12), KINDS)),)),
    "", (("request", D("0.01")), ("web_search", D("0.02"))), (), 1_000_000, 50_000, 6_540,
)  # fmt: skip


def ask(kind: Kind = "chat", **body: Any) -> Asked:
    return asked({"model": "m", "messages": [{"role": "user", "content": "hi"}], **body}, None, None, kind)


def bound(request: Asked, model: Model, limit: int | None = None) -> int:
    found = worst_cost(request, model, limit)
    assert isinstance(found, int), found
    return found


@given(*[st.integers(0, 10**6) for _ in range(4)])
def test_text_is_covered_to_the_nano_dollar(plain: int, output: int, read: int, write: int) -> None:
    cost = real_cost(PLAIN, Tokens(plain, output, read, write))
    assert cost <= bound(Asked(input_tokens=plain + read + write, max_output=output), PLAIN)
    price = PLAIN.price
    assert price is not None
    exact = (price.input * plain + price.output * output + D("0.075") * read + D("0.2") * write) / 10**6
    assert 0 <= usd(cost) - exact < D("1e-9")


BODIES: list[dict[str, Any]] = [
    {},
    {"n": 3, "max_tokens": 700},
    {"modalities": ["text"]},
    {"modalities": ["text", "audio"], "max_tokens": 50},
    {"service_tier": "priority"},
    {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]}]},
    {
        "messages": [
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}]}
        ]
    },
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"ttl": "1h"}}]}]},
    {"previous_response_id": "resp_1", "max_output_tokens": 9},
    {"tools": [{"type": "web_search"}], "max_tool_calls": 2},
]


@given(st.data(), st.sampled_from(BODIES))
def test_whatever_comes_back_is_covered(data: st.DataObject, body: dict[str, Any]) -> None:
    request = ask(**body)
    into, out = most_input(request, RICH), most_output(request, RICH, 1000)
    assert isinstance(out, int)
    rounds = 1 + sum(t or 0 for t in request.tools.values())
    plain = data.draw(st.integers(0, into * rounds))
    read = data.draw(st.integers(0, into * rounds - plain))
    write = into * rounds - plain - read if data.draw(st.booleans()) else 0
    output = data.draw(st.integers(0, out * rounds))
    names = ["output_reasoning"]
    names += ["output_audio", "output_image"] if not request.text_only else []
    names += ["input_image"] if request.holds.pictures or request.holds.opaque or request.tools else []
    names += ["input_audio", "cache_read_audio"] if request.holds.opaque or request.tools else []
    kinds = tuple((n, data.draw(st.integers(0, 2_000_000))) for n in names)
    told = frozenset(
        data.draw(st.sets(st.sampled_from(["input_audio", "input_image", "output_audio", "output_image"])))
    )
    hour = write if request.holds.hour else 0
    uses = (("web_search", data.draw(st.integers(0, 2))),) if request.tools else ()
    service = data.draw(st.sampled_from(["", *request.services]))
    tokens = Tokens(plain, output, read, write, hour, kinds, told, uses, service)
    assert real_cost(RICH, tokens, request) <= bound(request, RICH, 1000)


def test_a_limit_of_the_ledger_counts_where_the_request_has_none() -> None:
    text = ask(modalities=["text"])
    assert bound(text, RICH, 10) < bound(text, RICH, 1000) < bound(text, RICH)
    assert bound(ask(max_tokens=5), PLAIN, 1000) < bound(ask(), PLAIN, 1000)


def test_copies_cost_each() -> None:
    output = [bound(ask(max_tokens=1000, n=n), PLAIN) for n in (1, 2)]
    assert output[1] - output[0] == 600_000


def test_each_picture_is_a_call_of_its_own() -> None:
    model = Model("i", "i", price=Price(D(5), D(10), kinds=(("output_image", D(32)),)), picture=6540)
    one, three = (bound(ask("images", prompt="a cat", n=n), model) for n in (1, 3))
    assert three == 3 * one


def test_an_answer_in_text_alone_is_reserved_at_the_price_of_text() -> None:
    request = ask(modalities=["text"], max_tokens=1000)
    price = RICH.price
    assert price is not None
    assert bound(request, RICH) == most_input(request, RICH) * 3750 + 1000 * 20_000 + 10_000_000
    assert bound(ask(max_tokens=1000), RICH) > 50_000 * 64_000


def test_a_dearer_tier_is_reserved_for_what_may_reach_it() -> None:
    short = Asked(input_tokens=200_000, max_output=0)
    long = Asked(input_tokens=200_001, max_output=0)
    tiered = Model("a", "a", price=Price(D(3), D(15), tiers=(Tier(200_000, Price(D(6), D(22))),)))
    assert bound(short, tiered) == 600_000_000
    assert bound(long, tiered) == 1_200_006_000
    # Many prompts together are no long one: a batch's lines.
    assert bound(Asked(input_tokens=400_000, max_output=0, longest=4_000), tiered) == 1_200_000_000
    assert real_cost(tiered, Tokens(150_000, 0, 50_001)) > real_cost(tiered, Tokens(150_000, 0, 50_000)) * 19 // 10


def test_what_is_not_told_apart_counts_at_the_dearest() -> None:
    image = Model(
        "i", "i", price=Price(D(5), D(10), kinds=(("input_image", D(8)), ("output_image", D(32)))), picture=6540
    )
    request = ask("images", prompt="a cat")
    assert real_cost(image, Tokens(10, 1000), request) == 10 * 5000 + 1000 * 32000
    told = frozenset({"output_image", "output_audio", "output_video"})
    tokens = Tokens(10, 1000, kinds=(("output_image", 900),), told=told)
    assert real_cost(image, tokens, request) == 10 * 5000 + 900 * 32000 + 100 * 10000


def test_sound_from_the_providers_cache_has_its_price() -> None:
    tokens = Tokens(0, 0, 100, kinds=(("cache_read_audio", 60),))
    assert real_cost(RICH, tokens) == 60 * 400 + 40 * 300 + 10_000_000
    # Without a price of its own it costs what fresh sound does.
    dear = Model("d", "d", price=Price(D(3), D(15), D("0.3"), kinds=(("input_audio", D(32)),)))
    assert real_cost(dear, tokens) == 60 * 32_000 + 40 * 300


def test_uses_that_nobody_counts_are_those_that_were_allowed() -> None:
    request = ask(tools=[{"type": "web_search"}], max_tool_calls=4)
    base = real_cost(RICH, Tokens(1, 1), ask())
    assert real_cost(RICH, Tokens(1, 1), request) - base == 4 * 20_000_000
    assert real_cost(RICH, Tokens(1, 1, uses=(("web_search", 1),)), request) - base == 20_000_000


@pytest.mark.parametrize(
    ("kind", "body", "model", "word"),
    [
        ("chat", {"tools": [{"type": "web_search"}]}, RICH, "max_tool_calls"),
        ("chat", {"tools": [{"type": "file_search"}], "max_tool_calls": 1}, RICH, "file_search"),
        ("chat", {"service_tier": "ultrafast"}, RICH, "ultrafast"),
        ("chat", {"service_tier": "priority", "inference_geo": "us"}, RICH, "inference_geo us"),
        ("chat", {"modalities": ["audio"]}, PLAIN, "output of audio"),
        ("images", {"prompt": "x"}, PLAIN, "picture_tokens"),
        ("audio", {"input": "x", "voice": "y"}, PLAIN, "max_output"),
        ("chat", {}, Model("w", "w", price=Price(D(1), D(0))), "what w gives out"),
        (
            "embeddings",
            {"input": "data:image/png;base64,AA"},
            Model("t", "t", price=Price(D(1), D(0)), reads=("picture read",)),
            "picture read",
        ),
    ],
)
def test_what_has_no_bound(kind: Kind, body: dict[str, Any], model: Model, word: str) -> None:
    found = worst_cost(ask(kind, **body), model, 100)
    assert isinstance(found, NoBound) and word in f"{found.why} {found.how}"


def test_embeddings_give_out_nothing_and_counting_is_free() -> None:
    embed = Model("e", "e", price=Price(D("0.02"), D(0)), reads=("picture read",))
    assert bound(ask("embeddings", input="hello"), embed) > 0
    assert bound(ask("count"), embed) == 0


# -- from the tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kinds"),
    [
        ("openai/gpt-image-1.5", {"input_image": "8", "output_image": "32", "cache_read_image": "2"}),
        ("openai/gpt-image-1", {"input_image": "10", "output_image": "40"}),
        ("gemini/gemini-2.5-flash-image", {"output_image": "30"}),
        ("openai/gpt-audio", {"input_audio": "32", "output_audio": "64"}),
        ("openai/gpt-realtime", {"input_audio": "32", "output_audio": "64", "cache_read_audio": "0.4"}),
        ("openai/gpt-4o-transcribe", {"input_audio": "6"}),
        ("dashscope/qwen-turbo", {"output_reasoning": "0.5"}),
    ],
)
def test_prices_of_kinds(raw: str, kinds: dict[str, str]) -> None:
    found = apart_of(identify(raw), DAY, Prices())
    assert {k: found.kind(k) for k in kinds} == {k: D(v) for k, v in kinds.items()}


@pytest.mark.parametrize(
    ("raw", "units"),
    [
        ("cohere/rerank-v3.5", ("query",)),
        ("openrouter/google/gemini-2.5-flash-image", ("picture",)),
        ("perplexity/sonar-deep-research", ("token of a citation",)),
        ("openai/gpt-5", ()),
        ("openai/gpt-4o-transcribe", ()),
        ("bedrock/us.anthropic.claude-opus-4-6-v1", ()),
    ],
)
def test_what_is_billed_by_something_else(raw: str, units: tuple[str, ...]) -> None:
    assert apart_of(identify(raw), DAY, Prices()).units == units


def test_a_price_of_ones_own_says_that_tokens_are_what_is_billed_and_may_say_more() -> None:
    rank = identify("cohere/rerank-v3.5")
    own = {rank.name: CostPrice(D(1), D(0), None, None, "mine")}
    more = {rank.name: Apart((("input_audio", D(2)),), (("web_search", D(3)),), (), 5, 6, 7)}
    found = apart_of(rank, DAY, Prices(own, apart=more))
    assert found == Apart((("input_audio", D(2)),), (("web_search", D(3)),), (), 5, 6, 7)
    draw = identify("openai/gpt-image-1.5")
    kept = apart_of(draw, DAY, Prices({draw.name: CostPrice(D(1), D(1), None, None, "mine")}))
    assert kept.kind("output_image") == D(32) and kept.picture == 6540


def test_the_policy_has_tiers_services_and_what_is_apart() -> None:
    pro = compiled("gemini/gemini-2.5-pro", Prices(), DAY)
    assert pro.price is not None
    assert [(t.above, t.price.input, t.price.output) for t in pro.price.tiers] == [(200_000, D("2.5"), D(15))]
    assert [s.name for s in pro.price.services] == ["flex", "priority"]
    assert dict(pro.uses)["web_search"] == D("0.035") and pro.context == 1_048_576
    # Sound above a threshold, and at a dearer tier, is as much dearer as text is.
    flash = Prices({"x": CostPrice(D(1), D(2), None, None, "", ((10, CostPrice(D(3), D(8), None, None, "")),))},
                   apart={"x": Apart((("input_audio", D(10)), ("output_audio", D(20))))})  # fmt: skip
    price = compiled("openai/x", flash, DAY).price
    assert price is not None and dict(price.tiers[0].price.kinds) == {"input_audio": D(30), "output_audio": D(80)}
