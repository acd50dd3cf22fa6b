"""Which line of a change a finding is shown at.

GitHub shows an alert on a pull request only where its line is one that the pull request adds; the same holds for what
GitLab shows beside a diff. So the first line of a finding's evidence that was added is its primary location.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from modelguard.report.line_hash import line_hash

Place = tuple[str, int]
MOST_FILES = 200
"""Files that are compared for a report; beyond them a finding stays at its own line."""


@dataclass
class Places:
    """The changed side's files, asked on demand. Paths are relative to the analysed folder.

    `read` gives a file's bytes, `added` the numbers of the lines that the change adds to it; it is None where nothing
    is compared. `root` is the analysed folder within its repository: "" or "a/folder/".
    """

    read: Callable[[str], bytes | None]
    added: Callable[[str], frozenset[int]] | None = None
    changed: Callable[[], Iterable[str]] | None = None
    root: str = ""
    _lines: dict[str, frozenset[int]] = field(default_factory=dict)
    _bytes: dict[str, bytes | None] = field(default_factory=dict)

    def primary(self, own: Place | None, evidence: Iterable[Place]) -> Place | None:
        """The first of a finding's places on an added line; else an added line near it; else its own place."""
        if self.added is None:
            return own
        candidates = [*([own] if own else []), *evidence]
        for path, line in candidates:
            if line in self._added(path):
                return path, line
        for path, line in candidates:
            added = self._added(path)
            if added:
                return path, min(added, key=lambda near: (abs(near - line), near))
        return self._anywhere() or own

    def _anywhere(self) -> Place | None:
        """Where only lines were taken away from what a finding is about: the change's first added line."""
        for path in sorted(self.changed()) if self.changed is not None else ():
            added = self._added(path)
            if added:
                return path, min(added)
        return None

    def hash(self, place: Place) -> str | None:
        """GitHub's fingerprint of a line; None where the file has no such line."""
        path, line = place
        if path not in self._bytes:
            self._bytes[path] = self.read(path)
        data = self._bytes[path]
        return None if data is None else line_hash(data, line)

    def _added(self, path: str) -> frozenset[int]:
        if path not in self._lines:
            known = len(self._lines) < MOST_FILES and self.added is not None
            self._lines[path] = self.added(path) if known and self.added is not None else frozenset()
        return self._lines[path]
