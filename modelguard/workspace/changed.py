"""What a change touches: paths, and the lines it adds to one of them. git compares; nothing is checked out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modelguard.workspace import git
from modelguard.workspace.trees import existing

_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=none", "--relative")
MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Changed:
    """A change between a commit and a commit, the index or the working directory, below an analysed folder.

    `root` is that folder within the repository: "" or "a/folder/"; paths are relative to it.
    """

    folder: Path
    base: str
    head: str | None
    staged: bool
    root: str

    def paths(self) -> tuple[str, ...] | None:
        """What differs, taken away or new files too; None where git can't say."""
        listed = git.run(self.folder, "diff", "--name-only", "-z", *_PLAIN, *self._sides())
        if listed is None:
            return None
        names = {n for n in listed.decode("utf-8", "surrogateescape").split("\0") if n}
        if self.head is None and not self.staged:
            new = git.run(self.folder, "ls-files", "-z", "--others", "--exclude-standard")
            names |= {n for n in (new or b"").decode("utf-8", "surrogateescape").split("\0") if n}
        return tuple(sorted(names))

    def added(self, path: str) -> frozenset[int]:
        """The numbers of the lines that are new in a file of the changed side; all of them where git has no old one."""
        shown = git.run(self.folder, "diff", "--unified=0", *_PLAIN, *self._sides(), "--", f":(literal){path}")
        if shown is None:
            return frozenset()
        lines: set[int] = set()
        for hunk in _HUNK.finditer(shown):
            start, many = int(hunk[1]), int(hunk[2] or b"1")
            lines.update(range(start, start + many))
        if not lines and self.head is None and not self.staged:
            lines.update(self._untracked(path))
        return frozenset(lines)

    def _untracked(self, path: str) -> range:
        listed = git.run(self.folder, "ls-files", "-z", "--others", "--", f":(literal){path}")
        data = self.read(path) if listed else None
        return range(1, len(data.splitlines()) + 1) if data else range(0)

    def read(self, path: str) -> bytes | None:
        """A file of the changed side, or None: not there, too large, not a regular file."""
        return reader(self.folder, self.head, self.staged, self.root)(path)

    def _sides(self) -> tuple[str, ...]:
        if self.staged:
            return ("--cached", self.base)
        return (self.base,) if self.head is None else (self.base, self.head)


def changed(path: Path, base: str, head: str | None, staged: bool) -> Changed | None:
    """The change from commit `base` to `head`, to the index, or to the working directory. None outside git."""
    folder = existing(path)
    repo = git.repository(folder)
    return None if repo is None else Changed(folder, base, head, staged, repo.prefix)


def reader(folder: Path, head: str | None, staged: bool, root: str) -> Callable[[str], bytes | None]:
    """Reads single files of a commit, the index or the working directory."""
    from modelguard.workspace.trees import WorkingTree

    if head is None and not staged:
        tree = WorkingTree(folder, str(folder), None, (), ())

        def on_disk(path: str) -> bytes | None:
            data = tree.read(path)
            return data if isinstance(data, bytes) else None

        return on_disk

    def in_git(path: str) -> bytes | None:
        data = git.run(folder, "cat-file", "blob", f"{head or ''}:{root}{path}")
        return data if data is not None and len(data) <= MAX_BYTES else None

    return in_git
