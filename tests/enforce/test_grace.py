# ruff: noqa: E501  # a line a deployment reads best
"""Grace for the cache on a real proxy: both ways a switch happens, every kind of call, the ramp, and its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from enforce.proxylib import Rig, needs_proxy, needs_redis, prices, redis_server, rig

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: oldm, litellm_params: {model: openai/old-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: newm, litellm_params: {model: openai/new-big, api_base: UP, api_key: sk-upstream-secret-0001}}
router_settings:
  num_retries: 0
  model_group_alias: {prod: ALIAS}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
litellm_settings:
  callbacks: [modelguard.enforce.litellm.guard]
  cache: true
  cache_params: CACHE
"""
OWN = {"old-mini": ("1", "2"), "new-big": ("1", "1000")}
ALL_TYPES = "supported_call_types: [acompletion, atext_completion, aembedding, aresponses, anthropic_messages, completion, embedding]"


def ledger(
    starts: float, hours: float, refresh: str = "{per_minute: 6000}", more: str = "", consumers: str = ""
) -> str:
    at = datetime.fromtimestamp(starts, UTC).isoformat()
    return f"""
version: 1
allocations:
  - {{consumer: "*", model: old-mini, limit: 1000, per: day, max_output: 20}}
  - {{consumer: "*", model: new-big, limit: 1000, per: day, max_output: 20}}
  - {{consumer: api, model: nothing, limit: 1, per: day}}
  - {{consumer: shy, model: nothing, limit: 1, per: day}}
{consumers}
grace:
  - {{consumer: "*", from: old-mini, to: new-big, starts: "{at}", hours: {hours}, refresh: {refresh}{more}}}
"""


def config(found: Rig, cache: str, alias: str = "oldm") -> str:
    return CONFIG.replace("UP", found.upstream).replace("CACHE", cache).replace("ALIAS", alias)


def asked(found: Rig, model: str) -> int:
    return sum(c["model"] == model for c in found.calls())


def wait_until(test: Any, seconds: float = 20) -> bool:
    until = time.time() + seconds
    while time.time() < until:
        if test():
            return True
        time.sleep(0.1)
    return False


def stale(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return answer.headers.get("x-modelguard-stale-model") == "old-mini"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as found:
        found.key("api")
        found.key("shy")
        yield found


@needs_redis
@pytest.mark.parametrize("workers", [1, 4])
def test_clients_rename_the_model_and_the_cache_warms_in_the_background(
    started: Rig, tmp_path: Path, workers: int
) -> None:
    found = started
    with redis_server(tmp_path) as (url, _):
        port = url.rsplit(":", 1)[1].split("/")[0]
        cache = f"{{type: redis, host: 127.0.0.1, port: {port}, ttl: 600, {ALL_TYPES}}}"
        if workers > 1:
            found.env["MODELGUARD_STORE"] = url
        text = config(found, cache)
        consumers = "consumers: [{consumer: shy, grace: never}]"
        found.write_policy(ledger(time.time() - 60, 1, "{per_minute: 150}", consumers=consumers), text, prices(OWN))
        found.start(text, workers)
        prompts = [f"prompt {i}" for i in range(20)]
        for prompt in prompts:
            assert not stale(found.chat("api", "oldm", prompt))
        # What writes the cache runs after the answer.
        wait_until(lambda: all(found.chat("api", "oldm", p).headers.get("x-litellm-cache-key") for p in prompts[-3:]))
        time.sleep(1)
        before = asked(found, "old-mini")
        assert before == 20
        begin = time.time()
        answers = [found.chat("api", "newm", p) for p in prompts]
        assert all(stale(a) for a in answers)
        assert all(0 <= int(a.headers["x-modelguard-stale-age"]) < 120 for a in answers)
        assert all("this is old-mini" in a.text for a in answers)
        # At 150 a minute one each 0.4 s, whatever the number of workers.
        refreshed = asked(found, "new-big")
        assert refreshed <= (time.time() - begin) / 0.4 + 2
        # Those who opted out, by request or in the ledger, are asked of the new model.
        assert not stale(found.ask("/v1/chat/completions", "api", {"model": "newm", "messages": [{"role": "user", "content": prompts[19]}]},
                                   headers={"x-modelguard-no-stale": "1"}))  # fmt: skip
        assert not stale(found.chat("shy", "newm", prompts[18]))
        assert wait_until(lambda: not any(stale(found.chat("api", "newm", p)) for p in prompts), 90)
        # Once for each key: 20, and the two that opted out; one of each may have met its own refreshing.
        assert 20 <= asked(found, "new-big") <= 22
        spread = sorted(c["at"] for c in found.calls() if c["model"] == "new-big")
        assert spread[-1] - spread[0] > 18 * 0.4 * 0.8
        assert asked(found, "old-mini") == 20
        lines = found.lines()
        served = [x for x in lines if x.get("stale") == "old-mini"]
        assert served and all(x["cost"] == "0" and x["cache_hit"] and not x["refresh"] for x in served)
        assert sum(1 for x in lines if x.get("refresh") and x.get("cost") not in ("0", None)) >= 18

        def reports() -> list[dict[str, Any]]:
            return [x for x in found.lines() if x["schema"] == "modelguard.grace/1"]

        assert wait_until(
            lambda: reports() and reports()[-1]["working_set"] == 20 and reports()[-1]["cold_at_end"] == 0
        )


KINDS = [
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "one"}], "stream": True}),
    ("/v1/messages", {"messages": [{"role": "user", "content": "two"}], "max_tokens": 9}),
    ("/v1/responses", {"input": "three"}),
    ("/v1/completions", {"prompt": "four"}),
]


