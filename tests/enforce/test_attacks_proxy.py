"""What somebody tries who holds an honest key and wants more than the ledger gives: other models, dearer calls, free ones.

Each attack names, besides what it may have, what it may not, in a place where a provider reads it and a guard might not.
"""

# ruff: noqa: E501  # a row an attack reads best
from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from enforce.proxylib import Rig, needs_proxy, prices, rig
from enforce.upstream import say

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: smart, litellm_params: {model: openai/no-big, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: broken, litellm_params: {model: openai/ok-flaky, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: talk, litellm_params: {model: openai/ok-talk, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: ant, litellm_params: {model: anthropic/ok-claude, api_base: UP, api_key: sk-upstream-secret-0002}}
  - {model_name: antno, litellm_params: {model: anthropic/no-claude, api_base: UP, api_key: sk-upstream-secret-0002}}
  - {model_name: antlong, litellm_params: {model: anthropic/ok-long, api_base: UP, api_key: sk-upstream-secret-0002}}
  - {model_name: gem, litellm_params: {model: gemini/ok-gem, api_base: UP, api_key: sk-upstream-secret-0003}}
  - {model_name: gemno, litellm_params: {model: gemini/no-gem, api_base: UP, api_key: sk-upstream-secret-0003}}
router_settings: {num_retries: 0, cooldown_time: 0, allowed_fails: 100000}
general_settings:
  custom_auth: modelguard.enforce.litellm.auth
  pass_through_endpoints: [{path: /own, target: UP/own, include_subpath: true}]
files_settings: [{custom_llm_provider: openai, api_base: UP, api_key: sk-upstream-secret-0001}]
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard], drop_params: true}
"""
NAMES = ("ok-mini", "no-big", "ok-flaky", "ok-talk", "ok-claude", "no-claude", "ok-long", "ok-gem", "no-gem")
PRICES = prices(dict.fromkeys(NAMES, ("1", "1000")), frozenset({"ok-talk"}))
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "ok-*", limit: 1000, per: day, max_output: 50}
  - {consumer: tight, model: "ok-*", limit: 1, per: day, max_output: 50}
  - {consumer: spent, model: "ok-*", limit: 0.001, per: day, max_output: 50}
  - {consumer: "svc-*", model: "ok-*", limit: 10, per: day, max_output: 50}
"""
MESSAGES = [{"role": "user", "content": "hi"}]
CHAT = {"model": "fast", "messages": MESSAGES}
GOOGLE = {"contents": [{"parts": [{"text": "hi"}]}], "model": "ok-gem"}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig(tmp_path_factory.mktemp("attacks")) as found:
        for name in ("api", "tight", "spent", "svc-a", "keyed"):
            found.key(name)
        admin = found.key("admin")
        del found.keys["admin"]
        config = CONFIG.replace("UP", found.upstream)
        found.write_policy(LEDGER, config, PRICES, admin=admin)
        found.keys["admin"] = admin
        found.start(config)
        yield found


