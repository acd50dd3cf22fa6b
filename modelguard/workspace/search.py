"""Files of a tree that have a text in them, found by git where it can; files of the repository that it is a part of."""

from __future__ import annotations

from modelguard.workspace import git
from modelguard.workspace.tree import ReadFailed, Tree
from modelguard.workspace.trees import ObjectTree, WorkingTree


def mentioning(tree: Tree, text: str) -> tuple[str, ...]:
    """The paths of a tree's files that have `text` in them, sorted."""
    listed = _grepped(tree, text) if isinstance(tree, WorkingTree) else None
    if listed is not None:
        known = {e.path for e in tree.entries}
        return tuple(sorted(known & listed))
    mark = text.encode()
    every = tree.read_many([e.path for e in tree.entries])
    return tuple(sorted(path for path, data in every if isinstance(data, bytes) and mark in data))


def _grepped(tree: WorkingTree, text: str) -> set[str] | None:
    """What `git grep` finds, tracked or not; None where there is no repository, or git can't say."""
    if git.repository(tree.root) is None:
        return None
    found = git.run(tree.root, "grep", "-l", "-z", "-F", "--untracked", "--no-textconv", "-e", text, "--", ".")
    if found is None:
        return set() if git.run(tree.root, "rev-parse", "--git-dir") is not None else None
    return {name for name in found.decode("utf-8", "surrogateescape").split("\0") if name}


def at_top(tree: Tree, paths: tuple[str, ...]) -> tuple[str, str, bytes] | None:
    """The first of these files that the repository has at its top: (folder of the tree in it, path, content).

    Where the tree is the whole repository, or none, that is its own root and the folder is "".
    """
    repo = tree.repo if isinstance(tree, ObjectTree) else None
    if isinstance(tree, WorkingTree):
        repo = git.repository(tree.root)
    prefix = repo.prefix if repo is not None else ""
    known = {e.path for e in tree.entries}
    for path in paths:
        data: bytes | ReadFailed | None = None
        if not prefix:
            data = tree.read(path) if path in known else None
        elif repo is not None:
            # What is checked out counts for a working tree as it is staged or committed: the top is not what is analysed.
            data = git.run(repo.top, "cat-file", "blob", f"{tree.commit or ''}:{path}")
        if isinstance(data, bytes):
            return prefix, path, data
    return None