def test_every_kind_but_embeddings(started: Rig) -> None:
    found = started
    text = config(found, f"{{type: local, {ALL_TYPES}}}")
    found.write_policy(
        ledger(time.time() - 60, 1, consumers="consumers: [{consumer: shy, cache: own}]"), text, prices(OWN)
    )
    found.start(text)
    cached = []
    for path, body in KINDS:
        first = found.ask(path, "api", {"model": "oldm", **body})
        assert first.status_code == 200, first.text
        for _ in range(8):
            time.sleep(0.5)
            calls = asked(found, "old-mini")
            found.ask(path, "api", {"model": "oldm", **body})
            if asked(found, "old-mini") == calls:
                cached.append(path)
                break
        calls = asked(found, "old-mini")
        # A consumer with a cache of its own gets nobody else's answers, and no provider sees a word of that.
        alone = found.ask(path, "shy", {"model": "oldm", **body})
        assert alone.status_code == 200, alone.text
        assert asked(found, "old-mini") > calls
    # What LiteLLM itself caches on this version; chat and at least one other.
    assert "/v1/chat/completions" in cached and len(cached) >= 3, cached
    for path, body in KINDS:
        answer = found.ask(path, "api", {"model": "newm", **body})
        assert stale(answer) == (path in cached), path
        if body.get("stream"):
            assert answer.text.rstrip().endswith("[DONE]") and "w0" in answer.text
    assert wait_until(lambda: not any(stale(found.ask(p, "api", {"model": "newm", **b})) for p, b in KINDS)), (
        "refreshed, streams too"
    )
    found.ask("/v1/embeddings", "api", {"model": "oldm", "input": "five"})
    time.sleep(0.7)
    calls = asked(found, "new-big")
    answer = found.ask("/v1/embeddings", "api", {"model": "newm", "input": "five"})
    assert not stale(answer) and asked(found, "new-big") == calls + 1


def test_an_alias_is_pointed_at_the_new_model_across_a_restart(started: Rig) -> None:
    found = started
    cache = f"{{type: disk, disk_cache_dir: {found.folder}/cache, ttl: 3600}}"
    before, after = config(found, cache, "oldm"), config(found, cache, "newm")
    found.write_policy(ledger(time.time() + 3600, 1), before, prices(OWN))
    found.start(before)
    prompts = [f"prompt {i}" for i in range(12)]
    for prompt in prompts:
        assert not stale(found.chat("api", "prod", prompt))
    time.sleep(1.5)
    found.stop_proxy()
    switched = time.time()
    found.write_policy(ledger(switched, 1, "{per_minute: 10}"), after, prices(OWN))
    found.start(after)
    begin = time.time()
    assert all(stale(found.chat("api", "prod", p)) for p in prompts)
    assert asked(found, "new-big") <= 2 + (time.time() - begin) / 6
    found.write_policy(ledger(switched, (time.time() - switched) / 3600, "{per_minute: 10}"), after, prices(OWN))
    time.sleep(2)
    # After the window nothing of the old model is served any more.
    answers = [found.chat("api", "prod", p) for p in prompts]
    assert not any(stale(a) for a in answers)
    assert all("this is new-big" in a.text for a in answers)


def test_the_limits_of_refreshing_hold(started: Rig) -> None:
    found = started
    text = config(found, "{type: local}")
    found.write_policy(ledger(time.time() - 60, 1, "{per_minute: 6000, calls: 5}"), text, prices(OWN))
    found.start(text)
    prompts = [f"prompt {i}" for i in range(12)]
    for prompt in prompts:
        found.chat("api", "oldm", prompt)
    time.sleep(1)
    assert sum(stale(found.chat("api", "newm", p)) for p in prompts) >= 7
    assert wait_until(lambda: asked(found, "new-big") == 5)
    time.sleep(1)
    assert sum(stale(found.chat("api", "newm", p)) for p in prompts) == 7
    assert asked(found, "new-big") == 5
    # In dollars: each costs 0.007, and may cost 0.02 at most.
    found.write_policy(ledger(time.time() - 61, 1, "{per_minute: 6000, usd: 0.035}"), text, prices(OWN))
    time.sleep(1.2)
    sum(stale(found.chat("api", "newm", p)) for p in prompts)
    assert wait_until(lambda: asked(found, "new-big") >= 6)
    time.sleep(2)
    assert sum(stale(found.chat("api", "newm", p)) for p in prompts) >= 3
    assert asked(found, "new-big") <= 5 + 5


