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


def test_it_is_taken_out_wherever_it_hides() -> None:
    body: dict[str, Any] = {
        "model": "a",
        "metadata": '{"model_group": "b", "mine": 1}',
        "extra_body": {"max_tokens": None, "extra_body": {"model": "b", "top_p": 1}},
        "fallbacks": [
            {"model": "c", "api_base": "http://x", "max_tokens": None, "temperature": 1},
            {"a": [{"model": "d", "mock_response": "x", "fallbacks": [{"model": "e", "api_key": "x"}]}]},
        ],
        "max_completion_tokens": -1,
    }
    taken = clean(body)
    assert body == {
        "model": "a",
        "metadata": '{"mine":1}',
        "extra_body": {"extra_body": {"top_p": 1}},
        "fallbacks": [{"model": "c", "temperature": 1}, {"a": [{"model": "d", "fallbacks": [{"model": "e"}]}]}],
    }
    assert {"fallbacks.api_base", "metadata.model_group", "max_completion_tokens"} <= set(taken)
    assert asked(body, None, None, "chat").names == ["a", "c", "d", "e"]


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
    ("body", "kind", "limit", "copies"),
    [
        ({"max_tokens": 5}, "chat", 5, 1),
        ({"max_tokens": 5, "max_completion_tokens": 9}, "chat", 9, 1),
        ({"max_output_tokens": 7}, "responses", 7, 1),
        ({"generationConfig": {"maxOutputTokens": 3}}, "gemini", 3, 1),
        ({"inferenceConfig": {"maxTokens": 4}}, "pass-through", 4, 1),
        ({"max_gen_len": 4}, "pass-through", 4, 1),
        ({"textGenerationConfig": {"maxTokenCount": 4}}, "pass-through", 4, 1),
        ({"max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": 100}}, "chat", 105, 1),
        ({"max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": "100"}}, "messages", 105, 1),
        ({"n": 3}, "chat", None, 3),
        ({"n": "12"}, "chat", None, 12),
        ({"n": " 12"}, "chat", None, 12),
        ({"n": 5.0}, "chat", None, 5),
        ({"n": 5000}, "chat", None, 5000),
        ({"n": 10**30}, "chat", None, 10**15),
        ({"generationConfig": {"candidateCount": 4}}, "gemini", None, 4),
        ({"generation_config": {"candidate_count": 4, "max_output_tokens": 9}}, "pass-through", 9, 4),
        ({"max_tokens": -1, "n": True}, "chat", None, 1),
        ({"max_tokens": "5"}, "chat", 5, 1),
        ({"max_tokens": 0}, "chat", 4096, 1),
        # A limit where nobody reads it is none.
        ({"max_output_tokens": 1}, "chat", None, 1),
        ({"max_tokens": 1}, "responses", None, 1),
        ({"max_completion_tokens": 1}, "completions", None, 1),
        ({"inferenceConfig": {"maxTokens": 1}}, "messages", None, 1),
        ({"generation_config": {"max_output_tokens": 1}}, "gemini", None, 1),
        ({"generationConfig": {"maxOutputTokens": 1}, "config": {}}, "gemini", None, 1),
        ({"config": {"maxOutputTokens": 3}}, "gemini", 3, 1),
        # What takes the place of the request's own.
        ({"max_tokens": 1, "extra_body": {"max_tokens": 900, "n": 7}}, "chat", 900, 7),
        ({"max_tokens": 1, "extra_body": {"extra_body": {"max_tokens": 900}}}, "chat", 900, 1),
        ({"max_tokens": 1, "fallbacks": [{"model": "b", "max_tokens": 900, "n": 7}]}, "chat", 900, 7),
        ({"max_tokens": 1, "fallbacks": [{"a": [{"model": "b", "extra_body": {"n": 8}}]}]}, "chat", 1, 8),
        # Each of several prompts is answered.
        ({"max_tokens": 5, "prompt": ["x", "y", "z"], "n": 2}, "completions", 5, 6),
        ({"max_tokens": 5, "prompt": [[1, 2], [3]]}, "completions", 5, 2),
        ({"max_tokens": 5, "prompt": [1, 2, 3]}, "completions", 5, 1),
        ({"max_tokens": 5, "prompt": ["x", "y"]}, "pass-through", 5, 2),
    ],
)
def test_the_most_that_is_asked_for(body: dict[str, Any], kind: Any, limit: int | None, copies: int) -> None:
    found = asked({"model": "a", **body}, None, None, kind)
    assert (found.max_output, found.copies) == (limit, copies)


