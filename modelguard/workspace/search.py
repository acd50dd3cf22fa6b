"""Which files of a tree have a text in them, found by git where it can."""

from __future__ import annotations

from modelguard.workspace import git
from modelguard.workspace.tree import Tree
from modelguard.workspace.trees import WorkingTree


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