@needs_redis
def test_the_limits_of_refreshing_hold_over_four_workers(started: Rig, tmp_path: Path) -> None:
    """Calls and dollars in all are those of all workers together, exactly: none more, and none of them given away."""
    found = started
    with redis_server(tmp_path) as (url, _):
        port = url.rsplit(":", 1)[1].split("/")[0]
        found.env["MODELGUARD_STORE"] = url
        text = config(found, f"{{type: redis, host: 127.0.0.1, port: {port}, ttl: 600, {ALL_TYPES}}}")
        found.write_policy(ledger(time.time() - 60, 1, "{per_minute: 6000, calls: 7}"), text, prices(OWN))
        found.start(text, workers=4)
        prompts = [f"prompt {i}" for i in range(40)]
        for prompt in prompts:
            assert not stale(found.chat("api", "oldm", prompt))
        time.sleep(1.5)

        def marked(rounds: int = 4) -> int:
            """How many are still old; asked at once, so that every worker has some to refresh."""
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda p: stale(found.chat("api", "newm", p)), prompts * rounds))
            return sum(answers[-len(prompts) :])

        marked()
        assert wait_until(lambda: asked(found, "new-big") >= 7)
        time.sleep(3)
        assert marked() == 33
        assert asked(found, "new-big") == 7
        # Another switch, with dollars: each refresh costs 0.007011 and may cost 0.02 and its input at most.
        limit = 0.1
        found.write_policy(ledger(time.time() - 61, 1, f"{{per_minute: 6000, usd: {limit}}}"), text, prices(OWN))
        time.sleep(1.5)
        marked()
        assert wait_until(lambda: asked(found, "new-big") >= 7 + 8, 30)
        time.sleep(3)
        left = marked()
        more = asked(found, "new-big") - 7
        # What is left is less than another one may cost, so at least (0.1 - 0.0201) / 0.007011 = 11 fit, and at most 14.
        assert 8 <= more <= 14 and left == 33 - more
        lines = [x for x in found.wait_lines(1) if x.get("refresh") and x.get("cost") not in ("0", None)]
        assert len({x["cache_key"] for x in lines}) == len(lines) == 7 + more
        assert sum(float(x["cost"]) for x in lines[7:]) <= limit


def test_the_story_of_the_two_hundred_dollar_day(started: Rig) -> None:
    """A shared key to one each, a swap without an allocation, then with one and grace: what reaches the provider."""
    found = started
    text = config(found, "{type: local}")
    without = ledger(time.time() + 3600, 1).replace(
        '  - {consumer: "*", model: new-big, limit: 1000, per: day, max_output: 20}\n', ""
    )
    found.write_policy(without, text, prices(OWN))
    found.start(text)
    prompts = [f"prompt {i}" for i in range(60)]
    assert (
        httpx.post(
            f"{found.url}/v1/chat/completions",
            json={"model": "oldm"},
            headers={"Authorization": f"Bearer {found.master}"},
        ).status_code
        == 401
    )
    with ThreadPoolExecutor(4) as pool:
        assert all(a.status_code == 200 for a in pool.map(lambda p: found.chat("api", "oldm", p), prompts))
    time.sleep(1.5)
    assert {found.chat("api", "newm", p).status_code for p in prompts} == {403}
    assert asked(found, "new-big") == 0
    refused = [x for x in found.wait_lines(120) if x.get("refused") == "unallocated"]
    assert len(refused) == 60 and {x["cost"] for x in refused} == {"0"}
    # Now allocated, with grace: a working set of 60 at 120 a minute, asked for over and over.
    start = time.time()
    found.write_policy(ledger(start - 60, 1, "{per_minute: 120}"), text, prices(OWN))
    time.sleep(1.2)
    curve = []
    while not curve or (curve[-1][1] and len(curve) < 20):
        begin, calls = time.time(), asked(found, "new-big")
        marked = sum(stale(found.chat("api", "newm", p)) for p in prompts)
        time.sleep(max(0.0, 3 - (time.time() - begin)))
        curve.append((time.time() - start, marked, asked(found, "new-big") - calls))
        assert curve[-1][2] <= 2.0 * (time.time() - begin) + 2, "never faster than 120 a minute"
    print("\nseconds  stale of 60  billed calls")
    for at, marked, billed in curve:
        print(f"{at:7.1f}  {marked:11}  {billed:3} {'#' * billed}")
    # Without grace all 60 are billed in the first round; with it what the pace lets through in that time.
    first = curve[0][0] - 1.2
    assert curve[0][2] <= max(12, 2.0 * first + 2)
    assert curve[0][1] >= min(50, 60 - (2.0 * first + 2))
    marks = [m for _, m, _ in curve]
    assert all(b <= a for a, b in pairwise(marks)), "a ramp"
    assert marks[-1] == 0 and asked(found, "new-big") == 60
    found.write_policy(ledger(start - 7200, 1), text, prices(OWN))
    time.sleep(1.2)
    assert not any(stale(found.chat("api", "newm", p)) for p in prompts)
    assert asked(found, "new-big") == 60, "no spike when the window is over"