def reached(
    found: Rig, path: str, consumer: str, body: Any, **more: Any
) -> tuple[httpx.Response, list[dict[str, Any]]]:
    """The answer, and what reached the provider."""
    before = len(found.calls())
    answer = found.ask(path, consumer, body, **more)
    return answer, found.calls()[before:]


ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    # The path is one thing here and another to whom it is passed on.
    ("/gemini/v1beta/models/no-gem:generateContent%3F/models/ok-gem:generateContent", GOOGLE),
    ("/gemini/v1beta/models/no-gem:generateContent%23/models/ok-gem:generateContent", GOOGLE),
    ("/gemini/v1beta/models/no-gem:generateContent/models/ok-gem:generateContent", GOOGLE),
    ("/gemini/v1beta/models/no-gem:generateContent%3F:countTokens", GOOGLE),
    ("/gemini/v1beta/models/no-gem:generateContent/", GOOGLE),
    ("/gemini/v1beta/tunedModels/no-gem:generateContent", GOOGLE),
    ("/gemini/v1beta/models/ok-gem:batchGenerateContent", GOOGLE),
    ("/gemini/v1beta/cachedContents", GOOGLE),
    ("/openai/deployments/no-big/foo", {"model": "ok-mini"}),
    # The model that counts is not the one at the top.
    ("/anthropic/v1/messages/batches", {"model": "ok-claude", "requests": [{"custom_id": "1", "params": {"model": "no-claude", "max_tokens": 9, "messages": MESSAGES}}]}),
    ("/openai_passthrough/v1/realtime/client_secrets", {"model": "ok-mini", "session": {"model": "no-big"}}),
    ("/openai/v1/realtime/sessions", {"model": "ok-mini"}),
    ("/own/v1/messages/batches", {"model": "ok-mini", "requests": []}),
    # What it costs can't be counted.
    ("/openai/v1/fine_tuning/jobs", {"model": "ok-mini", "training_file": "f"}),
    ("/openai/v1/threads/runs", {"model": "ok-mini", "assistant_id": "a"}),
    ("/openai/v1/assistants", {"model": "ok-mini"}),
    ("/openai/v1/evals/e/runs", {"model": "ok-mini"}),
    ("/openai/v1/videos", {"model": "ok-mini", "prompt": "hi"}),
    ("/openai/v1/responses/resp-1", {"model": "ok-mini", "input": "hi"}),
    ("/openai/v1/files/file-1", {"model": "ok-mini"}),
    # Routes that look like harmless ones.
    ("/v1/responses/compact", {"model": "smart", "input": "hi"}),
    ("/openai/v1/responses/compact", {"model": "smart", "input": "hi"}),
    ("/v1/responses/input_tokens", {"model": "smart", "input": "hi"}),
    ("/openai/v1/responses/input_tokens", {"model": "smart", "input": "hi"}),
    ("/v1/messages/count_tokens", {"model": "antno", "messages": MESSAGES}),
    # Fallbacks within fallbacks.
    ("/v1/chat/completions", {**CHAT, "model": "broken", "fallbacks": [{"model": "broken", "fallbacks": [{"model": "smart"}]}]}),
    ("/v1/chat/completions", {**CHAT, "model": "broken", "fallbacks": [{"broken": [{"model": "smart"}]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), ELSEWHERE, ids=[f"{i} {p[:60]}" for i, (p, _) in enumerate(ELSEWHERE)])
def test_a_model_named_where_nobody_looks(proxy: Rig, path: str, body: dict[str, Any]) -> None:
    for consumer in ("api", "spent", "admin"):
        answer, calls = reached(proxy, path, consumer, body)
        assert not calls, (consumer, answer.status_code, calls)
        assert answer.status_code in (400, 403)


def test_a_path_that_is_refused_leaves_its_line(proxy: Rig) -> None:
    proxy.ask("/v1/chat/completions%3Fmodel=smart", "api", CHAT)
    until = time.time() + 10
    while not any(x["refused"] == "odd_path" for x in proxy.lines()) and time.time() < until:
        time.sleep(0.1)
    assert {x["consumer"] for x in proxy.lines() if x["refused"] == "odd_path"} <= {None, "api", "spent"}
    assert any(x["refused"] == "odd_path" for x in proxy.lines())


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "path", ["responses/compact", "responses/x", "responses/x/cancel", "files/x", "batches/x/cancel"]
)
def test_other_methods_are_not_let_through_as_harmless(proxy: Rig, method: str, path: str) -> None:
    before = len(proxy.calls())
    answer = httpx.request(
        method,
        f"{proxy.url}/openai/v1/{path}",
        json={"model": "ok-mini", "input": "hi"},
        headers={"Authorization": f"Bearer {proxy.key('api')}"},
    )
    assert answer.status_code == 403
    assert proxy.calls()[before:] == []


DEAR: list[tuple[str, dict[str, Any]]] = [
    # A dollar is a thousand tokens of output here.
    ("/v1/chat/completions", {**CHAT, "max_tokens": "100000"}),
    ("/v1/chat/completions", {**CHAT, "max_completion_tokens": "100000"}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 100000.0}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 10**30, "n": 1}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 10, "n": 500.0}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 10, "n": " 500"}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 10, "n": 10**30}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 0}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 1, "extra_body": {"max_tokens": 90000}}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 10, "extra_body": {"n": 900}}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": 1, "extra_body": {"extra_body": {"max_tokens": 90000}}}),
    ("/v1/chat/completions", {**CHAT, "model": "broken", "max_tokens": 1, "fallbacks": [{"model": "fast", "max_tokens": 90000}]}),
    ("/v1/chat/completions", {**CHAT, "model": "broken", "max_tokens": 10, "fallbacks": [{"model": "fast", "n": 900}]}),
    ("/v1/chat/completions", {**CHAT, "thinking": {"type": "enabled", "budget_tokens": 60000}}),
    ("/v1/messages", {"model": "ant", "messages": MESSAGES, "max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": "60000"}}),
    ("/v1/responses", {"model": "fast", "input": "hi", "max_output_tokens": "90000"}),
    ("/v1/chat/completions", {**CHAT, "max_output_tokens": 90000}),
    ("/openai/v1/responses", {"model": "fast", "input": "hi", "max_tokens": 90000}),
    ("/v1/completions", {"model": "fast", "prompt": ["hi"] * 200, "max_tokens": 20}),
    ("/v1/completions", {"model": "fast", "prompt": [[1, 2]] * 200, "max_tokens": 20}),
    ("/gemini/v1beta/models/ok-gem:generateContent", {"contents": [], "generation_config": {"max_output_tokens": 90000}}),
    ("/gemini/v1beta/models/ok-gem:generateContent", {"contents": [], "generationConfig": {"maxOutputTokens": 500, "candidate_count": 8}}),
    # Two million bytes of text, which are a dollar at two bytes a token, that look like a picture.
    ("/v1/chat/completions", {"model": "fast", "max_tokens": 1, "messages": [{"role": "user", "content": "data:image/png;base64," + "A" * 2_000_000}]}),
    ("/openai/v1/completions", {"model": "ok-mini", "prompt": ["hi"] * 200, "max_tokens": 20}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), DEAR, ids=[f"{i} {p}" for i, (p, _) in enumerate(DEAR)])
