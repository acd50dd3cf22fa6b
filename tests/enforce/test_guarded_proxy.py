"""The guard on a real proxy: budgets, periods, batches, sockets, shadow, reload, what is recorded, and that no key leaks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from enforce.proxylib import Rig, needs_proxy, prices, rig

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: smart, litellm_params: {model: openai/no-big, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: slow, litellm_params: {model: openai/ok-slow, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: long, litellm_params: {model: openai/ok-long, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: broken, litellm_params: {model: openai/ok-flaky, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: talk, litellm_params: {model: openai/ok-talk, api_base: UP, api_key: sk-upstream-secret-0001}}
router_settings: {num_retries: 0, cooldown_time: 0, allowed_fails: 100000}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
files_settings: [{custom_llm_provider: openai, api_base: UP, api_key: sk-upstream-secret-0001}]
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard], drop_params: true}
"""
OWN = dict.fromkeys(("ok-mini", "ok-slow", "ok-long", "ok-flaky", "no-big", "ok-talk"), ("1", "1000"))
PRICES = prices(OWN, frozenset({"ok-talk"}))
# 7 tokens of output at 1,000 USD a million and 11 of input at 1: what each call of the upstream costs.
COST = Decimal("0.007011")
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "ok-*", limit: 1000, per: day, soft: 0.01, max_output: 50}
  - {consumer: tight, model: "ok-*", limit: 0.40, per: day, max_output: 10}
  - {consumer: spent, model: "ok-*", limit: 0.02, per: month, max_output: 10}
  - {consumer: capped, model: "ok-*", limit: 100, per: day, max_output: 10, owner: "@small"}
  - {consumer: talker, model: ok-talk, limit: 4.5, per: day, max_output: 100}
  - {consumer: fire, model: no-big, limit: 5, per: day, max_output: 10, break_glass: {by: ada, reason: outage, until: 2099-01-01}}
caps:
  - {owner: "@small", limit: 0.015, per: day}
