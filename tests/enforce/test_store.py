"""The store: nothing is spent beyond a limit however many ask at once, nothing is lost, both kinds alike."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from enforce.proxylib import HAVE_REDIS, redis_server

from modelguard.enforce.policy import Allocation
from modelguard.enforce.store import (
    LEASE,
    Account,
    Store,
    StoreError,
    account_of,
    ends,
    nano,
    period_of,
)
from modelguard.enforce.store_redis import RedisStore
from modelguard.enforce.store_sqlite import SqliteStore

Make = Callable[[], Store]
NOW = 1_795_570_000.0


@pytest.fixture(params=["sqlite", "redis"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    if request.param == "sqlite":
        yield lambda: SqliteStore(tmp_path / "s.sqlite")
        return
    if not HAVE_REDIS and not os.environ.get("MODELGUARD_CI"):
        pytest.skip("redis-server is not installed")
    pytest.importorskip("redis")
    with redis_server(tmp_path) as (url, _):
        yield lambda: RedisStore(url)


ACCOUNT = Account("api|opus", "2026-11-25", 1000)


def run(work: Callable[[Store], object], store: Store) -> None:
    async def go() -> None:
        try:
            await work(store)  # type: ignore[misc]
        finally:
            await store.close()

    asyncio.run(go())


def test_reserve_settle_release(make: Make) -> None:
    async def work(store: Store) -> None:
        assert (await store.reserve("a", [ACCOUNT], 600, NOW)).granted
        refused = await store.reserve("b", [ACCOUNT], 500, NOW)
        assert (refused.granted, refused.full, refused.used, refused.limit) == (False, "api|opus", 600, 1000)
        assert await store.used([ACCOUNT], NOW) == [(0, 600)]
        await store.settle("a", 100, NOW)
        await store.settle("a", 900, NOW)  # a second time does nothing
        assert await store.used([ACCOUNT], NOW) == [(100, 0)]
        assert (await store.reserve("b", [ACCOUNT], 900, NOW)).granted
        await store.settle("b", 0, NOW)
        assert await store.used([ACCOUNT], NOW) == [(100, 0)]

    run(work, make())


def test_what_a_store_forgot_is_spent_all_the_same(tmp_path: Path) -> None:
    """A Redis that comes back empty between a call's reservation and its end."""
    if not HAVE_REDIS and not os.environ.get("MODELGUARD_CI"):
        pytest.skip("redis-server is not installed")
    pytest.importorskip("redis")
    with redis_server(tmp_path) as (url, _):

        async def work(store: Store) -> None:
            other = Account("cap/x", "2026-11", 700)
            assert (await store.reserve("a", [ACCOUNT, other], 600, NOW)).granted
            await store._do(store._redis().flushall())  # type: ignore[attr-defined]
            await store.settle("a", 100, NOW, [ACCOUNT, other])
            await store.settle("a", 100, NOW, [ACCOUNT, other])  # a second time does nothing, now as ever
            assert await store.used([ACCOUNT, other], NOW) == [(100, 0), (100, 0)]

        run(work, RedisStore(url))


def test_a_reservation_that_comes_after_its_end_is_none(make: Make) -> None:
    """Given up by a client that waited too long, then done all the same by a store that was slow."""

    async def work(store: Store) -> None:
        await store.settle("a", 0, NOW)
        if isinstance(store, RedisStore):
            with pytest.raises(StoreError):
                await store.reserve("a", [ACCOUNT], 600, NOW)
            assert await store.used([ACCOUNT], NOW) == [(0, 0)]

    run(work, make())


def test_all_accounts_or_none_and_a_second_reservation_moves(make: Make) -> None:
    cap = Account("cap/x", "2026-11", 700)
    other = Account("api|haiku", "2026-11-25", 50)

    async def work(store: Store) -> None:
        assert not (await store.reserve("a", [ACCOUNT, cap], 800, NOW)).granted
        assert await store.used([ACCOUNT, cap], NOW) == [(0, 0), (0, 0)]
        assert (await store.reserve("a", [ACCOUNT, cap], 700, NOW)).granted
        assert (await store.reserve("a", [other, cap], 40, NOW)).granted
        assert await store.used([ACCOUNT, other, cap], NOW) == [(0, 0), (0, 40), (0, 40)]
        assert not (await store.reserve("a", [other, cap], 60, NOW)).granted
        assert await store.used([other, cap], NOW) == [(0, 40), (0, 40)]
        assert (await store.reserve("a", [other, cap], 60, NOW, force=True)).full == "api|haiku"
        await store.settle("a", None, NOW)
        assert await store.used([ACCOUNT, other, cap], NOW) == [(0, 0), (60, 0), (60, 0)]

    run(work, make())


def test_the_soft_limit_is_told(make: Make) -> None:
    account = Account("a", "p", 1000, soft=500)

    async def work(store: Store) -> None:
        assert not (await store.reserve("a", [account], 500, NOW)).soft
        answer = await store.reserve("b", [account], 1, NOW)
        assert answer.soft and answer.granted and (answer.used, answer.limit) == (501, 1000)

    run(work, make())


