# a line a deployment reads best
"""Faults: whatever breaks, nothing is called that is not allowed and paid for, nothing that was spent is forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from enforce.proxylib import Rig, free_port, needs_proxy, needs_redis, prices, redis_server, rig
from enforce.test_policy import CONFIG as PLAIN
from enforce.test_policy import compiled

from modelguard.enforce.asgi import GuardMiddleware
from modelguard.enforce.fingerprint import fingerprint, new_key
from modelguard.enforce.guard import Guard
from modelguard.enforce.policy import as_document
from modelguard.enforce.record import MAX_WAITING, Recorder
from modelguard.enforce.source import PolicySource
from modelguard.enforce.store import Account, Store, StoreError
from modelguard.enforce.store_sqlite import SqliteStore
from modelguard.enforce.usage_of import Tokens

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: long, litellm_params: {model: openai/ok-long, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: slow, litellm_params: {model: openai/ok-slow, api_base: UP, api_key: sk-upstream-secret-0001, timeout: 1}}
router_settings: {num_retries: 0, cooldown_time: 0, allowed_fails: 100000}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard]}
"""
OWN = dict.fromkeys(("ok-mini", "ok-slow", "ok-long"), ("1", "1000"))
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "ok-*", limit: 1000, per: day, max_output: 10}
  - {consumer: small, model: "ok-*", limit: 1.5, per: day, max_output: 10}