def test_a_call_that_may_be_dear_is_reserved_as_one(proxy: Rig, path: str, body: dict[str, Any]) -> None:
    answer, calls = reached(proxy, path, "tight", body)
    assert answer.headers.get("x-modelguard-refused") == "budget_exhausted", answer.text
    assert not calls


UNBOUND: list[tuple[str, dict[str, Any]]] = [
    # A limit that is none, or that nobody reads: the ledger's is put in.
    ("/v1/chat/completions", {**CHAT, "max_tokens": None}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": -1}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": [9]}),
    ("/v1/chat/completions", {**CHAT, "max_tokens": True}),
    ("/v1/chat/completions", {**CHAT, "max_output_tokens": 1}),
    ("/v1/chat/completions", {**CHAT, "extra_body": {"max_tokens": None}}),
    ("/v1/chat/completions", {**CHAT, "inferenceConfig": {"maxTokens": 1}}),
    ("/v1/responses", {"model": "fast", "input": "hi", "max_tokens": 1}),
    ("/v1/completions", {"model": "fast", "prompt": "hi", "max_completion_tokens": 1}),
    ("/openai/v1/chat/completions", {"model": "ok-mini", "messages": MESSAGES}),
    ("/openai/v1/chat/completions", {"model": "ok-mini", "messages": MESSAGES, "max_completion_tokens": -1}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body"), UNBOUND, ids=[f"{i} {p}" for i, (p, _) in enumerate(UNBOUND)])
def test_a_call_without_a_limit_gets_the_ledgers(proxy: Rig, path: str, body: dict[str, Any]) -> None:
    answer, calls = reached(proxy, path, "api", body)
    assert answer.status_code == 200, answer.text
    assert [c["max_tokens"] for c in calls] == [50]


@pytest.mark.parametrize(
    "body",
    [
        {**CHAT, "model": "fast,fast,fast"},
        {**CHAT, "model": "fast, talk ,fast"},
        {**CHAT, "model": ["fast", "fast"]},
        {**CHAT, "model": "fast,talk", "stream": True},
    ],
    ids=lambda b: str(b["model"]),
)
def test_what_the_proxy_would_call_more_often_than_it_tells_is_refused(proxy: Rig, body: dict[str, Any]) -> None:
    answer, calls = reached(proxy, "/v1/chat/completions", "api", body)
    assert (answer.status_code, answer.headers.get("x-modelguard-refused")) == (400, "bad_request")
    assert not calls


def test_a_fallback_brings_no_target_and_no_key_of_its_own(proxy: Rig) -> None:
    target = {"model": "fast", "api_base": f"{proxy.upstream}/stolen", "api_key": "sk-x", "mock_response": "free"}
    answer, calls = reached(proxy, "/v1/chat/completions", "api", {**CHAT, "model": "broken", "fallbacks": [target]})
    assert answer.status_code == 200 and answer.json()["choices"][0]["message"]["content"] == "this is ok-mini"
    assert [c["path"] for c in calls] == ["/chat/completions"] * 2
    assert "fallbacks.api_base" in answer.headers["x-modelguard-removed"]


def test_compacting_is_paid_for(proxy: Rig) -> None:
    answer, calls = reached(proxy, "/v1/responses/compact", "spent", {"model": "fast", "input": "hi"})
    assert answer.headers["x-modelguard-refused"] == "budget_exhausted"
    assert not calls
    answer, calls = reached(proxy, "/v1/responses/compact", "api", {"model": "fast", "input": "hi"})
    assert answer.status_code == 200 and len(calls) == 1
    until = time.time() + 25
    mine: list[dict[str, Any]] = []
    while not mine and time.time() < until:
        mine = [x for x in proxy.lines() if x["route"] == "other" and x["consumer"] == "api" and x["status"] == 200]
        time.sleep(0.1)
    assert [(x["asked"], x["cost"]) for x in mine] == [("fast", "0.007011")]


@pytest.mark.parametrize("boundary", ["0123456789abcdef", "----WebKitFormBoundaryAbCdEf", "Ab'()+_,-./:=?"])
def test_forms_of_every_client_are_read(proxy: Rig, boundary: str) -> None:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\ntalk\r\n',
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{boundary[:4]}.wav"\r\n'
        f"Content-Type: audio/wav\r\n\r\nRIFF\r\n--{boundary}--\r\n",
    ]
    answer, calls = reached(
        proxy, "/v1/audio/transcriptions", "api", None, content="".join(parts).encode(),
        headers={"content-type": f'multipart/form-data; boundary="{boundary}"'},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert [c["model"] for c in calls] == ["ok-talk"]


def test_a_key_without_any_budget_is_known_and_refused(proxy: Rig) -> None:
    answer, calls = reached(proxy, "/v1/chat/completions", "keyed", CHAT)
    assert (answer.status_code, answer.json()["error"]["modelguard"]["code"]) == (403, "unallocated")
    assert not calls


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/batches/b/cancel"),
        ("POST", "/v1/responses/r/cancel"),
        ("DELETE", "/v1/files/f"),
        ("GET", "/v1/files/f/content"),
        ("GET", "/v1/batches"),
        ("GET", "/openai_passthrough/v1/files"),
        ("DELETE", "/openai_passthrough/v1/files/f"),
    ],
)
def test_whoever_has_no_budget_reaches_no_provider_at_all(proxy: Rig, method: str, path: str) -> None:
    log = proxy.folder / "upstream.log"
    before = len(log.read_text().splitlines()) if log.exists() else 0
    answer = httpx.request(
        method, proxy.url + path, headers={"Authorization": f"Bearer {proxy.key('keyed')}"}, timeout=60
    )
    assert (answer.status_code, answer.headers["x-modelguard-refused"]) == (403, "unallocated")
    assert (len(log.read_text().splitlines()) if log.exists() else 0) == before


