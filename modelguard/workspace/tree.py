"""What a tree to read is: entries with their size, bytes on demand, and a note of everything that is left out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the tree: path relative to its root with `/`, size in bytes, git blob id ("" where it is not known)."""

    path: str
    size: int
    blob: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not read, and why; it counts as a gap."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """A file that could not be read, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: bytes a file, folders deep, files in all."""

    file_bytes: int = 4 * 1024 * 1024
    depth: int = 40
    files: int = 200_000


class Tree(Protocol):
    """Files by path, read without a checkout. Entries are sorted by path; nothing in a tree is ever run."""

    @property
    def name(self) -> str:
        """What it is called in messages: a folder, `the index`, a ref."""

    @property
    def commit(self) -> str | None:
        """The commit it shows, where it is one."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The files that may be read."""

    @property
    def gaps(self) -> tuple[Skipped, ...]:
        """The files that are not, and why."""

    def read(self, path: str) -> bytes | ReadFailed:
        """One file's bytes."""

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | ReadFailed]]:
        """Several files' bytes, in the order asked."""


def blob_id(data: bytes) -> str:
    """The id git gives these bytes (SHA-1 of a blob header and the content); no security rests on it."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def admit(found: Iterable[Entry], limits: Limits, gaps: list[Skipped]) -> tuple[Entry, ...]:
    """The entries within the limits, sorted; the others become gaps."""
    kept: list[Entry] = []
    for entry in sorted(found, key=lambda e: e.path):
        if entry.size > limits.file_bytes:
            gaps.append(Skipped(entry.path, f"larger than {limits.file_bytes // 1024 // 1024} MiB"))
        elif entry.path.count("/") >= limits.depth:
            gaps.append(Skipped(entry.path, f"more than {limits.depth} folders deep"))
        elif len(kept) >= limits.files:
            gaps.append(Skipped(entry.path, f"beyond the first {limits.files:,} files"))
        else:
            kept.append(entry)
    return tuple(kept)
