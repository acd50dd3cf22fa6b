"""The three kinds of tree: the working directory, the staged index, and any commit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelguard.errors import InputError
from modelguard.workspace import git
from modelguard.workspace.tree import Entry, Limits, ReadFailed, Skipped, Tree, admit

if TYPE_CHECKING:
    from pathspec import PathSpec

_NEVER = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        ".terraform",
        ".tox",
        ".mypy_cache",
        ".ipynb_checkpoints",
    }
)
_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class WorkingTree:
    """Files on disk under `root`. Links are not followed: their targets within the tree are read by their own names."""

    root: Path
    name: str
    commit: str | None
    entries: tuple[Entry, ...]
    gaps: tuple[Skipped, ...]
    limits: Limits = _DEFAULT

    def read(self, path: str) -> bytes | ReadFailed:
        """One file's bytes; a limit on size holds even where the file grew since it was listed."""
        try:
            # No link is followed, and a pipe that took the file's place does not block.
            handle = os.open(
                self.root / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            )
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    return ReadFailed(path, "not a regular file")
                data = file.read(self.limits.file_bytes + 1)
        except OSError as error:
            return ReadFailed(path, error.strerror or "could not be read")
        return data if len(data) <= self.limits.file_bytes else ReadFailed(path, "grew beyond the size limit")

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | ReadFailed]]:
        """Several files' bytes, one at a time."""
        return ((path, self.read(path)) for path in paths)


@dataclass(frozen=True, slots=True)
class ObjectTree:
    """Files as git has them: of a commit, or of the index."""

    repo: git.Repository
    name: str
    commit: str | None
    entries: tuple[Entry, ...]
    gaps: tuple[Skipped, ...]

    def read(self, path: str) -> bytes | ReadFailed:
        """One file's bytes."""
        return next((data for _, data in self.read_many([path])), ReadFailed(path, "not in this tree"))

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes | ReadFailed]]:
        """Several files' bytes, by one git process for each few hundred."""
        known = {e.path: e.blob for e in self.entries}
        wanted = [(path, known[path]) for path in paths if path in known]
        for start in range(0, len(wanted), 500):
            yield from git.blobs(self.repo, wanted[start : start + 500])


def open_working(path: Path, limits: Limits = _DEFAULT) -> Tree:
    """The files in a folder as they are now, without what git ignores. InputError where there is no such folder."""
    root = existing(path)
    repo = git.repository(root)
    gaps: list[Skipped] = []
    found = _listed_by_git(repo, root) if repo is not None else None
    if found is None:
        found = _walked(root, limits, gaps)
    inside: dict[Path, bool] = {}
    entries = [e for name in found if (e := _stat(root, name, gaps, inside)) is not None]
    commit = git.commit_of(repo, "HEAD") if repo is not None else None
    return WorkingTree(root, str(path), commit, admit(entries, limits, gaps), tuple(gaps), limits)


def existing(path: Path) -> Path:
    """The folder as an absolute path. Raises InputError where it is none."""
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise InputError(f"{path} {what}", hint="give the folder to analyse, or none for the current one")
    return path.resolve()


def _listed_by_git(repo: git.Repository, root: Path) -> list[str] | None:
    """Tracked and untracked files that are not ignored, relative to `root`; None where git can't say."""
    listed = git.run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    if listed is None:
        return None
    names = [n for n in listed.decode("utf-8", "surrogateescape").split("\0") if n]
    # A folder in the list is a repository of its own (a submodule): another project, checked by itself.
    return [n for n in names if not n.endswith("/")]


def _walked(root: Path, limits: Limits, gaps: list[Skipped]) -> list[str]:
    """All files below a folder outside git, by the .gitignore files that lie there."""
    found: list[str] = []
    todo: list[tuple[str, tuple[tuple[str, PathSpec[Any]], ...]]] = [("", ())]
    while todo and len(found) <= limits.files:
        folder, specs = todo.pop()
        if folder and folder.count("/") + 1 >= limits.depth:
            gaps.append(Skipped(folder, f"more than {limits.depth} folders deep"))
            continue
        try:
            children = sorted(os.scandir(root / folder), key=lambda c: c.name)
        except OSError as error:
            gaps.append(Skipped(folder, error.strerror or "could not be read"))
            continue
        if any(c.name == ".gitignore" and c.is_file(follow_symlinks=False) for c in children):
            specs = (*specs, (folder, _ignores(root / folder / ".gitignore")))
        for child in children:
            path = f"{folder}/{child.name}" if folder else child.name
            is_folder = child.is_dir(follow_symlinks=False)
            if child.name in _NEVER or _ignored(path + ("/" if is_folder else ""), specs):
                continue
            if is_folder:
                todo.append((path, specs))
            else:
                found.append(path)
    return found