"""


@pytest.fixture(scope="module", params=[1, 4], ids=["one worker", "four workers"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig(tmp_path_factory.mktemp("guarded")) as found:
        for name in ("api", "tight", "spent", "capped", "talker", "fire"):
            found.key(name)
        found.write_policy(LEDGER, CONFIG.replace("UP", found.upstream), PRICES)
        found.start(CONFIG.replace("UP", found.upstream), workers=request.param)
        yield found


def lines_of(found: Rig, consumer: str, count: int) -> list[dict[str, object]]:
    until = time.time() + 20
    while time.time() < until:
        mine = [x for x in found.lines() if x["consumer"] == consumer]
        if len(mine) >= count:
            return mine
        time.sleep(0.05)
    raise AssertionError(f"{len(mine)} lines of {count}")


def line_of(found: Rig, asked: str) -> dict[str, object]:
    """The line about the only call by a name."""
    until = time.time() + 20
    while time.time() < until:
        mine = [x for x in found.lines() if x.get("asked") == asked]
        if mine:
            return mine[-1]
        time.sleep(0.05)
    raise AssertionError(f"no line about {asked}")


def test_two_hundred_at_once_overspend_by_no_more_than_one_call(proxy: Rig) -> None:
    before = len(proxy.calls())
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda i: proxy.chat("tight", "fast", f"q{i}"), range(200)))
    done = [a for a in answers if a.status_code == 200]
    assert {a.status_code for a in answers} == {200, 403}
    calls = len(proxy.calls()) - before
    assert calls == len(done)
    spent = calls * COST
    assert spent <= Decimal("0.40") + COST
    # Reservations are given back as calls settle, so more fits than the worst case of each would let in at once.
    assert spent > Decimal("0.20")
    refused = next(a for a in answers if a.status_code == 403).json()["error"]
    assert refused["code"] == "budget_exhausted" and "until 20" in refused["message"]
    mine = lines_of(proxy, "tight", 200)
    assert sum(Decimal(str(x["cost"])) for x in mine) == spent


def test_a_used_up_month_stays_used_up_and_says_until_when(proxy: Rig) -> None:
    statuses = []
    for i in range(4):
        statuses.append(proxy.chat("spent", "fast", f"m{i}").status_code)
        lines_of(proxy, "spent", i + 1)
    assert statuses == [200, 403, 403, 403] or statuses == [200, 200, 403, 403]


def test_a_cap_above_the_allocation_counts(proxy: Rig) -> None:
    assert proxy.chat("capped", "fast", "c1").status_code == 200
    lines_of(proxy, "capped", 1)
    answer = proxy.chat("capped", "fast", "c2")
    assert answer.status_code == 403 and "a cap above it" in answer.text


def test_the_soft_limit_warns_before_the_hard_one_refuses(proxy: Rig) -> None:
    answer = proxy.chat("api", "fast", "s1")
    assert answer.headers["x-modelguard-budget"].startswith("api has used ")


def test_the_ledgers_output_limit_is_put_in_where_the_client_has_none(proxy: Rig) -> None:
    proxy.chat("api", "fast", "o1")
    assert proxy.calls()[-1]["max_tokens"] == 50
    proxy.chat("api", "fast", "o2", max_tokens=5)
    assert proxy.calls()[-1]["max_tokens"] == 5


def test_a_failed_call_costs_nothing_and_gives_its_reservation_back(proxy: Rig) -> None:
    assert proxy.chat("api", "broken").status_code == 500
    line = line_of(proxy, "broken")
    assert (line["status"], line["cost"]) == (500, "0")
    assert reserved(proxy, "api|") == 0


def reserved(found: Rig, start: str) -> int:
    """What is reserved in all accounts of a consumer, once that has settled."""
    import sqlite3

    total = -1
    for _ in range(200):
        with sqlite3.connect(found.folder / "budgets.sqlite") as db:
            [(total,)] = db.execute("SELECT coalesce(sum(reserved), 0) FROM spend WHERE account LIKE ?", (start + "%",))
        db.close()
        if total == 0:
            break
        time.sleep(0.1)
    return int(total)


def test_a_stream_that_its_client_leaves_is_billed_for_what_was_made(proxy: Rig) -> None:
    body = {
        "model": "long",
        "stream": True,
        "messages": [{"role": "user", "content": "a long one"}],
        "max_tokens": 4000,
    }
    headers = {"Authorization": f"Bearer {proxy.key('api')}"}
    with httpx.stream("POST", f"{proxy.url}/v1/chat/completions", json=body, headers=headers, timeout=30) as answer:
        for index, _ in enumerate(answer.iter_lines()):
            if index > 10:
                break
    line = line_of(proxy, "long")
    assert Decimal("0.001") < Decimal(str(line["cost"])) < Decimal("0.5"), line
    assert reserved(proxy, "api|") == 0


def test_embeddings_and_responses_are_billed_by_what_they_say(proxy: Rig) -> None:
    time.sleep(1)  # what came before is written
    seen = len([x for x in proxy.lines() if x["consumer"] == "api"])
    assert proxy.ask("/v1/embeddings", "api", {"model": "fast", "input": "hi"}).status_code == 200
    assert proxy.ask("/v1/responses", "api", {"model": "fast", "input": "hi", "stream": True}).status_code == 200
    assert (
        proxy.ask(
            "/v1/messages", "api", {"model": "fast", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
        ).status_code
        == 200
    )
    mine = lines_of(proxy, "api", seen + 3)[seen:]
    assert sorted(Decimal(str(x["cost"])) for x in mine) == [Decimal("0.000011"), COST, COST], mine


def test_a_batch_is_judged_by_its_file_and_charged_when_it_starts(proxy: Rig) -> None:
    def line(model: str) -> str:
        body = {"model": model, "max_tokens": 10, "messages": [{"role": "user", "content": "x"}]}
        return json.dumps({"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}) + "\n"

    def upload(text: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {proxy.key('api')}"}
        files = {"file": ("b.jsonl", text.encode(), "application/jsonl")}
        return httpx.post(f"{proxy.url}/v1/files", data={"purpose": "batch"}, files=files, headers=headers, timeout=30)

    before = len(proxy.calls())
    assert upload(line("ok-mini") + line("no-big")).status_code == 403
    assert upload("{}\n").status_code == 403
    assert len(proxy.calls()) == before
    stored = upload(line("ok-mini") * 3)
    assert stored.status_code == 200, stored.text
    batch = {"input_file_id": stored.json()["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    assert proxy.ask("/v1/batches", "capped", batch).status_code == 403
    assert proxy.ask("/v1/batches", "api", {**batch, "input_file_id": "file-of-nobody"}).status_code == 403
    started = proxy.ask("/v1/batches", "api", batch)
    assert started.status_code in (200, 500), (
        started.text
    )  # the upstream's answer is no batch; it was let through to it
    assert any(c["path"].endswith("/batches") for c in proxy.calls())
    line = line_of(proxy, "ok-mini")
    # Three lines of at most 10 tokens at 1,000 USD a million, and their input.
    assert started.status_code == 500 or Decimal("0.03") < Decimal(str(line["cost"])) < Decimal("0.031"), line


def test_a_socket_is_judged_when_it_opens_and_with_every_answer(proxy: Rig) -> None:
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.sync.client import connect

    url = proxy.url.replace("http", "ws") + "/v1/realtime?model="

    def headers(consumer: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {proxy.key(consumer)}"}

    for consumer, model, status in (("talker", "smart", 403), ("api", "smart", 403), ("nobody", "talk", 401)):
        with pytest.raises(InvalidStatus) as refused, connect(url + model, additional_headers=headers(consumer)):
            pass
        assert refused.value.response.status_code == status
    turns = 0
    with (
        pytest.raises(ConnectionClosed) as closed,
        connect(url + "talk", additional_headers=headers("talker"), open_timeout=20) as socket,
    ):
        assert json.loads(socket.recv(10))["type"] == "session.created"
        while turns < 2000:
            socket.send(json.dumps({"type": "response.create"}))
            while json.loads(socket.recv(10))["type"] != "response.done":
                pass
            turns += 1
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1008
    # 4.50 USD less the worst case of the next turn (100 tokens of output, 4,096 where the ledger has none).
    assert turns * COST / COST > 10 and turns * COST <= Decimal("4.5")


def test_broken_glass_is_recorded(proxy: Rig) -> None:
    assert proxy.chat("fire", "smart").status_code == 200
    assert lines_of(proxy, "fire", 1)[-1]["break_glass"] == "ada"


def test_lines_hold_no_content_and_nothing_holds_a_key(proxy: Rig) -> None:
    proxy.chat("api", "fast", "the secret words of the prompt")
    proxy.chat("api", "no-such", "the secret words of the prompt")
    httpx.get(f"{proxy.url}/v1/models", params={"key": proxy.key("api")}, timeout=10)
    time.sleep(1)
    secrets = [*proxy.keys.values(), proxy.master, "sk-upstream-secret", "the secret words"]
    for path in proxy.folder.iterdir():
        if path.is_file() and path.name not in ("proxy.yaml", "upstream.log"):
            data = path.read_bytes()
            for secret in secrets:
                assert secret.encode() not in data, (path.name, secret[:6])


def test_models_are_listed_as_far_as_they_are_allowed(proxy: Rig) -> None:
    answer = httpx.get(f"{proxy.url}/v1/models", headers={"Authorization": f"Bearer {proxy.key('talker')}"}, timeout=10)
    assert answer.status_code == 200
    assert {m["id"] for m in answer.json()["data"]} <= {"talk", "openai/ok-talk"}


def test_management_needs_an_administrator(proxy: Rig) -> None:
    for method, path in (
        ("POST", "/key/generate"),
        ("POST", "/model/new"),
        ("GET", "/health"),
        ("POST", "/v1/fine_tuning/jobs"),
    ):
        headers = {"Authorization": f"Bearer {proxy.key('api')}"}
        answer = httpx.request(method, f"{proxy.url}{path}", headers=headers, json={}, timeout=20)
        assert answer.status_code in (401, 403), (path, answer.status_code, answer.text[:200])


def test_odd_paths_are_refused(proxy: Rig) -> None:
    before = len(proxy.calls())
    for path in (
        "/v1//chat/completions",
        "/bedrock/model/ok/../no-big/converse",
        "/openai/%2e%2e/x",
        "/v1/chat/completions%2f",
    ):
        answer = proxy.ask(path, "api", {"model": "fast", "messages": []})
        assert answer.status_code >= 400, path
    assert len(proxy.calls()) == before


def test_a_policy_is_read_again_whole_or_not_at_all(proxy: Rig) -> None:
    config = CONFIG.replace("UP", proxy.upstream)
    target: Path = proxy.folder / "policy.json"
    good = target.read_text()
    first = proxy.chat("api", "fast", "r1").headers["x-modelguard-policy"]
    target.write_text(good[: len(good) // 2])
    time.sleep(1.5)
    answers = [proxy.chat("api", "fast", f"r2-{i}") for i in range(6)]
    assert {a.status_code for a in answers} == {200}
    assert {a.headers["x-modelguard-policy"] for a in answers} == {first}
    assert all("x-modelguard-policy-error" in a.headers for a in answers)
    policy = proxy.write_policy(
        LEDGER.replace('consumer: api, model: "ok-*"', "consumer: api, model: ok-slow"), config, PRICES
    )
    time.sleep(1.5)
    answers = [proxy.chat("api", "fast", f"r3-{i}") for i in range(6)]
    assert {a.status_code for a in answers} == {403}
    assert {a.headers["x-modelguard-policy"] for a in answers} == {policy.version}
    proxy.write_policy("mode: shadow\n" + LEDGER, config, PRICES)
    time.sleep(1.5)
    answer = proxy.chat("talker", "smart", "shadow")
    assert answer.status_code == 200 and answer.headers["x-modelguard-would-refuse"] == "unallocated"
    target.write_text(good)
    time.sleep(1.5)
    assert proxy.chat("talker", "smart", "enforced again").status_code == 403