def test_whoever_has_no_budget_may_see_that_there_is_nothing(proxy: Rig) -> None:
    answer = httpx.get(f"{proxy.url}/v1/models", headers={"Authorization": f"Bearer {proxy.key('keyed')}"}, timeout=60)
    assert answer.status_code == 200 and answer.json()["data"] == []


def test_a_glob_in_the_ledger_is_for_whoever_has_a_key(proxy: Rig) -> None:
    answer, calls = reached(proxy, "/v1/chat/completions", "svc-a", CHAT)
    assert answer.status_code == 200 and len(calls) == 1
    answer, calls = reached(proxy, "/v1/chat/completions", "svc-a", {**CHAT, "model": "smart"})
    assert answer.status_code == 403 and not calls


@pytest.mark.parametrize("path", ["/own", "/own/v1/chat/completions"])
def test_an_endpoint_of_the_operators_own_is_judged_by_the_providers_name(proxy: Rig, path: str) -> None:
    before = len(proxy.lines())
    answer, calls = reached(proxy, path, "svc-a", {"model": "ok-mini", "messages": MESSAGES})
    assert answer.status_code == 200, answer.text
    assert [c["model"] for c in calls] == ["ok-mini"]
    until = time.time() + 25
    mine: list[dict[str, Any]] = []
    while not mine and time.time() < until:
        mine = [
            x
            for x in proxy.lines()[before:]
            if x["consumer"] == "svc-a" and x["asked"] == "ok-mini" and x["status"] == 200
        ]
        time.sleep(0.1)
    assert [(x["asked"], x["model"], x["cost"]) for x in mine] == [("ok-mini", "ok-mini", "0.007011")]
    for model in ("no-big", "fast", "smart", "no-such-model"):
        answer, calls = reached(proxy, path, "svc-a", {"model": model, "messages": MESSAGES})
        assert answer.status_code == 403 and not calls


