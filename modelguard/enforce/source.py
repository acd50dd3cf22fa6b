"""The policy that holds now: read again when its file changes, whole or not at all, the last good one kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from modelguard.enforce.policy import MAX_BYTES, Deciding, read_policy
from modelguard.errors import InputError

CHECK = 1.0
"""Seconds between looks at the file."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`deciding` is None where no good policy was ever read; `error` says what is wrong with the file now, "" nothing."""

    deciding: Deciding | None
    error: str = ""


class PolicySource:
    """A policy file that is looked at again every CHECK seconds, by its size, time and inode."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: object = None
        self._next = 0.0
        self._loaded = Loaded(None, "MODELGUARD_POLICY names no file" if path is None else "")

    def current(self) -> Loaded:
        """The policy as of now. Never raises."""
        now = time.monotonic()
        if self._path is not None and now >= self._next:
            self._next = now + CHECK
            self._look(self._path)
        return self._loaded

    def _look(self, path: Path) -> None:
        try:
            stat = path.stat()
            state = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if state == self._seen:
                return
            with path.open("rb") as file:
                policy = read_policy(file.read(MAX_BYTES + 1), path.name)
        except (OSError, InputError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            # The next look tries again: a file that is being written is whole a moment later.
            self._seen = None
            self._loaded = Loaded(self._loaded.deciding, f"the policy can't be used: {why}")
            return
        self._seen = state
        self._loaded = Loaded(Deciding(policy))
