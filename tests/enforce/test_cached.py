"""The response cache and the guard: its answers are served without money, and its keys make the lines a replay."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from enforce.proxylib import Rig, needs_proxy, needs_redis, prices, redis_server, rig

from modelguard.cli import main

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: smart, litellm_params: {model: openai/no-big, api_base: UP, api_key: sk-upstream-secret-0001}}
router_settings: {num_retries: 1, fallbacks: [{fast: [smart]}]}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
litellm_settings:
  callbacks: [modelguard.enforce.litellm.guard]
  cache: true
  cache_params: CACHE
"""
TYPES = "supported_call_types: [acompletion, atext_completion, aembedding, aresponses, anthropic_messages]"
OWN = dict.fromkeys(("ok-mini", "no-big"), ("1", "1000"))
LEDGER = """
version: 1
allocations:
  - {consumer: rich, model: "*", limit: 1000, per: day, max_output: 20}
  - {consumer: poor, model: ok-mini, limit: 0.000001, per: day, max_output: 20}
"""
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "one"}]}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "two"}], "stream": True}),
    ("/v1/messages", {"messages": [{"role": "user", "content": "three"}], "max_tokens": 9}),
    ("/v1/responses", {"input": "four"}),
    ("/v1/completions", {"prompt": "five"}),
    ("/v1/embeddings", {"input": ["six", "seven"]}),
]


@pytest.fixture(scope="module", params=[1, 4], ids=["one worker", "four workers"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("cached")
    with redis_server(folder) as (url, _), rig(folder) as made:
        made.key("rich")
        made.key("poor")
        port = url.rsplit(":", 1)[1].split("/")[0]
        text = CONFIG.replace("UP", made.upstream)
        text = text.replace("CACHE", f"{{type: redis, host: 127.0.0.1, port: {port}, ttl: 600, {TYPES}}}")
        made.write_policy(LEDGER, text, prices(OWN))
        made.start(text, request.param)
        yield made


def warm(found: Rig, path: str, body: dict[str, Any]) -> bool:
    """Ask until the cache answers."""
    for _ in range(12):
        before = len(found.calls())
        assert found.ask(path, "rich", body).status_code == 200
        if len(found.calls()) == before:
            return True
        time.sleep(0.3)
    return False


def exhausted(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["error"]["modelguard"]["code"] == "budget_exhausted"


@needs_redis
def test_what_costs_nothing_needs_no_money(found: Rig) -> None:
    served = []
    for path, body in KINDS:
        asked = {"model": "fast", **body}
        if not warm(found, path, asked):
            continue
        before = len(found.calls())
        answer = found.ask(path, "poor", asked)
        if answer.status_code == 200:
            served.append(path + " stream" * (body.get("stream") is True))
        else:
            assert exhausted(answer), answer.text
        assert len(found.calls()) == before
    assert "/v1/chat/completions" in served and "/v1/chat/completions stream" in served and len(served) >= 4, served
    mine = [x for x in found.wait_lines(1) if x["consumer"] == "poor" and x["status"] == 200]
    assert mine and all(x["cost"] == "0" and x["cache_hit"] and x["refused"] is None for x in mine)


@needs_redis
def test_what_the_cache_does_not_have_reaches_no_provider(found: Rig) -> None:
    path, body = "/v1/embeddings", {"model": "fast", "input": ["known"]}
    assert warm(found, path, body)
    assert warm(found, "/v1/chat/completions", {"model": "smart", "messages": [{"role": "user", "content": "big"}]})
    known = {"model": "fast", "messages": [{"role": "user", "content": "known"}]}
    assert warm(found, "/v1/chat/completions", known)
    before = len(found.calls())
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda i: found.chat("poor", "fast", f"unknown {i}", stream=i % 2 == 0), range(60)))
    assert all(exhausted(a) for a in answers), {(a.status_code, a.text) for a in answers if not exhausted(a)}
    # Half of a list is not enough; nor is an answer that the client will not have, or of another model.
    assert exhausted(found.ask(path, "poor", {"model": "fast", "input": ["known", "not known"]}))
    assert exhausted(found.ask("/v1/chat/completions", "poor", {**known, "cache": {"no-cache": True}}))
    refused = found.chat("poor", "smart", "big")
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "unallocated"
    for route, other in KINDS:
        new = {
            k: ([f"new {v}"] if k == "input" else f"new {v}" if k == "prompt" else v)
            for k, v in {"model": "fast", **other}.items()
        }
        if "messages" in new:
            new["messages"] = [{"role": "user", "content": "something new"}]
        assert exhausted(found.ask(route, "poor", new)), route
    assert exhausted(found.chat("poor", "fast,openai/ok-mini", "nothing known"))
    assert len(found.calls()) == before


@needs_redis
def test_the_lines_say_what_an_empty_cache_would_bill(found: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hits and misses carry the cache's key, so `usage import` can replay the day through an empty cache."""
    time.sleep(2)  # what came before is written
    begin = len(found.lines())
    prompts = [f"replayed {i % 4}" for i in range(20)]
    for prompt in prompts:
        assert found.chat("rich", "fast", prompt).status_code == 200
        time.sleep(0.15)
    lines = [x for x in found.wait_lines(begin + 20)[begin:] if x["consumer"] == "rich"]
    assert len(lines) == 20
    keys = {x["cache_key"] for x in lines}
    assert len(keys) == 4 and None not in keys
    hits = [x for x in lines if x["cache_hit"]]
    assert len(hits) >= 12 and {x["cache_key"] for x in hits} <= {x["cache_key"] for x in lines if not x["cache_hit"]}
    assert not any("replayed" in str(key) for key in keys)
    monkeypatch.chdir(found.folder)
    (found.folder / "day.jsonl").write_text("\n".join(json.dumps(x) for x in lines) + "\n")
    result = CliRunner().invoke(main, ["usage", "import", "guard", "day.jsonl", "--output", "usage.jsonl"])
    assert result.exit_code == 0, result.output
    rows = [json.loads(x) for x in (found.folder / "usage.jsonl").read_text().splitlines()[1:]]
    [row] = [r for r in rows if r["consumer"] == "rich"]
    assert (row["requests"], row["calls"]) == (20, 20 - len(hits))
    # A cache that was empty at 00:00 would have billed each of the four once.
    assert row["cold"]["calls"] == 4, row
    assert row["cold"]["tokens_in"] == 44 and row["cold"]["tokens_out"] == 28
