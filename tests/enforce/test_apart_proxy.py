"""On a real proxy: what is billed apart from tokens of text is reserved for, charged and recorded, or refused."""

# ruff: noqa: E501  # a line a deployment reads best
from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from enforce.proxylib import Rig, needs_proxy, rig
from enforce.upstream import say

from modelguard.cost.apart import Apart
from modelguard.cost.prices import Price, Prices

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: draw, litellm_params: {model: openai/gpt-image-1.5, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: draw-new, litellm_params: {model: openai/gpt-image-2.5-flare, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: paint, litellm_params: {model: gemini/gemini-2.5-flash-image, api_base: UP/v1beta/models/gemini-2.5-flash-image, api_key: sk-upstream-secret-0003}}
  - {model_name: voice, litellm_params: {model: openai/gpt-audio, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: talk, litellm_params: {model: openai/gpt-realtime, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: hear, litellm_params: {model: openai/gpt-4o-transcribe, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: speak, litellm_params: {model: openai/gpt-4o-mini-tts, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: house, litellm_params: {model: openai/house-tts, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: text, litellm_params: {model: openai/gpt-5, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: rank, litellm_params: {model: cohere/rerank-v3.5, api_base: UP/v1/rerank, api_key: sk-upstream-secret-0001}}
  - {model_name: claude, litellm_params: {model: anthropic/claude-sonnet-4-5, api_base: UP, api_key: sk-upstream-secret-0002}}
router_settings: {num_retries: 0, cooldown_time: 0, allowed_fails: 100000}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
files_settings: [{custom_llm_provider: openai, api_base: UP, api_key: sk-upstream-secret-0001}]
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard], drop_params: false}
"""
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "*", limit: 1000, per: day, max_output: 1000}
  - {consumer: small, model: "*", limit: 0.15, per: day, max_output: 1000}
"""
MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig(tmp_path_factory.mktemp("apart")) as found:
        found.key("api")
        found.key("small")
        text = CONFIG.replace("UP", found.upstream)
        own = {"house-tts": Price(Decimal(1), Decimal(1000), None, None, "test")}
        found.write_policy(LEDGER, text, Prices(own, apart={"house-tts": Apart(most=2000)}))
        found.start(text)
        yield found


def line_after(found: Rig, before: int, asked: str, consumer: str = "api") -> dict[str, Any]:
    """The next line about a name."""
    until = time.time() + 20
    while time.time() < until:
        mine = [x for x in found.lines()[before:] if x.get("asked") == asked and x["consumer"] == consumer]
        if mine:
            return mine[-1]
        time.sleep(0.05)
    raise AssertionError(f"no line about {asked}")


def charged(found: Rig, path: str, body: dict[str, Any], asked: str) -> Decimal:
    """What a call that is let through is charged."""
    before = len(found.lines())
    answer = found.ask(path, "api", body)
    assert answer.status_code == 200, answer.text[:400]
    return Decimal(line_after(found, before, asked)["cost"])


def refused(found: Rig, path: str, body: dict[str, Any], consumer: str = "api") -> dict[str, Any]:
    """The refusal of a call, after which the provider has not been asked."""
    before = len(found.calls())
    answer = found.ask(path, consumer, body)
    assert answer.status_code == 403, answer.text[:400]
    assert len(found.calls()) == before
    error: dict[str, Any] = answer.json()["error"]
    return error


def usd(*parts: tuple[int, str]) -> Decimal:
    """Tokens at USD a million."""
    return sum((Decimal(n) * Decimal(p) for n, p in parts), Decimal(0)) / 1_000_000


PICTURE = {
    "input_tokens": 60, "input_tokens_details": {"text_tokens": 20, "image_tokens": 40},
    "output_tokens": 6340, "output_tokens_details": {"text_tokens": 100, "image_tokens": 6240}, "total_tokens": 6400,
}  # fmt: skip


def test_a_picture_costs_what_its_tokens_cost(proxy: Rig) -> None:
    body = {"model": "draw", "prompt": say(usage=PICTURE)}
    cost = usd((20, "5"), (40, "8"), (100, "10"), (6240, "32"))
    assert charged(proxy, "/v1/images/generations", body, "draw") == cost
    line = proxy.lines()[-1]
    assert (line["tokens_in"], line["tokens_out"], line["apart"]) == (
        60,
        6340,
        {"input_image": 40, "output_image": 6240},
    )
    # An answer that does not tell them apart is taken to be pictures.
    plain = {**PICTURE, "output_tokens_details": None}
    body = {"model": "draw", "prompt": say(usage=plain)}
    assert charged(proxy, "/v1/images/generations", body, "draw") == usd((20, "5"), (40, "8"), (6340, "32"))


def test_pictures_are_reserved_at_the_dearest_and_each_of_them(proxy: Rig) -> None:
    # One at most 6,540 tokens at 32 USD a million: 0.21 of 0.15 USD.
    error = refused(proxy, "/v1/images/generations", {"model": "draw", "prompt": "a cat", "quality": "low"}, "small")
    assert error["code"] == "budget_exhausted" and "$0.2" in error["message"]
    error = refused(proxy, "/v1/images/generations", {"model": "draw", "prompt": "a cat", "n": 5000}, "api")
    assert error["code"] == "budget_exhausted" and "$1047" in error["message"]


def test_a_picture_whose_size_nobody_knows_is_refused(proxy: Rig) -> None:
    error = refused(proxy, "/v1/images/generations", {"model": "draw-new", "prompt": "a cat"})
    assert error["code"] == "unpriced" and "picture_tokens" in error["message"]


def test_edits_count_the_pictures_of_their_form(proxy: Rig) -> None:
    headers = {"Authorization": f"Bearer {proxy.key('api')}"}
    files = [("image[]", ("a.png", b"\x89PNG", "image/png")), ("image[]", ("b.png", b"\x89PNG", "image/png"))]
    before = len(proxy.lines())
    data = {"model": "draw", "prompt": say(usage=PICTURE), "n": "2"}
    answer = httpx.post(f"{proxy.url}/v1/images/edits", data=data, files=files, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text[:300]
    cost = usd((20, "5"), (40, "8"), (100, "10"), (6240, "32"))
    assert Decimal(line_after(proxy, before, "draw")["cost"]) == cost


GOOGLE = {
    "promptTokenCount": 10, "candidatesTokenCount": 1300, "totalTokenCount": 1310,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 10}],
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}, {"modality": "TEXT", "tokenCount": 10}],
}  # fmt: skip
PAINTED = usd((10, "0.3"), (1290, "30"), (10, "2.5"))


def test_a_chat_that_draws_is_charged_for_the_picture(proxy: Rig) -> None:
    messages = [{"role": "user", "content": say(usage=GOOGLE)}]
    body = {"model": "paint", "messages": messages, "modalities": ["image", "text"]}
    assert charged(proxy, "/v1/chat/completions", body, "paint") == PAINTED
    contents = [{"role": "user", "parts": [{"text": say(usage=GOOGLE)}]}]
    google = "/v1beta/models/paint:generateContent"
    assert charged(proxy, google, {"contents": contents}, "paint") == PAINTED
    # Whatever limit a client names, an answer may hold as many pictures as the model gives out: 32,768 tokens at 30 USD.
    error = refused(proxy, "/v1/chat/completions", {"model": "paint", "messages": MESSAGES, "max_tokens": 5}, "small")
    assert error["code"] == "budget_exhausted" and "$0.98" in error["message"]


def test_streams_and_sound_are_charged_by_their_kinds(proxy: Rig) -> None:
    usage = {
        "prompt_tokens": 100, "completion_tokens": 200, "total_tokens": 300,
        "prompt_tokens_details": {"audio_tokens": 80, "text_tokens": 20, "cached_tokens": 0},
        "completion_tokens_details": {"audio_tokens": 150, "text_tokens": 50, "reasoning_tokens": 0},
    }  # fmt: skip
    messages = [{"role": "user", "content": say(usage=usage)}]
    body = {"model": "voice", "messages": messages, "modalities": ["text", "audio"], "audio": {"voice": "alloy"}}
    cost = usd((20, "2.5"), (80, "32"), (50, "10"), (150, "64"))
    assert charged(proxy, "/v1/chat/completions", body, "voice") == cost
    streamed = {**body, "stream": True, "stream_options": {"include_usage": True}}
    assert charged(proxy, "/v1/chat/completions", streamed, "voice") == cost


def test_sound_that_nobody_prices_is_refused(proxy: Rig) -> None:
    part = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    body = {"model": "text", "messages": [{"role": "user", "content": [part]}]}
    error = refused(proxy, "/v1/chat/completions", body)
    assert error["code"] == "unpriced" and "input of audio" in error["message"]
    error = refused(
        proxy, "/v1/chat/completions", {"model": "text", "messages": MESSAGES, "modalities": ["text", "audio"]}
    )
    assert error["code"] == "unpriced" and "output of audio" in error["message"]


def test_a_recording_is_reserved_at_the_models_context_and_charged_by_its_sound(proxy: Rig) -> None:
    usage = {
        "type": "tokens", "input_tokens": 110, "output_tokens": 9, "total_tokens": 119,
        "input_token_details": {"text_tokens": 10, "audio_tokens": 100},
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {proxy.key('api')}"}
    files = {"file": ("a.wav", b"RIFF", "audio/wav")}
    before = len(proxy.lines())
    data = {"model": "hear", "prompt": say(usage=usage)}
    answer = httpx.post(f"{proxy.url}/v1/audio/transcriptions", data=data, files=files, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text[:300]
    line = line_after(proxy, before, "hear")
    assert Decimal(line["cost"]) == usd((10, "2.5"), (100, "6"), (9, "10")), line


def test_speech_and_what_is_billed_by_the_query_are_refused(proxy: Rig) -> None:
    error = refused(proxy, "/v1/audio/speech", {"model": "speak", "input": "hello", "voice": "alloy"})
    assert error["code"] == "unpriced" and "max_output" in error["message"]
    error = refused(proxy, "/v1/rerank", {"model": "rank", "query": "hi", "documents": ["a"]})
    assert error["code"] == "unpriced" and "by the query" in error["message"]


def test_speech_with_a_limit_of_ones_own_is_charged_at_it(proxy: Rig) -> None:
    # Its answers say nothing of what they cost: 2,000 tokens at 1,000 USD a million, and the words.
    cost = charged(proxy, "/v1/audio/speech", {"model": "house", "input": "hello", "voice": "alloy"}, "house")
    assert Decimal(2) < cost < Decimal("2.001")


def test_a_batch_with_what_has_no_bound_is_refused_as_it_comes_in(proxy: Rig) -> None:
    def upload(url: str, **body: Any) -> httpx.Response:
        line = json.dumps({"custom_id": "1", "method": "POST", "url": url, "body": body}).encode()
        files = {"file": ("b.jsonl", line + b"\n" + line, "application/jsonl")}
        headers = {"Authorization": f"Bearer {proxy.key('api')}"}
        return httpx.post(f"{proxy.url}/v1/files", data={"purpose": "batch"}, files=files, headers=headers, timeout=30)

    before = len(proxy.calls())
    for url, body in (
        ("/v1/responses", {"model": "gpt-5", "input": "x", "tools": [{"type": "web_search"}], "max_tool_calls": 1}),
        ("/v1/chat/completions", {"model": "gpt-5", "messages": MESSAGES, "service_tier": "priority"}),
        ("/v1/images/generations", {"model": "gpt-image-2.5-flare", "prompt": "a cat"}),
    ):
        answer = upload(url, **body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "unpriced"), answer.text[:300]
        assert "Line 1 of the batch" in answer.text
    assert len(proxy.calls()) == before
    stored = upload("/v1/images/generations", model="gpt-image-1.5", prompt="a cat")
    assert stored.status_code == 200, stored.text[:300]
    seen = len(proxy.lines())
    batch = {"input_file_id": stored.json()["id"], "endpoint": "/v1/images/generations", "completion_window": "24h"}
    started = proxy.ask("/v1/batches", "small", batch)
    assert started.status_code == 403
    started = proxy.ask("/v1/batches", "api", batch)
    cost = Decimal(line_after(proxy, seen, "gpt-image-1.5")["cost"])
    # Two pictures of the dearest kind, where the provider took it.
    assert started.status_code != 200 or usd((2 * 6540, "32")) <= cost < usd((2 * 6540, "32")) + Decimal("0.01")


def test_a_session_of_sound_is_charged_by_its_kinds(proxy: Rig) -> None:
    from websockets.sync.client import connect

    usage = {
        "input_tokens": 200, "output_tokens": 60, "total_tokens": 260,
        "input_token_details": {"text_tokens": 20, "audio_tokens": 180, "cached_tokens": 110,
                                "cached_tokens_details": {"text_tokens": 10, "audio_tokens": 100}},
        "output_token_details": {"text_tokens": 10, "audio_tokens": 50},
    }  # fmt: skip
    before = len(proxy.lines())
    headers = {"Authorization": f"Bearer {proxy.key('api')}"}
    url = proxy.url.replace("http", "ws") + "/v1/realtime?model=talk"
    with connect(url, additional_headers=headers, open_timeout=20) as socket:
        socket.recv(10)
        for _ in range(2):
            socket.send(json.dumps({"type": "response.create", "response": {"instructions": say(usage=usage)}}))
            while json.loads(socket.recv(10))["type"] != "response.done":
                pass
    turn = usd((10, "4"), (80, "32"), (10, "0.4"), (100, "0.4"), (10, "16"), (50, "64"))
    assert Decimal(line_after(proxy, before, "talk")["cost"]) == 2 * turn


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/v1/responses", {"model": "text", "input": "hi", "tools": [{"type": "web_search"}]}, "max_tool_calls"),
        ("/v1/responses", {"model": "text", "input": "hi", "tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}, "code_interpreter"),
        ("/v1/responses", {"model": "text", "input": "hi", "tools": [{"type": "image_generation"}]}, "image_generation"),
        ("/v1/responses", {"model": "text", "input": "hi", "service_tier": "ultrafast"}, "ultrafast"),
        ("/v1/chat/completions", {"model": "text", "messages": MESSAGES, "web_search_options": {}}, "max_tool_calls"),
        ("/v1/messages", {"model": "claude", "messages": MESSAGES, "max_tokens": 9, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "max_uses"),
        ("/v1/messages", {"model": "claude", "messages": MESSAGES, "max_tokens": 9, "tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}, "code_interpreter"),
        ("/v1beta/models/paint:generateContent", {"contents": [], "tools": [{"googleMaps": {}}]}, "maps"),
    ],
)  # fmt: skip
def test_what_the_provider_runs_is_refused_where_it_has_no_bound(
    proxy: Rig, path: str, body: dict[str, Any], word: str
) -> None:
    error = refused(proxy, path, body)
    detail = error.get("modelguard", {})
    assert detail.get("code") == "unpriced" and word in error["message"], error


def test_searches_within_a_bound_are_reserved_and_charged(proxy: Rig) -> None:
    searched = {"type": "web_search_call", "id": "ws", "status": "completed"}
    prompt = say(usage={"input_tokens": 9000, "output_tokens": 100, "total_tokens": 9100}, output=[searched, searched])
    body = {"model": "text", "input": prompt, "tools": [{"type": "web_search"}], "max_tool_calls": 3}
    cost = usd((9000, "1.25"), (100, "10")) + Decimal("0.02")
    assert charged(proxy, "/v1/responses", body, "text") == cost
    assert proxy.lines()[-1]["apart"] == {"web_search": 2}
    streamed = {**body, "stream": True}
    assert charged(proxy, "/v1/responses", streamed, "text") == cost
    usage = {"input_tokens": 500, "output_tokens": 100, "server_tool_use": {"web_search_requests": 1}}
    tool = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    messages = [{"role": "user", "content": say(usage=usage)}]
    body = {"model": "claude", "messages": messages, "max_tokens": 500, "tools": [tool]}
    assert charged(proxy, "/v1/messages", body, "claude") == usd((500, "3"), (100, "15")) + Decimal("0.01")
    # Three rounds of a whole context each, of 200,000 tokens at 6 USD are more than the small one has.
    assert refused(proxy, "/v1/messages", body, "small")["modelguard"]["code"] == "budget_exhausted"


def test_the_priority_tier_costs_what_it_costs(proxy: Rig) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}
    body = {"model": "text", "input": say(usage=usage, service_tier="priority"), "service_tier": "priority"}
    assert charged(proxy, "/v1/responses", body, "text") == usd((1000, "2.5"), (100, "20"))
    assert proxy.lines()[-1]["service"] == "priority"


def test_a_long_prompt_costs_its_tier_and_the_cache_what_it_costs(proxy: Rig) -> None:
    usage = {
        "input_tokens": 150_000, "output_tokens": 100, "cache_read_input_tokens": 50_000, "cache_creation_input_tokens": 30_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 10_000, "ephemeral_1h_input_tokens": 20_000},
    }  # fmt: skip
    messages = [{"role": "user", "content": say(usage=usage)}]
    body = {"model": "claude", "messages": messages, "max_tokens": 500}
    # 230,000 tokens of prompt are above 200,000: all of it at the dearer price.
    cost = usd((150_000, "6"), (100, "22.5"), (50_000, "0.6"), (10_000, "7.5"), (20_000, "12"))
    assert charged(proxy, "/v1/messages", body, "claude") == cost


def test_nothing_stays_reserved(proxy: Rig) -> None:
    for _ in range(100):
        with sqlite3.connect(proxy.folder / "budgets.sqlite") as db:
            [(left,)] = db.execute("SELECT coalesce(sum(reserved), 0) FROM spend")
        db.close()
        if left == 0:
            return
        time.sleep(0.1)
    raise AssertionError(left)