"""


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as made:
        made.key("api")
        made.key("small")
        yield made


def begin(found: Rig) -> None:
    text = CONFIG.replace("UP", found.upstream)
    found.write_policy(LEDGER, text, prices(OWN))
    found.start(text)


@needs_proxy
@needs_redis
@pytest.mark.slow
def test_redis_gone_slow_and_back(found: Rig, tmp_path: Path) -> None:
    port = free_port()
    found.env["MODELGUARD_STORE"] = f"redis://127.0.0.1:{port}/0"
    begin(found)
    refused = found.chat("api", "fast", "no redis yet")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_unavailable")
    assert not found.calls()
    with redis_server(tmp_path, port) as (_, popen):
        assert found.chat("api", "fast", "there it is").status_code == 200
        popen.send_signal(signal.SIGSTOP)
        start = time.time()
        assert found.chat("api", "fast", "it hangs").status_code == 503
        assert time.time() - start < 10
        popen.send_signal(signal.SIGCONT)
        time.sleep(1)
        assert found.chat("api", "fast", "it is back").status_code == 200
    assert found.chat("api", "fast", "gone").status_code == 503
    assert len(found.calls()) == 2


@needs_proxy
@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_a_stream_leaves_its_reservation(found: Rig) -> None:
    begin(found)
    body = {"model": "long", "stream": True, "messages": [{"role": "user", "content": "x"}], "max_tokens": 1000}
    headers = {"Authorization": f"Bearer {found.key('small')}"}
    with (
        pytest.raises(httpx.HTTPError),
        httpx.stream("POST", f"{found.url}/v1/chat/completions", json=body, headers=headers, timeout=30) as answer,
    ):
        for index, _ in enumerate(answer.iter_lines()):
            if index == 3:
                assert found.proxy is not None
                os.killpg(found.proxy.popen.pid, signal.SIGKILL)
    found.stop_proxy()
    found.start(CONFIG.replace("UP", found.upstream))
    # 1.00 of 1.50 USD is still reserved: another of the same size does not fit, a small one does.
    again = found.ask("/v1/chat/completions", "small", {**body, "stream": False})
    assert (again.status_code, again.json()["error"]["code"]) == (403, "budget_exhausted")
    assert found.chat("small", "fast", "y").status_code == 200


@needs_proxy
@pytest.mark.slow
def test_time_outs_duplicates_and_a_policy_that_comes_late(found: Rig) -> None:
    found.env["UPSTREAM_SLOW"] = "5"
    found.start(CONFIG.replace("UP", found.upstream))
    refused = found.chat("api", "fast")
    assert refused.status_code == 503 and "No such file" in refused.text
    assert httpx.get(f"{found.url}/health/liveliness", timeout=10).status_code == 200
    found.write_policy(LEDGER, CONFIG.replace("UP", found.upstream), prices(OWN))
    time.sleep(1.5)
    same = {"x-litellm-call-id": "00000000-0000-0000-0000-000000000001"}
    body = {"model": "fast", "messages": [{"role": "user", "content": "twice"}]}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: found.ask("/v1/chat/completions", "api", body, headers=same), range(8)))
    assert {a.status_code for a in answers} == {200}
    lines = found.wait_lines(9)
    mine = [x for x in lines if x["status"] == 200]
    assert len({x["call"] for x in mine}) == 8 == len(found.calls())
    assert {x["cost"] for x in mine} == {"0.007011"}


@needs_proxy
@pytest.mark.slow
def test_a_provider_that_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSTREAM_SLOW", "4")
    with rig(tmp_path) as found:
        found.key("api")
        found.key("small")
        begin(found)
        answer = found.chat("small", "slow")
        assert answer.status_code >= 400
        [line] = found.wait_lines(1)
        assert (line["status"], line["cost"]) == (answer.status_code, "0")
        with sqlite3.connect(found.folder / "budgets.sqlite") as db:
            assert db.execute("SELECT sum(spent), sum(reserved) FROM spend").fetchone() == (0, 0)
        db.close()


# -- without a proxy: what can be done in one process ----------------------------------------------------------------------


def test_a_full_disk_costs_no_line_that_memory_has_room_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calls.jsonl"
    path.symlink_to("/dev/full")
    recorder = Recorder(path)
    recorder.write({"a": 1})
    recorder.write({"a": 2})
    assert (recorder.lost, len(recorder.waiting)) == (0, 2)
    assert capsys.readouterr().err.count("calls can't be recorded now: No space left on device") == 1
    # A disk that fills in the middle of a line, after a worker that was killed in the middle of one.
    path.unlink()
    path.write_bytes(b'{"cut')
    whole, room = os.write, [20]

    def short(file: int, data: bytes) -> int:
        found = whole(file, data[: room[0]])
        room[0] = 10**6
        return found

    monkeypatch.setattr(os, "write", short)
    recorder.write({"a": 3})
    assert len(recorder.waiting) == 3
    recorder.write({"a": 4})
    lines = path.read_bytes().splitlines()
    assert lines[0] == b'{"cut' and [json.loads(x)["a"] for x in lines[1:]] == [1, 2, 3, 4]
    assert not recorder.waiting and "4 lines that waited are written" in capsys.readouterr().err


def test_lines_that_wait_are_bounded_and_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.symlink_to("/dev/full")
    recorder = Recorder(path)
    for i in range(MAX_WAITING + 3):
        recorder.write({"a": i})
    assert (recorder.lost, len(recorder.waiting)) == (3, MAX_WAITING)
    path.unlink()
    recorder.close()
    lines = [json.loads(x)["a"] for x in path.read_bytes().splitlines()]
    assert (len(lines), lines[0], lines[-1]) == (MAX_WAITING, 3, MAX_WAITING + 2)


def test_a_full_disk_is_no_free_call(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.sqlite")

    async def go() -> None:
        account = Account("a", "p", 10**12)
        await store.reserve("first", [account], 5, 1.0)
        db = store._db
        assert db is not None
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="full"):
            for i in range(10_000):
                await store.reserve(f"call {i}" + "x" * 400, [account], 5, 1.0)
        assert (await store.used([account], 1.0))[0][1] >= 5
        await store.close()

    asyncio.run(go())


def guarded(
    tmp_path: Path, store: Store, clock: list[float], mode: str = "enforce"
) -> tuple[GuardMiddleware, str, list[Any]]:
    """The layer around an application that notes what reaches it, and a key of `api`."""
    key = new_key()
    keys = f"version: 1\nkeys: [{{consumer: api, fingerprint: '{fingerprint(key)}'}}]"
    from enforce.test_policy import LEDGER as TEXT

    policy = compiled(TEXT + f"mode: {mode}\n", PLAIN, keys.encode()).policy
    (tmp_path / "policy.json").write_text(json.dumps(as_document(policy)))
    guard = Guard(PolicySource(tmp_path / "policy.json"), store, Recorder(tmp_path / "calls.jsonl"), lambda: clock[0])
    reached: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        reached.append(json.loads((await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        await guard.succeeded(scope["modelguard"], "fast", Tokens(1_000_000, 0), None)

    return GuardMiddleware(inner, guard), key, reached


async def post(layer: GuardMiddleware, key: str, body: dict[str, Any]) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode()}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {key}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": headers, "query_string": b""}
    await layer(scope, receive, send)
    while layer.guard._tasks:
        await asyncio.sleep(0)
    return int(sent[0]["status"])


def test_the_clock_jumps(tmp_path: Path) -> None:
    """Forward into the next day there is a new day's money, back again the old day's account, no worse."""
    day = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
    clock = [day]

    async def go() -> None:
        store = SqliteStore(tmp_path / "s.sqlite")
        layer, key, reached = guarded(tmp_path, store, clock)
        body = {"model": "fast", "messages": [], "max_tokens": 10_000_000}  # 6 USD of 25 on the first day, 10 later
        assert await post(layer, key, body) == 200
        clock[0] = day + 86400
        assert await post(layer, key, body) == 200
        clock[0] = day - 86400
        assert await post(layer, key, body) == 200
        clock[0] = day
        assert await post(layer, key, body) == 200
        accounts = [Account("api|api/gpt-4o-mini", f"2026-11-{d}", 0) for d in (24, 25, 26)]
        cost = int(Decimal("0.15") * 10**9)
        assert await store.used(accounts, 0) == [(cost, 0), (2 * cost, 0), (cost, 0)]
        assert len(reached) == 4
        # A counter that started in the future is not locked until then.
        assert await store.take("c", 1, 60, day + 86400)
        assert await store.take("c", 1, 60, day)
        await store.close()

    asyncio.run(go())


class Broken(SqliteStore):
    """A store that can't settle, for a while."""

    left = 2

    async def settle(self, call: str, cost: int | None, now: float, accounts: Sequence[Account] = ()) -> None:
        if self.left:
            self.left -= 1
            raise StoreError("away")
        await super().settle(call, cost, now, accounts)


