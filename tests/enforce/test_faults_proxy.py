"""Faults in the middle of a call, on a real proxy: whatever breaks between a reservation and its end, no call is made that
was not reserved for, and what was spent is in the store and in the record."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from enforce.proxylib import CI, Rig, free_port, needs_proxy, needs_redis, prices, redis_server, rig

from modelguard.enforce.store import nano

pytestmark = [needs_proxy, pytest.mark.slow]

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: slow, litellm_params: {model: openai/ok-slow, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: cut, litellm_params: {model: openai/ok-cut, api_base: UP, api_key: sk-upstream-secret-0001}}
router_settings: {num_retries: 0, cooldown_time: 0, allowed_fails: 100000}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard]}
"""
OWN = dict.fromkeys(("ok-mini", "ok-slow", "ok-cut"), ("1", "1000"))
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "ok-*", limit: 1000, per: month, max_output: 10}
caps:
  - {owner: "@all", limit: 5000, per: month}
"""
COST = 7_011_000
"""What a call comes to, nano-dollars: 11 tokens at 1 and 7 at 1,000 USD a million."""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setenv("UPSTREAM_SLOW", "3")
    with rig(tmp_path) as made:
        made.key("api")
        yield made


def begin(found: Rig) -> None:
    text = CONFIG.replace("UP", found.upstream)
    found.write_policy(LEDGER, text, prices(OWN))
    found.start(text)


def in_redis(url: str) -> tuple[int, int]:
    """(spent, reserved) over all accounts."""
    from redis import Redis

    with Redis.from_url(url, decode_responses=True) as client:
        rows = [client.hgetall(key) for key in client.scan_iter("{modelguard}spend:*")]
    return sum(int(r.get("spent", 0)) for r in rows), sum(int(r.get("reserved", 0)) for r in rows)  # type: ignore[union-attr]


def wait_for(test: Any, wanted: Any, seconds: float = 30) -> None:
    until, seen = time.time() + seconds, None
    while time.time() < until:
        seen = test()
        if seen == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(f"{seen}, not {wanted}")


@needs_redis
@pytest.mark.parametrize("log", [False, True], ids=["comes back empty", "comes back as it was"])
def test_redis_dies_while_the_provider_answers(found: Rig, tmp_path: Path, log: bool) -> None:
    port = free_port()
    found.env["MODELGUARD_STORE"] = f"redis://127.0.0.1:{port}/0"
    begin(found)
    with ThreadPoolExecutor(4) as pool:
        with redis_server(tmp_path, port, log) as (url, popen):
            assert found.chat("api", "fast", "before").status_code == 200
            wait_for(lambda: in_redis(url), (COST, 0))
            waiting = [pool.submit(found.chat, "api", "slow", f"q{i}") for i in range(3)]
            wait_for(lambda: len(found.calls()), 4)
            popen.kill()
            popen.wait(5)
        assert [w.result().status_code for w in waiting] == [200, 200, 200]
        # The record does not wait for a store that is away.
        assert [x["cost"] for x in found.wait_lines(4)] == ["0.007011"] * 4
        refused = found.chat("api", "fast", "there is none")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_unavailable")
        assert len(found.calls()) == 4
        with redis_server(tmp_path, port, log) as (url, _):
            # What it had spent before is Redis's own to remember; what was under way is told it anew.
            wait_for(lambda: in_redis(url), (4 * COST if log else 3 * COST, 0), 60)
            assert found.chat("api", "fast", "there it is").status_code == 200
            wait_for(lambda: in_redis(url), (5 * COST if log else 4 * COST, 0))


@needs_redis
def test_a_redis_that_was_only_slow_keeps_no_reservation_that_was_given_up(found: Rig, tmp_path: Path) -> None:
    with redis_server(tmp_path) as (url, popen):
        found.env["MODELGUARD_STORE"] = url
        begin(found)
        assert found.chat("api", "fast", "before").status_code == 200
        waiting = ThreadPoolExecutor(2)
        under_way = waiting.submit(found.chat, "api", "slow", "under way")
        wait_for(lambda: len(found.calls()), 2)
        popen.send_signal(signal.SIGSTOP)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda i: found.chat("api", "fast", f"s{i}"), range(8)))
        assert {a.status_code for a in answers} == {503}
        assert {a.json()["error"]["code"] for a in answers} == {"store_unavailable"}
        assert under_way.result().status_code == 200
        assert len(found.calls()) == 2
        popen.send_signal(signal.SIGCONT)
        wait_for(lambda: in_redis(url), (2 * COST, 0), 60)
        assert found.chat("api", "fast", "it is back").status_code == 200
        wait_for(lambda: in_redis(url), (3 * COST, 0))
        waiting.shutdown()


def in_sqlite(path: Path) -> tuple[int, int]:
    with sqlite3.connect(path) as db:
        row = db.execute("SELECT coalesce(sum(spent), 0), coalesce(sum(reserved), 0) FROM spend").fetchone()
    db.close()
    return int(row[0]), int(row[1])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KB; needs the right to mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode and not CI:
        pytest.skip("no file system may be mounted here")
    assert mounted.returncode == 0, mounted.stderr
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all the room there is."""
    target = place / "filler"
    with target.open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    assert os.statvfs(place).f_bavail == 0
    return target


