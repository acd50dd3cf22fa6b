"""One line a call: who asked for what, what served it, what it cost. No content, no header, no key.

JSON Lines, modelguard.calls/1; docs/enforce.md describes each member, `modelguard usage import guard` reads them. A line
is one write to a file opened for appending, so lines of several workers never mix (POSIX: O_APPEND, far below a page's
multiple that a local file system splits). Metrics (metrics.py) are made of the same lines.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelguard.enforce.metrics import Sink

SCHEMA = "modelguard.calls/1"


class Recorder:
    """Writes lines to a file, and gives those about calls to what counts them; tells stderr, once, that it can't.

    A call is never failed for a line about it.
    """

    def __init__(self, path: Path | None, sinks: Sequence[Sink] = ()) -> None:
        self._path = path
        self.sinks = tuple(sinks)
        self._uncounted = False
        self._file: int | None = None
        self._told = False
        self.lost = 0

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line."""
        if "schema" not in line:
            self._count(line)
        if self._path is None:
            return
        data = json.dumps({"schema": SCHEMA, **line}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            if self._file is None or self._moved():
                self._open()
            assert self._file is not None
            written = os.write(self._file, data)
            if written != len(data):
                # A full disk cut the line; the rest of it is ended, so that the next one starts on its own.
                raise OSError(28, "No space left on device")
        except OSError as error:
            self._failed(error)

    def _count(self, line: Mapping[str, Any]) -> None:
        for sink in self.sinks:
            try:
                sink(line)
            except Exception as error:  # whatever goes wrong in there is no reason to fail a call
                if not self._uncounted:
                    self._uncounted = True
                    print(f"modelguard: calls can't be counted: {type(error).__name__}: {error}", file=sys.stderr)

    def _open(self) -> None:
        assert self._path is not None
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)

    def _moved(self) -> bool:
        """Whether the file was rotated away."""
        assert self._path is not None and self._file is not None
        try:
            return self._path.stat().st_ino != os.fstat(self._file).st_ino
        except FileNotFoundError:
            return True

    def _failed(self, error: OSError) -> None:
        self.lost += 1
        self.close()
        if not self._told:
            self._told = True
            print(f"modelguard: calls can't be recorded: {error.strerror}", file=sys.stderr)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