def test_the_first_period_may_cost_more(make: Make) -> None:
    def account(day: str) -> Account:
        return Account("a", day, 100, first=50)

    async def work(store: Store) -> None:
        assert (await store.reserve("a", [account("2026-11-25")], 150, NOW)).granted
        assert not (await store.reserve("b", [account("2026-11-25")], 1, NOW)).granted
        assert not (await store.reserve("c", [account("2026-11-26")], 101, NOW)).granted
        assert (await store.reserve("c", [account("2026-11-26")], 100, NOW)).granted

    run(work, make())


def test_what_a_dead_worker_had_reserved_counts_as_spent(make: Make) -> None:
    async def work(store: Store) -> None:
        await store.reserve("a", [ACCOUNT], 300, NOW)
        assert await store.sweep(NOW + LEASE - 1) == 0
        assert await store.sweep(NOW + LEASE + 1) == 1
        assert await store.used([ACCOUNT], NOW) == [(300, 0)]
        await store.settle("a", 0, NOW)
        assert await store.used([ACCOUNT], NOW) == [(300, 0)]

    run(work, make())


def test_counters_and_texts_are_shared(make: Make) -> None:
    async def work(store: Store) -> None:
        assert [await store.take("c", 2, 60, NOW) for _ in range(3)] == [True, True, False]
        assert not await store.take("d", 2, 60, NOW, amount=3)
        assert [await store.once("k", 60, NOW) for _ in range(2)] == [True, False]
        assert await store.get("t", NOW) is None
        await store.put("t", "x", 60, NOW)
        assert await store.get("t", NOW) == "x"

    run(work, make())


def test_two_hundred_at_once_stay_within_the_limit(make: Make) -> None:
    async def work(store: Store) -> None:
        other = make()
        try:
            asked = [(store if i % 2 else other).reserve(f"c{i}", [ACCOUNT], 37, NOW) for i in range(200)]
            granted = [a.granted for a in await asyncio.gather(*asked)]
            assert sum(granted) == 1000 // 37
            assert await store.used([ACCOUNT], NOW) == [(0, 1000 // 37 * 37)]
        finally:
            await other.close()

    run(work, make())


def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    """A process that is killed while it spends: all that it was told is spent or reserved is there."""
    code = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom modelguard.enforce.store import Account\n"
        "from modelguard.enforce.store_sqlite import SqliteStore\n"
        "async def main():\n  s = SqliteStore(Path(sys.argv[1])); a = Account('a', 'p', 10**12); i = 0\n"
        "  while True:\n    i += 1; await s.reserve(f'c{i}', [a], 5, 1.0)\n    if i % 2: await s.settle(f'c{i}', 3, 1.0)\n"
        "    print(i, flush=True)\nasyncio.run(main())"
    )
    path = tmp_path / "s.sqlite"
    popen = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    time.sleep(1.5)
    os.kill(popen.pid, signal.SIGKILL)
    assert popen.stdout is not None
    with popen.stdout:
        done = int(popen.stdout.read().split()[-1])
    popen.wait()

    async def work(store: Store) -> None:
        [(spent, reserved)] = await store.used([Account("a", "p", 10**12)], 1.0)
        odd, even = (done + 1) // 2, done // 2
        # Of the one that was under way nothing, its reservation or all of it may be there.
        assert spent in (odd * 3, (odd + 1) * 3) and reserved in (even * 5, (even + 1) * 5)

    run(work, SqliteStore(path))


def test_a_store_that_is_gone_is_an_error_that_names_no_password(tmp_path: Path) -> None:
    pytest.importorskip("redis")

    async def work(store: Store) -> None:
        with pytest.raises(StoreError) as error:
            await store.reserve("a", [ACCOUNT], 1, NOW)
        assert "hunter2" not in str(error.value) and error.value.__cause__ is None

    run(work, RedisStore("redis://:hunter2@127.0.0.1:9/0"))
    folder = tmp_path / "file"
    folder.write_text("not a folder")
    with pytest.raises(StoreError):
        run(lambda s: s.reserve("a", [ACCOUNT], 1, NOW), SqliteStore(folder / "s.sqlite"))


def test_periods_are_utc_calendar_periods() -> None:
    day = date(2027, 1, 1)
    assert [period_of(p, day) for p in ("day", "week", "month")] == ["2027-01-01", "2026-W53", "2027-01"]
    assert [ends(p, day).date().isoformat() for p in ("day", "week", "month")] == [
        "2027-01-02",
        "2027-01-04",
        "2027-02-01",
    ]


def test_the_first_day_of_a_week_grows_by_what_a_day_may_cost_more() -> None:
    account = account_of("api", Allocation("i", "m", Decimal(70), "week", first_day=Decimal(25)), date(2026, 11, 25))
    assert (account.limit, account.first) == (nano(Decimal(70)), nano(Decimal(15)))


def test_workers_that_open_a_new_file_together_all_get_in(tmp_path: Path) -> None:
    async def opened(path: Path) -> None:
        workers = [SqliteStore(path) for _ in range(8)]
        try:
            found = await asyncio.gather(*(w.reserve(f"c{i}", [ACCOUNT], 1, NOW) for i, w in enumerate(workers)))
            assert all(answer.granted for answer in found)
        finally:
            for worker in workers:
                await worker.close()

    for number in range(40):
        asyncio.run(opened(tmp_path / f"{number}.sqlite"))