def test_what_was_spent_is_told_again_until_the_store_can_hear_it(tmp_path: Path) -> None:
    async def go() -> None:
        store = Broken(tmp_path / "s.sqlite")
        layer, key, _ = guarded(tmp_path, store, [datetime(2026, 11, 25, tzinfo=UTC).timestamp()])
        assert await post(layer, key, {"model": "fast", "messages": []}) == 200
        assert await store.used([Account("api|api/gpt-4o-mini", "2026-11-25", 0)], 0) == [(150_000_000, 0)]
        await store.close()

    asyncio.run(go())


def test_a_body_goes_on_as_it_was_judged(tmp_path: Path) -> None:
    async def go() -> None:
        store = SqliteStore(tmp_path / "s.sqlite")
        layer, key, reached = guarded(tmp_path, store, [datetime(2026, 11, 25, tzinfo=UTC).timestamp()])
        assert (
            await post(layer, key, {"model": "fast", "messages": [], "cache_key": "x", "api_base": "http://evil"})
            == 200
        )
        assert reached == [{"model": "fast", "messages": [], "max_tokens": 500}]
        assert await post(layer, key, {"model": "smart", "messages": []}) == 403
        assert await post(layer, new_key(), {"model": "fast", "messages": []}) == 401
        assert len(reached) == 1
        await store.close()

    asyncio.run(go())