def test_the_disk_of_store_and_record_is_full(found: Rig, small_disk: Path) -> None:
    store, record = small_disk / "budgets.sqlite", small_disk / "calls.jsonl"
    (found.folder / "calls.jsonl").symlink_to(record)
    found.env["MODELGUARD_STORE"] = str(store)
    begin(found)
    assert found.chat("api", "fast", "before").status_code == 200
    wait_for(lambda: in_sqlite(store), (COST, 0))
    with ThreadPoolExecutor(8) as pool:
        # Some are under way when it fills.
        waiting = [pool.submit(found.chat, "api", "slow", f"under way {i}") for i in range(3)]
        wait_for(lambda: len(found.calls()), 4)
        filler = fill(small_disk)
        answers = list(pool.map(lambda i: found.chat("api", "fast", f"full {i}"), range(40)))
        answers += [w.result() for w in waiting]
    done = [a for a in answers if a.status_code == 200]
    refused = [a for a in answers if a.status_code != 200]
    assert {a.status_code for a in refused} <= {503}
    assert all(a.json()["error"]["code"] == "store_unavailable" for a in refused)
    # No call but those that were answered, and those are in the store and in the record once there is room.
    assert len(found.calls()) == 1 + len(done)
    assert refused, "the store had room after all"
    filler.unlink()
    assert found.chat("api", "fast", "room again").status_code == 200
    wait_for(lambda: in_sqlite(store), ((2 + len(done)) * COST, 0), 60)
    assert found.chat("api", "fast", "and again").status_code == 200
    until = time.time() + 20
    billed: list[dict[str, Any]] = []
    while len(billed) < 3 + len(done) and time.time() < until:
        billed = [x for x in map(json.loads, record.read_text().splitlines()) if x["status"] == 200]
        time.sleep(0.1)
    assert len(billed) == 3 + len(done) and {nano_of(x["cost"]) for x in billed} == {COST}
    assert "calls can't be recorded now" in (found.folder / "proxy.log").read_text()


def nano_of(cost: str) -> int:
    from decimal import Decimal

    return nano(Decimal(cost))


def test_a_stream_that_the_provider_breaks_off_is_charged_for_what_came(found: Rig) -> None:
    begin(found)
    body = {"model": "cut", "stream": True, "messages": [{"role": "user", "content": "x"}], "max_tokens": 1000}
    answer = found.ask("/v1/chat/completions", "api", body)
    assert answer.status_code == 200 and "w1" in answer.text
    [line] = found.wait_lines(1)
    # Three words at least, and no more than what came in the wire's wording.
    assert 3 * 1_000_000 <= nano_of(line["cost"]) < 500 * 1_000_000, line
    wait_for(lambda: in_sqlite(found.folder / "budgets.sqlite")[1], 0)


def test_a_client_that_sends_the_same_again_is_charged_for_each_call(found: Rig) -> None:
    """A time-out at the client, who asks again under the same id: two calls, two records, two charges."""
    begin(found)
    headers = {"Authorization": f"Bearer {found.key('api')}", "x-request-id": "same", "x-litellm-call-id": "same"}
    body = {"model": "slow", "messages": [{"role": "user", "content": "again"}]}
    with pytest.raises(httpx.TimeoutException):
        httpx.post(f"{found.url}/v1/chat/completions", json=body, headers=headers, timeout=1)
    wait_for(lambda: len(found.calls()), 1)
    assert httpx.post(f"{found.url}/v1/chat/completions", json=body, headers=headers, timeout=30).status_code == 200
    assert len(found.calls()) == 2
    lines = found.wait_lines(2)
    assert len({x["call"] for x in lines}) == 2
    wait_for(lambda: in_sqlite(found.folder / "budgets.sqlite")[1], 0)
    spent = in_sqlite(found.folder / "budgets.sqlite")[0]
    assert spent == sum(nano_of(x["cost"]) for x in lines) and spent >= COST
