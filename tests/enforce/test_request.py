# ruff: noqa: E501  # a row a case reads best
"""What a body names, what is taken out of it, what it may cost; what a path is; what an answer says it used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.enforce.request import BadRequest, asked, clean, put_limit, tokens_of
from modelguard.enforce.routes import odd, route_of
from modelguard.enforce.usage_of import Tokens, usage_in


@pytest.mark.parametrize(
    ("body", "names", "calls"),
    [
        ({"model": "a"}, ["a"], ["a"]),
        ({"model": "a, b,"}, ["a", "b"], ["a", "b"]),
        ({"model": ["a", "b"]}, ["a", "b"], ["a", "b"]),
        ({"model": "a", "models": ["b"]}, ["a", "b"], ["a"]),
        (
            {"model": "a", "fallbacks": ["b", {"model": "c", "messages": []}, {"a": ["d", "e"]}]},
            ["a", "b", "c", "d", "e"],
            ["a"],
        ),
        ({"model": "a", "context_window_fallback_dict": {"a": "b"}}, ["a", "b"], ["a"]),
        (
            {"model": "a", "content_policy_fallbacks": [{"a": ["b"]}], "default_fallbacks": ["c"]},
            ["a", "b", "c"],
            ["a"],
        ),
        ({}, [], []),
        ({"model": None}, [], []),
        ({"model": ""}, [], []),
    ],
)
def test_every_name_is_seen(body: dict[str, Any], names: list[str], calls: list[str]) -> None:
    found = asked(body, None, None, "chat")
    assert (found.names, found.calls) == (names, calls)


def test_path_query_and_body_all_count() -> None:
    assert asked({"model": "c"}, "a", ["b", "d"], "chat").names == ["a", "b", "d", "c"]


def test_a_model_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadRequest):
        asked({"model": {"name": "a"}}, None, None, "chat")


STEERING = [
    "cache_key", "mock_response", "mock_testing_fallbacks", "api_base", "base_url", "api_key", "user_config", "model_list",
    "router_settings_override", "custom_llm_provider", "no-log", "input_cost_per_token", "litellm_metadata", "litellm_params",
    "aws_bedrock_runtime_endpoint", "vertex_project", "model_id", "user_api_key_alias", "extra_headers", "_internal",
]  # fmt: skip


def test_what_steers_the_proxy_is_taken_out() -> None:
    body: dict[str, Any] = dict.fromkeys(STEERING, "x") | {
        "model": "a",
        "metadata": {"model_group": "b", "caching_groups": [["a", "b"]], "user_api_key_alias": "c", "mine": 1},
        "extra_body": {"model": "b", "api_base": "x", "top_k": 3},
        "cache": {"namespace": "others", "no-cache": True},
        "litellm_session_id": "s",
        "temperature": 0,
    }
    taken = clean(body)
    assert set(STEERING) <= set(taken)
    assert body == {
        "model": "a",
        "metadata": {"mine": 1},
        "extra_body": {"top_k": 3},
        "cache": {"no-cache": True},
        "litellm_session_id": "s",
        "temperature": 0,
    }
    assert clean(body) == []


def test_what_is_left_alone_is_left_alone() -> None:
    body = {
        "model": "a",
        "messages": [{"role": "user", "content": "api_base"}],
        "tools": [{"api_key": 1}],
        "seed": 1,
        "n": 2,
    }
    assert clean(json.loads(json.dumps(body))) == []


@pytest.mark.parametrize(
    ("body", "limit", "copies"),
    [
        ({"max_tokens": 5}, 5, 1),
        ({"max_tokens": 5, "max_completion_tokens": 9}, 9, 1),
        ({"max_output_tokens": 7}, 7, 1),
        ({"generationConfig": {"maxOutputTokens": 3}}, 3, 1),
        ({"inferenceConfig": {"maxTokens": 4}}, 4, 1),
        ({"max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": 100}}, 105, 1),
        ({"n": 3}, None, 3),
        ({"n": "12"}, None, 12),
        ({"n": 5000}, None, 5000),
        ({"generationConfig": {"candidateCount": 4}}, None, 4),
        ({"max_tokens": -1, "n": True}, None, 1),
        ({"max_tokens": "5"}, None, 1),
    ],
)
def test_the_most_that_is_asked_for(body: dict[str, Any], limit: int | None, copies: int) -> None:
    found = asked({"model": "a", **body}, None, None, "chat")
    assert (found.max_output, found.copies) == (limit, copies)


def test_a_limit_is_put_where_the_route_has_it() -> None:
    body: dict[str, Any] = {}
    assert put_limit(body, "responses", 9) and body == {"max_output_tokens": 9}
    body = {}
    assert put_limit(body, "gemini", 9) and body == {"generationConfig": {"maxOutputTokens": 9}}
    assert not put_limit({}, "pass-through", 9)


TEXT = st.text(st.characters(codec="utf-8"), max_size=50)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda c: st.lists(c) | st.dictionaries(TEXT, c))


@given(st.dictionaries(TEXT, JSON))
def test_any_body_is_judged_or_refused(body: dict[str, Any]) -> None:
    clean(body)
    try:
        found = asked(body, None, None, "chat")
    except BadRequest:
        return
    assert all(isinstance(n, str) and n for n in found.calls)


@given(TEXT)
def test_tokens_are_never_fewer_than_half_the_bytes(text: str) -> None:
    assert tokens_of({"m": [{"content": text}]}) >= len(text.encode()) // 2


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("POST", "/v1/chat/completions", ("spend", "chat", None)),
        ("POST", "/chat/completions", ("spend", "chat", None)),
        ("POST", "/engines/a/b/chat/completions", ("spend", "chat", "a/b")),
        ("POST", "/openai/deployments/x/embeddings", ("spend", "embeddings", "x")),
        ("POST", "/v1/messages/count_tokens", ("spend", "count", None)),
        ("POST", "/v1beta/models/gemini-x:streamGenerateContent", ("spend", "gemini", "gemini-x")),
        ("POST", "/openai/v1/chat/completions", ("pass", "pass-through", None)),
        ("POST", "/openai/v1/responses", ("spend", "responses", None)),
        ("POST", "/bedrock/model/us.anthropic.x-v1:0/converse-stream", ("pass", "pass-through", "us.anthropic.x-v1:0")),
        ("POST", "/vertex_ai/v1/projects/p/locations/l/publishers/anthropic/models/claude-x:rawPredict", ("pass", "pass-through", "claude-x")),
        ("POST", "/gemini/v1beta/models/g:countTokens", ("pass", "count", "g")),
        ("POST", "/own/thing", ("pass", "pass-through", None)),
        ("GET", "/own/thing", ("pass", "pass-through", None)),
        ("POST", "/v1/files", ("file", "batch", None)),
        ("POST", "/v1/batches", ("batch", "batch", None)),
        ("GET", "/v1/models", ("free", "other", None)),
        ("GET", "/health/liveliness", ("open", "other", None)),
        ("GET", "/health", ("unknown", "other", None)),
        ("POST", "/key/generate", ("manage", "other", None)),
        ("POST", "/v1/fine_tuning/jobs", ("unknown", "other", None)),
        ("POST", "/v1/threads/x/runs", ("unknown", "other", None)),
        ("POST", "/some/route/of/tomorrow", ("unknown", "other", None)),
        ("POST", "/V1/chat/completions", ("unknown", "other", None)),
        ("WEBSOCKET", "/v1/realtime", ("socket", "realtime", None)),
        ("WEBSOCKET", "/vertex_ai/live", ("unknown", "other", None)),
    ],
)  # fmt: skip
def test_what_a_path_is(method: str, path: str, wanted: tuple[str, str, str | None]) -> None:
    found = route_of(method, path, ("/own",))
    assert (found.class_, found.kind, found.model) == wanted


@pytest.mark.parametrize("path", ["//v1", "/a/../b", "/a/./b", "/a/..", "/a\\b", "/a%2fb", "/a;b", "/a\nb"])
def test_paths_that_can_be_read_in_two_ways(path: str) -> None:
    assert odd(path)


def test_ordinary_paths_are_not_odd() -> None:
    assert not any(
        odd(p)
        for p in ("/v1/chat/completions", "/bedrock/model/us.anthropic.x-v1:0/invoke", "/ui/", "/v1/files/file-1..2")
    )


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"usage": {"prompt_tokens": 10, "completion_tokens": 5}}, Tokens(10, 5)),
        ({"usage": {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}}}, Tokens(6, 5, 4)),
        ({"usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 7, "cache_creation_input_tokens": 3}}, Tokens(10, 5, 7, 3)),
        ({"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}, Tokens(1, 2)),
        ({"usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "cachedContentTokenCount": 4}}, Tokens(5, 5, 4, kinds=(("output_reasoning", 3),))),
        ({"type": "response.done", "response": {"usage": {"input_tokens": 3, "output_tokens": 4}}}, Tokens(3, 4)),
        ({"nothing": 1}, None),
        ({"usage": None}, None),
        ([{"usageMetadata": {"promptTokenCount": 1}}, {"usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 8}}], Tokens(1, 8)),
    ],
)  # fmt: skip
def test_what_an_answer_says_it_used(body: object, wanted: Tokens | None) -> None:
    assert usage_in(json.dumps(body).encode()) == wanted


def test_the_last_word_of_a_stream_counts() -> None:
    events = [
        {"type": "message_start", "message": {"usage": {"input_tokens": 11, "output_tokens": 1}}},
        {"type": "message_delta", "usage": {"output_tokens": 42}},
    ]
    body = "".join(f"event: x\ndata: {json.dumps(e)}\n\n" for e in events) + "data: [DONE]\n\n"
    assert usage_in(body.encode()) == Tokens(11, 42)


@given(st.binary(max_size=200))
def test_any_answer_is_read(body: bytes) -> None:
    usage_in(body)
