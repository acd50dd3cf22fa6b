"""A tree with some files as an editor has them, saved or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from modelguard.workspace.tree import Entry, ReadFailed, Skipped, Tree, blob_id


@dataclass(frozen=True)
class Overlay:
    """`texts` are bytes by path, for files that are in the tree and for new ones."""

    under: Tree
    texts: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.under.name

    @property
    def commit(self) -> str | None:
        """The commit below."""
        return self.under.commit

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The tree's entries, those that are edited with their own size and content."""
        found = {e.path: e for e in self.under.entries}
        for path, data in self.texts.items():
            old = found.get(path, Entry(path, 0))
            found[path] = replace(old, size=len(data), blob=blob_id(data))
        return tuple(found[p] for p in sorted(found))

    @property
    def gaps(self) -> tuple[Skipped, ...]:
        """What the tree leaves out."""
        return self.under.gaps

    def read(self, path: str) -> bytes | ReadFailed:
        """One file's bytes."""
        data = self.texts.get(path)
        return self.under.read(path) if data is None else data

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | ReadFailed]]:
        """Several files' bytes."""
        wanted = list(paths)
        below = dict(self.under.read_many([p for p in wanted if p not in self.texts]))
        for path in wanted:
            yield path, self.texts[path] if path in self.texts else below.get(path, ReadFailed(path, "not there"))
