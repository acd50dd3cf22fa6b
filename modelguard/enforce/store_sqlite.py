"""The store for one host: an SQLite file in WAL mode, shared by the proxy's workers.

`synchronous=NORMAL`: a commit survives the death of the process, and the loss of power but for its last moments. One
thread a process does the work, so that a slow disk never holds up the event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from modelguard.enforce.store import LEASE, Account, Answer, Standing, StoreError, judge

T = TypeVar("T")
BUSY = 2.0
"""Seconds to wait for another worker's transaction; each takes well under a millisecond."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spend(account TEXT, period TEXT, spent INTEGER NOT NULL DEFAULT 0, reserved INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(account, period)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservation(call TEXT, account TEXT, period TEXT, amount INTEGER NOT NULL, expires REAL NOT NULL,
  PRIMARY KEY(call, account, period)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reservation_expires ON reservation(expires);
CREATE TABLE IF NOT EXISTS first(account TEXT PRIMARY KEY, period TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter(name TEXT PRIMARY KEY, started REAL NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept(name TEXT PRIMARY KEY, value TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
"""


def _prepared(db: sqlite3.Connection) -> None:
    """Put a new connection's file into WAL mode and make its tables.

    SQLite's own waiting does not cover the change of mode: of workers that open a new file together, one is refused at
    once (https://www.sqlite.org/pragma.html#pragma_busy_timeout, https://www.sqlite.org/wal.html), so it asks again.
    """
    until = time.monotonic() + BUSY
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.executescript(_SCHEMA)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


class SqliteStore:
    """A store in a file. Opened on first use, in its own thread; an error closes it, and the next call opens it anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="modelguard-store")
        self._db: sqlite3.Connection | None = None

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                found = work(db)
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK") if db.in_transaction else None
                raise
            return found
        except (sqlite3.Error, OSError) as error:
            self._drop()
            raise StoreError(f"the budget store {self._path.name} can't be used: {error}") from error

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            try:
                _prepared(db)
            except sqlite3.Error:
                db.close()
                raise
            self._db = db
        return self._db

    def _drop(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    async def reserve(
        self, call: str, accounts: Sequence[Account], amount: int, now: float, *, force: bool = False
    ) -> Answer:
        """See Store."""
        return await self._do(lambda db: _reserve(db, call, accounts, amount, now, force))

    async def settle(self, call: str, cost: int | None, now: float, accounts: Sequence[Account] = ()) -> None:
        """See Store. The file forgets nothing that was committed, so `accounts` are not needed."""
        await self._do(lambda db: _settle(db, call, cost))

    async def used(self, accounts: Sequence[Account], now: float) -> list[tuple[int, int]]:
        """See Store."""
        return await self._do(lambda db: [_used(db, a) for a in accounts])

    async def sweep(self, now: float) -> int:
        """See Store."""
        return await self._do(lambda db: _sweep(db, now))

    async def take(self, counter: str, limit: int, window: float, now: float, amount: int = 1) -> bool:
        """See Store."""
        return await self._do(lambda db: _take(db, counter, limit, window, now, amount))

    async def add(self, counter: str, amount: int, now: float) -> None:
        """See Store."""
        sql = "INSERT INTO counter VALUES(?, ?, ?) ON CONFLICT(name) DO UPDATE SET used = used + excluded.used"
        await self._do(lambda db: db.execute(sql, (counter, now, amount)))

    async def counted(self, counter: str) -> int:
        """See Store."""

        def work(db: sqlite3.Connection) -> int:
            row = db.execute("SELECT used FROM counter WHERE name = ?", (counter,)).fetchone()
            return int(row[0]) if row else 0

        return await self._do(work)

    async def once(self, key: str, seconds: float, now: float) -> bool:
        """See Store."""

        def work(db: sqlite3.Connection) -> bool:
            db.execute("DELETE FROM kept WHERE name = ? AND expires <= ?", (key, now))
            sql = "INSERT OR IGNORE INTO kept VALUES(?, '', ?)"
            return db.execute(sql, (key, now + seconds)).rowcount == 1

        return await self._do(work)

    async def put(self, key: str, value: str, seconds: float, now: float) -> None:
        """See Store."""
        await self._do(
            lambda db: db.execute("INSERT OR REPLACE INTO kept VALUES(?, ?, ?)", (key, value, now + seconds))
        )

    async def get(self, key: str, now: float) -> str | None:
        """See Store."""

        def work(db: sqlite3.Connection) -> str | None:
            row = db.execute("SELECT value FROM kept WHERE name = ? AND expires > ?", (key, now)).fetchone()
            return str(row[0]) if row else None

        return await self._do(work)

    async def close(self) -> None:
        """See Store."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown(wait=False)


def _used(db: sqlite3.Connection, account: Account) -> tuple[int, int]:
    sql = "SELECT spent, reserved FROM spend WHERE account = ? AND period = ?"
    row = db.execute(sql, (account.key, account.period)).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _limit(db: sqlite3.Connection, account: Account) -> int:
    """The limit, with what the first period may cost more. First is the period of the first reservation ever."""
    if not account.first:
        return account.limit
    db.execute("INSERT OR IGNORE INTO first VALUES(?, ?)", (account.key, account.period))
    (period,) = db.execute("SELECT period FROM first WHERE account = ?", (account.key,)).fetchone()
    return account.limit + (account.first if period == account.period else 0)


def _reserve(
    db: sqlite3.Connection, call: str, accounts: Sequence[Account], amount: int, now: float, force: bool
) -> Answer:
    sql = "SELECT account, period, amount FROM reservation WHERE call = ?"
    mine = {(row[0], row[1]): row[2] for row in db.execute(sql, (call,))}
    standing = []
    for account in accounts:
        spent, reserved = _used(db, account)
        before = spent + reserved - mine.get((account.key, account.period), 0)
        standing.append(Standing(account, before, before + amount, _limit(db, account)))
    answer = judge(standing, force)
    if answer.granted:
        for (key, period), had in mine.items():
            db.execute("UPDATE spend SET reserved = reserved - ? WHERE account = ? AND period = ?", (had, key, period))
        db.execute("DELETE FROM reservation WHERE call = ?", (call,))
        for account in accounts:
            _set(db, call, account, amount, now)
    return answer


def _set(db: sqlite3.Connection, call: str, account: Account, amount: int, now: float) -> None:
    values = (call, account.key, account.period, amount, now + LEASE)
    db.execute("INSERT INTO reservation VALUES(?, ?, ?, ?, ?)", values)
    db.execute(
        "INSERT INTO spend(account, period, reserved) VALUES(?, ?, ?)"
        " ON CONFLICT(account, period) DO UPDATE SET reserved = reserved + excluded.reserved",
        (account.key, account.period, amount),
    )


def _settle(db: sqlite3.Connection, call: str, cost: int | None) -> None:
    rows = db.execute("DELETE FROM reservation WHERE call = ? RETURNING account, period, amount", (call,)).fetchall()
    for account, period, amount in rows:
        db.execute(
            "UPDATE spend SET reserved = reserved - ?, spent = spent + ? WHERE account = ? AND period = ?",
            (amount, amount if cost is None else cost, account, period),
        )


def _sweep(db: sqlite3.Connection, now: float) -> int:
    late = [row[0] for row in db.execute("SELECT DISTINCT call FROM reservation WHERE expires <= ? LIMIT 500", (now,))]
    for call in late:
        _settle(db, call, None)
    db.execute("DELETE FROM kept WHERE expires <= ?", (now,))
    return len(late)


def _take(db: sqlite3.Connection, name: str, limit: int, window: float, now: float, amount: int) -> bool:
    row = db.execute("SELECT started, used FROM counter WHERE name = ?", (name,)).fetchone()
    # A clock that was put back must not lock a counter for as long as it was ahead.
    fresh = row is None or now - row[0] >= window or row[0] > now
    started, used = (now, 0) if fresh else row
    if used + amount > limit:
        return False
    db.execute("INSERT OR REPLACE INTO counter VALUES(?, ?, ?)", (name, started, used + amount))
    return True