def _ignores(path: Path) -> PathSpec[Any]:
    import pathspec

    with path.open(encoding="utf-8", errors="replace") as file:
        return pathspec.GitIgnoreSpec.from_lines(file.read(1_000_000).splitlines())


def _ignored(path: str, specs: tuple[tuple[str, PathSpec[Any]], ...]) -> bool:
    return any(spec.match_file(path[len(folder) :].lstrip("/")) for folder, spec in specs)


def _stat(root: Path, name: str, gaps: list[Skipped], inside: dict[Path, bool]) -> Entry | None:
    """A regular file's entry. What is gone counts for nothing; a link is left to the name it points to."""
    try:
        info = (root / name).lstat()
    except OSError:
        return None
    folder = (root / name).parent
    if folder not in inside:
        inside[folder] = _stays_within(root, folder)
    if not inside[folder]:
        gaps.append(Skipped(name, "its folder is a link that leads out of the tree"))
        return None
    if stat.S_ISLNK(info.st_mode):
        if not _stays_within(root, root / name):
            gaps.append(Skipped(name, "a link that leads out of the tree"))
        return None
    return Entry(name, info.st_size) if stat.S_ISREG(info.st_mode) else None


def _stays_within(root: Path, link: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def open_index(path: Path, limits: Limits = _DEFAULT) -> Tree:
    """What is staged for the next commit. InputError outside git."""
    repo = required(path)
    listed = git.run(existing(path), "ls-files", "-z", "--stage") or b""
    found: list[tuple[str, str, str]] = []
    for line in listed.decode("utf-8", "surrogateescape").split("\0"):
        meta, tab, name = line.partition("\t")
        if tab:
            mode, blob, _ = meta.split(" ")
            found.append((mode, blob, name))
    return _objects(repo, "the index", None, found, limits)


def open_ref(path: Path, ref: str, limits: Limits = _DEFAULT) -> Tree:
    """A commit, read from git's objects. InputError where there is no such ref."""
    repo = required(path)
    commit = git.commit_of(repo, ref)
    if commit is None:
        raise InputError(f'"{ref}" is no commit of this repository')
    return commit_tree(repo, ref, commit, limits)


def commit_tree(repo: git.Repository, name: str, commit: str, limits: Limits = _DEFAULT) -> Tree:
    """The tree of a commit, from the analysed folder down; empty where the folder was not there yet."""
    listed = git.run(
        repo.top, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *([repo.prefix] if repo.prefix else [])
    )
    found: list[tuple[str, str, str]] = []
    for line in (listed or b"").decode("utf-8", "surrogateescape").split("\0"):
        meta, tab, full = line.partition("\t")
        if tab:
            mode, _, blob = meta.split(" ")
            found.append((mode, blob, full.removeprefix(repo.prefix)))
    return _objects(repo, name, commit, found, limits)


def _objects(
    repo: git.Repository, name: str, commit: str | None, found: list[tuple[str, str, str]], limits: Limits
) -> Tree:
    """Regular files only: links (120000) and submodules (160000) are not followed."""
    regular = [(blob, path) for mode, blob, path in found if mode.startswith("100")]
    sizes = _sizes(repo, [blob for blob, _ in regular])
    gaps: list[Skipped] = []
    entries = [Entry(path, sizes.get(blob, 0), blob) for blob, path in regular]
    return ObjectTree(repo, name, commit, admit(entries, limits, gaps), tuple(gaps))


def _sizes(repo: git.Repository, ids: list[str]) -> dict[str, int]:
    asked = "".join(f"{i}\n" for i in ids).encode()
    answer = git.run(repo.top, "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=asked) if ids else b""
    pairs = [line.split() for line in (answer or b"").decode().splitlines()]
    return {p[0]: int(p[1]) for p in pairs if len(p) == 2 and p[1].isdigit()}


def required(path: Path) -> git.Repository:
    """The repository of a folder. Raises InputError where it lies in none."""
    repo = git.repository(existing(path))
    if repo is None:
        raise InputError(f"{path} is not in a git repository", hint="--base, --head and --staged need one")
    return repo