def test_shadow_refuses_nothing_and_records_what_it_would(tmp_path: Path) -> None:
    async def go() -> None:
        store = SqliteStore(tmp_path / "s.sqlite")
        layer, key, reached = guarded(tmp_path, store, [datetime(2026, 11, 25, tzinfo=UTC).timestamp()], "shadow")
        assert await post(layer, key, {"model": "smart", "messages": []}) == 200
        assert await post(layer, new_key(), {"model": "smart", "messages": []}) == 200
        # A request goes on as it came.
        assert await post(layer, key, {"model": "fast", "messages": [], "cache_key": "x"}) == 200
        assert reached[2] == {"model": "fast", "messages": [], "cache_key": "x"} and "max_tokens" not in reached[0]
        lines = [json.loads(x) for x in (tmp_path / "calls.jsonl").read_text().splitlines()]
        assert lines[0]["would_refuse"] and lines[0]["refused"] is None
        await store.close()

    asyncio.run(go())


@pytest.mark.parametrize(("mode", "status"), [("enforce", 403), ("shadow", 200)])
def test_what_has_no_bound_is_refused_and_in_shadow_noted(tmp_path: Path, mode: str, status: int) -> None:
    async def go() -> None:
        store = SqliteStore(tmp_path / "s.sqlite")
        layer, key, reached = guarded(tmp_path, store, [datetime(2026, 11, 25, tzinfo=UTC).timestamp()], mode)
        body = {"model": "fast", "messages": [], "tools": [{"type": "web_search"}]}
        assert await post(layer, key, body) == status
        assert len(reached) == (status == 200)
        [line] = [json.loads(x) for x in (tmp_path / "calls.jsonl").read_text().splitlines()]
        assert line["refused" if mode == "enforce" else "would_refuse"] == "unpriced"
        # What was made all the same is charged.
        assert line["cost"] == ("0" if mode == "enforce" else "0.15")
        await store.close()

    asyncio.run(go())


@needs_proxy
@pytest.mark.slow
def test_beside_the_proxys_own_keys_it_is_callbacks_alone(found: Rig) -> None:
    """Without custom_auth LiteLLM knows keys itself; here its master key, the only one that it has without a database."""
    text = CONFIG.replace("UP", found.upstream).replace(
        "general_settings: {custom_auth: modelguard.enforce.litellm.auth}\n", ""
    )
    found.keys["api"] = found.master
    found.write_policy(LEDGER, text, prices(OWN))
    found.start(text)
    assert found.chat("api", "fast").status_code == 200
    assert found.chat("api", "gpt-4o").status_code == 403
    # Known to the policy, unknown to the proxy: its own word counts as well.
    assert found.chat("small", "fast").status_code in (400, 401)
    assert found.chat("stranger", "fast").status_code == 401
    assert len(found.calls()) == 1
    lines = found.wait_lines(3)
    assert [x["cost"] for x in lines if x["status"] == 200] == ["0.007011"]
    with sqlite3.connect(found.folder / "budgets.sqlite") as db:
        assert db.execute("SELECT sum(reserved) FROM spend").fetchone() == (0,)
    db.close()


@pytest.mark.slow
def test_memory_is_flat_over_a_hundred_thousand_requests(tmp_path: Path) -> None:
    """The guard's own: what it keeps of requests that are over."""

    def resident() -> int:
        status = Path("/proc/self/status").read_text()
        return int(next(x for x in status.splitlines() if x.startswith("VmRSS")).split()[1])

    async def go() -> None:
        store = SqliteStore(tmp_path / "s.sqlite")
        layer, key, reached = guarded(tmp_path, store, [datetime(2026, 11, 25, tzinfo=UTC).timestamp()])
        layer.guard.recorder._path = Path("/dev/null")
        after = 0
        for i in range(100_000):
            model = ("fast", "smart", f"unknown {i}")[i % 3]
            await post(layer, key if i % 5 else f"sk-unknown-{i}", {"model": model, "messages": [], "max_tokens": 1})
            reached.clear()
            if i == 20_000:
                after = resident()
        assert resident() - after < 8 * 1024, "KiB"
        assert not layer.guard.calls and not layer.guard._tasks
        await store.close()

    asyncio.run(go())