def test_the_lines_of_a_batch_get_the_ledgers_limit(proxy: Rig) -> None:
    bodies = [{"model": "ok-mini", "messages": MESSAGES}, {"model": "ok-mini", "messages": MESSAGES, "max_tokens": 7}]
    lines = [
        {"custom_id": str(i), "method": "POST", "url": "/v1/chat/completions", "body": b} for i, b in enumerate(bodies)
    ]
    data = "\n".join(json.dumps(x) for x in lines).encode()

    def upload(**more: str) -> httpx.Response:
        return httpx.post(
            f"{proxy.url}/v1/files", data={"purpose": "batch", **more}, files={"file": ("b.jsonl", data)},
            headers={"Authorization": f"Bearer {proxy.key('api')}"}, timeout=60,
        )  # fmt: skip

    upload()
    stored = [c["text"] for c in proxy.calls() if c["path"].endswith("/files")]
    assert len(stored) == 1 and '"max_tokens":50' in stored[0] and json.dumps(lines[1]) in stored[0]
    # The same text in another field would be the one that is changed.
    assert upload(metadata=data.decode()).status_code == 400
    assert len([c for c in proxy.calls() if c["path"].endswith("/files")]) == 1


def cost_of(found: Rig, asked: str) -> Decimal:
    """What the one served call for a provider's own name was charged."""
    until = time.time() + 25
    while time.time() < until:
        served = [x for x in found.lines() if x.get("asked") == asked and x["status"] == 200]
        if served:
            assert len(served) == 1
            return Decimal(served[0]["cost"])
        time.sleep(0.1)
    raise AssertionError(f"no line of {asked}")


def test_a_passed_stream_that_is_left_costs_what_was_sent(proxy: Rig) -> None:
    body = {"model": "ok-long", "messages": MESSAGES, "max_tokens": 500, "stream": True}
    headers = {"Authorization": f"Bearer {proxy.key('api')}"}
    with httpx.stream("POST", f"{proxy.url}/anthropic/v1/messages", json=body, headers=headers, timeout=60) as answer:
        events = 0
        for line in answer.iter_lines():
            events += line.startswith("data:")
            if events == 20:
                break
    # Its first event says that one token came out so far; 20 are at least 20.
    assert cost_of(proxy, "ok-long") >= Decimal("0.02")


def test_the_end_of_a_very_long_stream_is_read(proxy: Rig) -> None:
    text = say(events=30_000, usage={"output_tokens": 29_000})
    body = {"model": "ok-claude", "messages": [{"role": "user", "content": text}], "max_tokens": 30_000, "stream": True}
    answer = proxy.ask("/anthropic/v1/messages", "api", body)
    assert answer.status_code == 200 and len(answer.content) > 3 * 1024 * 1024
    assert cost_of(proxy, "ok-claude") == Decimal("29.000011")


NAMED_LATER: list[dict[str, Any]] = [
    {"type": "session.update", "session": {"input_audio_transcription": {"model": "no-big"}}},
    {"type": "session.update", "session": {"audio": {"input": {"transcription": {"model": "smart"}}}}},
    {"type": "session.update", "session": {"model": "no-big"}},
    {"type": "response.create", "response": {"model": "smart"}},
    {"type": "session.update", "session": {"tools": [{"type": "mcp", "server_url": "http://127.0.0.1:9"}]}},
    {"type": "response.create", "response": {"tools": [{"type": "web_search"}]}},
]


@pytest.mark.parametrize("event", NAMED_LATER, ids=lambda e: json.dumps(e)[:70])
def test_a_session_names_no_other_model_later(proxy: Rig, event: dict[str, Any]) -> None:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    url = f"ws://127.0.0.1:{proxy.port}/v1/realtime?model=talk"
    with connect(url, additional_headers={"Authorization": f"Bearer {proxy.key('api')}"}) as socket:
        assert "session.created" in str(socket.recv(timeout=10))
        before = len(proxy.calls())
        socket.send(json.dumps(event))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
    assert closed.value.rcvd is not None and closed.value.rcvd.reason in ("unallocated", "unpriced")
    assert proxy.calls()[before:] == []


def test_a_session_may_name_what_is_its_own(proxy: Rig) -> None:
    from websockets.sync.client import connect

    tools = [{"type": "function", "name": "f", "parameters": {"properties": {"model": {"type": "string"}}}}]
    session = {"model": "ok-talk", "tools": tools, "input_audio_transcription": {"model": "ok-talk"}}
    url = f"ws://127.0.0.1:{proxy.port}/v1/realtime?model=talk"
    with connect(url, additional_headers={"Authorization": f"Bearer {proxy.key('api')}"}) as socket:
        socket.recv(timeout=10)
        socket.send(json.dumps({"type": "session.update", "session": session}))
        socket.send(json.dumps({"type": "response.create"}))
        assert "response.done" in str(socket.recv(timeout=10))
