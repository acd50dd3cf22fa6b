"""The facts cache: what a file says, by its content, so that a pull request's base is nearly free.

One SQLite file in the user's cache folder (MODELGUARD_CACHE_DIR overrides; empty turns it off), readable by the user
only. A key is blob id + format + the state of the extractors. A cache that can't be opened, read or written is done without.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

LAYOUT = 2
MAX_BYTES = 512 * 1024 * 1024
"""Above this size the oldest half is dropped."""


def cache_folder() -> Path | None:
    """Where the cache lives, or None where it is turned off."""
    override = os.environ.get("MODELGUARD_CACHE_DIR")
    if override is not None:
        return Path(override) if override else None
    from platformdirs import user_cache_path

    return user_cache_path("modelguard")


class FactsCache:
    """Stored facts as bytes by key. Every method is safe to call on a cache that could not be opened."""

    def __init__(self, folder: Path | None) -> None:
        self._db: sqlite3.Connection | None = None
        self.digest_key = secrets.token_bytes(32)
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / f"facts-{LAYOUT}.sqlite"
            path.touch(mode=0o600, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=2, isolation_level=None)
            self._prepare()
            if path.stat().st_size > MAX_BYTES:
                self._shrink()
        except (OSError, sqlite3.Error):
            self.close()

    def _prepare(self) -> None:
        assert self._db is not None
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID")
        self._db.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, data BLOB NOT NULL)")
        self._db.execute("INSERT OR IGNORE INTO meta VALUES ('digest-key', ?)", (self.digest_key,))
        row = self._db.execute("SELECT data FROM meta WHERE name = 'digest-key'").fetchone()
        if row and isinstance(row[0], bytes) and len(row[0]) == 32:
            self.digest_key = row[0]

    def _shrink(self) -> None:
        assert self._db is not None
        self._db.execute(
            "DELETE FROM facts WHERE key IN (SELECT key FROM facts LIMIT (SELECT count(*) / 2 FROM facts))"
        )
        self._db.execute("VACUUM")

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The stored bytes of those keys that are there."""
        found: dict[str, bytes] = {}
        if self._db is None:
            return found
        with contextlib.suppress(sqlite3.Error):
            for start in range(0, len(keys), 500):
                part = keys[start : start + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, data FROM facts WHERE key IN ({marks})"  # noqa: S608  only question marks
                found.update(self._db.execute(query, part).fetchall())
        return found

    def put(self, entries: Iterable[tuple[str, bytes]]) -> None:
        """Store entries in one transaction; a full disk or a busy cache loses nothing but speed."""
        if self._db is None:
            return
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", entries)
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None