def test_a_limit_is_put_where_the_route_has_it() -> None:
    body: dict[str, Any] = {}
    assert put_limit(body, "responses", 9) and body == {"max_output_tokens": 9}
    body = {}
    assert put_limit(body, "gemini", 9) and body == {"generationConfig": {"maxOutputTokens": 9}}
    assert not put_limit({}, "pass-through", 9)
    body = {}
    assert put_limit(body, "pass-through", 9, "inferenceConfig.maxTokens") and body == {
        "inferenceConfig": {"maxTokens": 9}
    }
    assert not put_limit({"inferenceConfig": 1}, "pass-through", 9, "inferenceConfig.maxTokens")


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
        ("POST", "/own", ("pass", "pass-through", None)),
        ("GET", "/own", ("pass", "pass-through", None)),
        ("POST", "/own/v1/chat/completions", ("pass", "pass-through", None)),
        ("POST", "/own/thing", ("closed", "pass-through", None)),
        ("POST", "/gemini/v1beta/openai/chat/completions", ("pass", "pass-through", None)),
        ("POST", "/vertex_ai/v1/projects/p/locations/l/endpoints/openapi/chat/completions", ("pass", "pass-through", None)),
        ("POST", "/azure_ai/models/chat/completions", ("pass", "pass-through", None)),
        ("POST", "/azure/openai/deployments/d/chat/completions", ("pass", "pass-through", "d")),
        ("POST", "/anthropic/v1/messages/count_tokens", ("pass", "count", None)),
        ("POST", "/bedrock/model/arn:aws:bedrock:us-east-1:1:inference-profile/us.x-v1:0/invoke", ("pass", "pass-through", "arn:aws:bedrock:us-east-1:1:inference-profile/us.x-v1:0")),
        # What names its model elsewhere, or spends what nobody here can count.
        ("POST", "/anthropic/v1/messages/batches", ("closed", "pass-through", None)),
        ("POST", "/openai/v1/fine_tuning/jobs", ("closed", "pass-through", None)),
        ("POST", "/openai_passthrough/v1/realtime/client_secrets", ("closed", "pass-through", None)),
        ("POST", "/openai/v1/threads/t/runs", ("closed", "pass-through", None)),
        ("POST", "/openai/deployments/x/foo", ("closed", "pass-through", None)),
        ("POST", "/azure/openai/deployments/x/responses", ("closed", "pass-through", None)),
        ("POST", "/bedrock/async-invoke", ("closed", "pass-through", None)),
        ("POST", "/gemini/v1beta/models/a:generateContent/models/b:generateContent", ("closed", "pass-through", None)),
        ("POST", "/gemini/v1beta/models/a:batchGenerateContent", ("closed", "pass-through", None)),
        ("POST", "/gemini/v1beta/models/a:generateContent/", ("closed", "pass-through", None)),
        ("POST", "/gemini/v1beta/tunedModels/a:generateContent", ("closed", "pass-through", None)),
        ("PUT", "/openai/v1/responses/x", ("closed", "pass-through", None)),
        ("POST", "/openai/v1/responses/x", ("closed", "pass-through", None)),
        ("POST", "/v1/responses/x", ("unknown", "other", None)),
        ("POST", "/v1/responses/compact", ("spend", "other", None)),
        ("POST", "/openai/v1/responses/compact", ("spend", "other", None)),
        ("POST", "/v1/responses/input_tokens", ("spend", "count", None)),
        ("POST", "/v1/responses/x/cancel", ("free", "other", None)),
        ("DELETE", "/v1/files/x", ("free", "other", None)),
        ("DELETE", "/openai/v1/assistants/x", ("free", "other", None)),
        ("POST", "/v1/files", ("file", "batch", None)),
        ("POST", "/v1/batches", ("batch", "batch", None)),
        ("GET", "/v1/models", ("listed", "other", None)),
        ("GET", "/v1/files/x/content", ("free", "other", None)),
        ("GET", "/openai/v1/models", ("listed", "other", None)),
        ("GET", "/cursor/models", ("listed", "other", None)),
        ("GET", "/cursor/models/x", ("free", "other", None)),
        ("GET", "/gemini/v1beta/models/x", ("free", "other", None)),
        ("GET", "/gemini/v1beta/models/x:generateContent", ("pass", "pass-through", "x")),
        ("GET", "/anthropic/v1/models", ("free", "other", None)),
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


@pytest.mark.parametrize(
    "path", ["//v1", "/a/../b", "/a/./b", "/a/..", "/a\\b", "/a%2fb", "/a;b", "/a\nb", "/a?b", "/a#b"]
)
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
