"""Route × way to name a model × key on a real proxy: nothing that the ledger does not allow reaches the provider, and
nothing that it allows is refused. The report is printed (`pytest -s`) and kept in the test's folder."""

# ruff: noqa: E501  # a line a deployment and a line a route read best
from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from enforce.proxylib import Rig, needs_proxy, prices, rig

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}, model_info: {id: dep-fast}}
  - {model_name: smart, litellm_params: {model: openai/no-big, api_base: UP, api_key: sk-upstream-secret-0001}, model_info: {id: dep-smart}}
  - {model_name: mixed, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: mixed, litellm_params: {model: openai/no-big, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: broken, litellm_params: {model: openai/ok-flaky, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: broken2, litellm_params: {model: openai/ok-flaky, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: unpriced, litellm_params: {model: openai/ok-unheard-of, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: afast, litellm_params: {model: anthropic/ok-claude, api_base: UP, api_key: sk-upstream-secret-0002}}
  - {model_name: asmart, litellm_params: {model: anthropic/no-claude, api_base: UP, api_key: sk-upstream-secret-0002}}
  - {model_name: gfast, litellm_params: {model: gemini/ok-gem, api_base: UP/v1beta/models/ok-gem, api_key: sk-upstream-secret-0003}}
  - {model_name: gsmart, litellm_params: {model: gemini/no-gem, api_base: UP/v1beta/models/no-gem, api_key: sk-upstream-secret-0003}}
  - {model_name: rfast, litellm_params: {model: cohere/ok-rank, api_base: UP/v1/rerank, api_key: sk-upstream-secret-0001}}
  - {model_name: rsmart, litellm_params: {model: cohere/no-rank, api_base: UP/v1/rerank, api_key: sk-upstream-secret-0001}}
  - {model_name: "openai/*", litellm_params: {model: "openai/*", api_base: UP, api_key: sk-upstream-secret-0001}}
router_settings:
  model_group_alias: {prod: fast, hidden: smart}
  fallbacks: [{broken: [smart]}, {broken2: [fast]}]
  model_group_retry_policy: {broken: {InternalServerErrorRetries: 1}}
  num_retries: 1
  cooldown_time: 0
  allowed_fails: 100000
general_settings:
  custom_auth: modelguard.enforce.litellm.auth
  pass_through_endpoints: [{path: /own, target: UP/own, include_subpath: true, auth: true}]
litellm_settings:
  callbacks: [modelguard.enforce.litellm.guard]
"""
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "ok-*", limit: 1000, per: day, max_output: 50}
  - {consumer: poor, model: no-such-model, limit: 1, per: day}
  - {consumer: late, model: "ok-*", limit: 10, per: day, expires: 2026-01-01}
"""
OWN = dict.fromkeys(
    ("ok-mini", "no-big", "ok-flaky", "ok-claude", "no-claude", "ok-gem", "no-gem", "ok-rank", "no-rank"), ("1", "2")
)
WAV = base64.b64decode("UklGRiQAAABXQVZFZm10IBAAAAABAAEAESsAABErAAABAAgAZGF0YQAAAAA=")


@dataclass
class Way:
    """A way to ask: what is put into the request, whether the ledger allows it, and which status that must give."""

    name: str
    model: str
    allowed: bool
    extra: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    answers: tuple[int, ...] = (200,)
    """The status where it is allowed: a broken provider with nowhere to go on to gives its own error, or, where the
    router went on to what is not allowed (before LiteLLM 1.108), the reason why that was stopped."""


@dataclass
class Line:
    """A route: how to send a request for a model along it. `kind` chooses the names that its provider has."""

    name: str
    path: str
    body: dict[str, Any]
    kind: str = "openai"
    form: bool = False

    @property
    def stream(self) -> bool:
        return self.body.get("stream") is True


MESSAGES = [{"role": "user", "content": "hi"}]
LINES = [
    Line("chat", "/v1/chat/completions", {"messages": MESSAGES}),
    Line("chat, no /v1", "/chat/completions", {"messages": MESSAGES}),
    Line("chat stream", "/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    Line("completions", "/v1/completions", {"prompt": "hi"}),
    Line("completions stream", "/v1/completions", {"prompt": "hi", "stream": True}),
    Line("embeddings", "/v1/embeddings", {"input": "hi"}),
    Line("responses", "/v1/responses", {"input": "hi"}),
    Line("responses stream", "/v1/responses", {"input": "hi", "stream": True}),
    Line("responses compact", "/v1/responses/compact", {"input": "hi"}),
    Line("responses, openai path", "/openai/v1/responses", {"input": "hi"}),
    Line("messages", "/v1/messages", {"messages": MESSAGES, "max_tokens": 9}, "anthropic"),
    Line("messages stream", "/v1/messages", {"messages": MESSAGES, "max_tokens": 9, "stream": True}, "anthropic"),
    Line("messages on openai", "/v1/messages", {"messages": MESSAGES, "max_tokens": 9}),
    Line("images", "/v1/images/generations", {"prompt": "hi"}),
    Line("speech", "/v1/audio/speech", {"input": "hi", "voice": "alloy"}),
    Line("transcriptions", "/v1/audio/transcriptions", {}, form=True),
    Line("moderations", "/v1/moderations", {"input": "hi"}),
    Line("rerank", "/v1/rerank", {"query": "hi", "documents": ["a"]}, "rerank"),
    Line("gemini", "/v1beta/models/{m}:generateContent", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, "gemini"),
    Line("gemini stream", "/v1beta/models/{m}:streamGenerateContent", {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}, "gemini"),
    Line("engines chat", "/engines/{m}/chat/completions", {"messages": MESSAGES}),
    Line("engines completions", "/engines/{m}/completions", {"prompt": "hi"}),
    Line("engines embeddings", "/engines/{m}/embeddings", {"input": "hi"}),
    Line("azure chat", "/openai/deployments/{m}/chat/completions", {"messages": MESSAGES}),
    Line("azure embeddings", "/openai/deployments/{m}/embeddings", {"input": "hi"}),
    Line("pass-through openai", "/openai/v1/chat/completions", {"messages": MESSAGES}, "pass"),
    Line("pass-through openai 2", "/openai_passthrough/v1/chat/completions", {"messages": MESSAGES}, "pass"),
    Line("pass-through, own endpoint", "/own/v1/chat/completions", {"messages": MESSAGES}, "pass"),
    Line("pass-through embeddings", "/openai/v1/embeddings", {"input": "hi"}, "pass"),
    Line("pass-through anthropic", "/anthropic/v1/messages", {"messages": MESSAGES, "max_tokens": 9}, "pass-anthropic"),
    Line("pass-through gemini stream", "/gemini/v1beta/models/{m}:streamGenerateContent", {"contents": []}, "pass-gemini"),
    Line("pass-through gemini", "/gemini/v1beta/models/{m}:generateContent", {"contents": []}, "pass-gemini"),
]  # fmt: skip
GROUPS = {"anthropic": "a", "gemini": "g", "rerank": "r"}


def ways(line: Line) -> Iterator[Way]:
    """The ways to name a model on a route, allowed ones and others."""
    if line.kind.startswith("pass"):
        yes, no = {
            "pass": ("ok-mini", "no-big"),
            "pass-anthropic": ("ok-claude", "no-claude"),
            "pass-gemini": ("ok-gem", "no-gem"),
        }[line.kind]
        yield Way("provider's name", yes, True)
        yield Way("provider's name", no, False)
        yield Way("a group of that name", "fast", False)
        return
    start = GROUPS.get(line.kind, "")
    yield Way("group", f"{start}fast", True)
    yield Way("group", f"{start}smart", False)
    yield Way("unknown name", "gpt-4o", False)
    in_body = "{m}" not in line.path
    if line.kind == "openai":
        yield Way("alias", "prod", True)
        yield Way("alias", "hidden", False)
        yield Way("wildcard", "openai/ok-mini", True)
        yield Way("wildcard", "openai/no-big", False)
        if line.name != "moderations":
            # There LiteLLM hands an id to the provider as a model's name, and it is refused as one.
            yield Way("deployment id", "dep-fast", True)
        yield Way("deployment id", "dep-smart", False)
        yield Way("group of both", "mixed", True)
        yield Way("unpriced", "unpriced", False)
    if line.kind == "openai" and "chat" in line.name and in_body:
        if not line.stream:
            # A streamed one LiteLLM would answer with 500, once it has called them: test_attacks_proxy.py.
            yield Way("list", "fast,prod", True)
        yield Way("list", "fast,smart", False)
    if line.kind == "openai" and in_body and not line.form:
        yield Way("body fallback", "fast", False, {"fallbacks": ["smart"]})
        yield Way("body fallback", "fast", True, {"fallbacks": ["prod"]})
        yield Way("body fallback, as object", "fast", False, {"fallbacks": [{"model": "smart", "messages": MESSAGES}]})
        yield Way("context fallback", "fast", False, {"context_window_fallbacks": [{"fast": ["smart"]}]})
        yield Way("extra_body", "fast", True, {"extra_body": {"model": "no-big"}})
        yield Way("mock params", "fast", True, {"mock_testing_fallbacks": True, "mock_response": "free!"})
        yield Way(
            "client's own api_base",
            "fast",
            True,
            {"api_base": "http://127.0.0.1:9/", "api_key": "sk-x", "custom_llm_provider": "azure"},
        )
        yield Way(
            "client's own router",
            "fast",
            True,
            {"user_config": {"model_list": []}, "router_settings_override": {"fallbacks": [{"fast": ["smart"]}]}},
        )
    if line.kind == "openai" and ("chat" in line.name or line.name in ("responses", "completions", "embeddings")):
        yield Way("router's fallback", "broken", True, answers=(500, 403))
        yield Way("router's fallback, allowed", "broken2", True)
    if line.kind == "openai" and line.name in ("chat", "completions", "embeddings", "responses", "images"):
        yield Way("query allowed, body not", "smart", False, {}, query="?model=fast")
        yield Way("body allowed, query not", "fast", False, {}, query="?model=fast&model=smart")
    if not in_body:
        yield Way("path allowed, body not", f"{start}fast", False, {"model": f"{start}smart"})


KEYS = {"own key": "api", "no key": None, "unknown key": "nobody", "no allocation": "poor", "only a key": "keyed", "expired allocation": "late",
        "administrator": "admin", "master key": "master"}  # fmt: skip


def send(found: Rig, line: Line, way: Way, key: str | None, client: httpx.Client) -> httpx.Response:
    body = {**line.body, **way.extra}
    path = line.path.replace("{m}", way.model) + way.query
    if "{m}" not in line.path:
        body["model"] = way.model
    secret = found.master if key == "master" else found.key(key) if key else None
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    if line.form:
        return client.post(path, data=body, files={"file": ("a.wav", WAV, "audio/wav")}, headers=headers)
    return client.post(path, json=body, headers=headers)


@pytest.fixture(scope="module", params=[1, 4], ids=["one worker", "four workers"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, int]]:
    with rig(tmp_path_factory.mktemp("matrix")) as found:
        for name in ("api", "poor", "late", "keyed"):
            found.key(name)
        config = CONFIG.replace("UP", found.upstream)
        admin = found.key("admin")
        del found.keys["admin"]
        found.write_policy(LEDGER, config, prices(OWN, frozenset(OWN)), admin=admin)
        found.keys["admin"] = admin
        found.start(config, workers=request.param)
        yield found, request.param


def test_nothing_gets_through_and_nothing_is_held_back(proxy: tuple[Rig, int]) -> None:
    found, workers = proxy
    rows, leaks, refused = [], [], []
    with httpx.Client(base_url=found.url, timeout=60) as client:
        for line in LINES:
            for way in ways(line):
                cells = []
                for state, key in KEYS.items():
                    before = len(found.calls())
                    answer = send(found, line, way, key, client)
                    reached = found.calls()[before:]
                    may = key == "api" and way.allowed
                    bad = [c for c in reached if not may or c["model"].startswith("no-")]
                    if bad:
                        leaks.append((line.name, way.name, way.model, state, bad))
                    wanted = way.answers if may else (401,) if key in (None, "nobody", "master") else (403,)
                    if answer.status_code not in wanted:
                        refused.append(
                            (line.name, way.name, way.model, state, answer.status_code, wanted, answer.text[:300])
                        )
                    if may and not any(c["model"].startswith("ok-") for c in reached):
                        refused.append(
                            (line.name, way.name, way.model, state, "no call upstream", "", answer.text[:300])
                        )
                    cells.append(f"{answer.status_code}/{len(reached)}")
                rows.append((line.name, way.name, way.model, "yes" if way.allowed else "no", *cells))
    report = render(rows, list(KEYS))
    (found.folder / f"matrix-{workers}.txt").write_text(report)
    kept = os.environ.get("MODELGUARD_REPORTS")
    if kept:
        (Path(kept) / f"matrix-{workers}.txt").write_text(report)
    print("\n" + report)
    assert not leaks, json.dumps(leaks, indent=1)
    assert not refused, json.dumps(refused, indent=1)
    assert len(rows) > 150


def render(rows: list[tuple[str, ...]], keys: list[str]) -> str:
    """The matrix: status and calls that reached the provider, for each key."""
    head = ("route", "named as", "model", "allowed", *keys)
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in [head, *rows]]
    return (
        "\n".join(lines)
        + f"\n{len(rows)} ways × {len(keys)} keys; each cell: status / calls that reached the provider\n"
    )
