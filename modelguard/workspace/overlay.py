"""A tree with some files' contents replaced: what it would be after an edit, without writing one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from modelguard.workspace.tree import Entry, ReadFailed, Skipped, Tree, blob_id


class Overlay:
    """The tree below, but for the files in `changed` (path to bytes), which must be there already."""

    def __init__(self, below: Tree, changed: Mapping[str, bytes]) -> None:
        self._below, self._changed = below, dict(changed)
        self._entries = tuple(self._entry(entry) for entry in below.entries)

    def _entry(self, entry: Entry) -> Entry:
        data = self._changed.get(entry.path)
        return entry if data is None else replace(entry, size=len(data), blob=blob_id(data))

    @property
    def name(self) -> str:
        """That of the tree below."""
        return self._below.name

    @property
    def commit(self) -> str | None:
        """None: no commit shows these files."""
        return None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those of the tree below, with the sizes of the changed files."""
        return self._entries

    @property
    def gaps(self) -> tuple[Skipped, ...]:
        """Those of the tree below."""
        return self._below.gaps

    def read(self, path: str) -> bytes | ReadFailed:
        """One file's bytes."""
        data = self._changed.get(path)
        return self._below.read(path) if data is None else data

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | ReadFailed]]:
        """Several files' bytes, in the order asked."""
        for path in paths:
            yield path, self.read(path)
