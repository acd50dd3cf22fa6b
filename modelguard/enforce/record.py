"""One line a call: who asked for what, what served it, what it cost. No content, no header, no key.

JSON Lines, modelguard.calls/1; docs/enforce.md describes each member, `modelguard usage import guard` reads them. A line
is one write to a file opened for appending, so lines of several workers never mix (POSIX: O_APPEND, far below a page's
multiple that a local file system splits). Metrics (metrics.py) are made of the same lines.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from errno import ENOSPC
from pathlib import Path
from typing import Any

from modelguard.enforce.metrics import Sink

SCHEMA = "modelguard.calls/1"
MAX_WAITING = 20_000
"""Lines that are kept for a disk that is full: about 12 MB."""


class Recorder:
    """Writes lines to a file, and gives those about calls to what counts them. A call is never failed for a line about it.

    Lines that a full disk has no room for wait in memory, at most MAX_WAITING of them, and are tried again with the next
    and at the end; stderr is told once that they can't be written, and once that they are. `lost` had no room there either.
    """

    def __init__(self, path: Path | None, sinks: Sequence[Sink] = ()) -> None:
        self._path = path
        self.sinks = tuple(sinks)
        self._uncounted = False
        self._file: int | None = None
        self._told = False
        self._before = b""
        self.waiting: deque[bytes] = deque()
        self.lost = 0

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line."""
        if "schema" not in line:
            self._count(line)
        if self._path is None:
            return
        data = json.dumps({"schema": SCHEMA, **line}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(self.waiting) >= MAX_WAITING:
            self.waiting.popleft()
            self.lost += 1
        self.waiting.append(data)
        self._flush()

    def _flush(self) -> None:
        """Write what waits, in order, as far as it goes."""
        try:
            if self._file is None or self._moved():
                self._open()
            waited = len(self.waiting)
            while self.waiting:
                self._append(self.waiting[0])
                self.waiting.popleft()
        except OSError as error:
            self._failed(error)
            return
        if self._told:
            self._told = False
            lost = f"; {self.lost} were lost" if self.lost else ""
            print(f"modelguard: {waited} lines that waited are written{lost}", file=sys.stderr)

    def _append(self, data: bytes) -> None:
        assert self._file is not None
        written = os.write(self._file, self._before + data)
        if written == len(self._before) + len(data):
            self._before = b""
            return
        # A full disk cut the line short: its start is taken away again, as long as nothing stands after it.
        state = os.fstat(self._file)
        if stat.S_ISREG(state.st_mode) and os.lseek(self._file, 0, os.SEEK_CUR) == state.st_size:
            os.ftruncate(self._file, state.st_size - written)
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    def _count(self, line: Mapping[str, Any]) -> None:
        for sink in self.sinks:
            try:
                sink(line)
            except Exception as error:  # whatever goes wrong in there is no reason to fail a call
                if not self._uncounted:
                    self._uncounted = True
                    print(f"modelguard: calls can't be counted: {type(error).__name__}: {error}", file=sys.stderr)

    def _open(self) -> None:
        """Open the file; what a worker that was killed left cut short is ended, so that our lines start on their own."""
        assert self._path is not None
        self._let_go()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        state = os.fstat(self._file)
        ended = (
            not stat.S_ISREG(state.st_mode) or not state.st_size or os.pread(self._file, 1, state.st_size - 1) == b"\n"
        )
        self._before = b"" if ended else b"\n"

    def _moved(self) -> bool:
        """Whether the file was rotated away."""
        assert self._path is not None and self._file is not None
        try:
            return self._path.stat().st_ino != os.fstat(self._file).st_ino
        except FileNotFoundError:
            return True

    def _failed(self, error: OSError) -> None:
        self._let_go()
        if not self._told:
            self._told = True
            print(f"modelguard: calls can't be recorded now: {error.strerror}; lines wait in memory", file=sys.stderr)

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        if self.waiting:
            self._flush()
        self._let_go()
