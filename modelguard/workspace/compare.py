"""Two trees to compare, as a pull request does: head with the merge base of base and head."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from modelguard.errors import InputError
from modelguard.workspace import git
from modelguard.workspace.tree import Limits, Tree
from modelguard.workspace.trees import commit_tree, existing, open_index, open_working, required

_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`base` is at the merge base, `base_tip` at the tip of the base ref: configuration is read from the tip.

    `head_commit` is None where the head is the working tree or the index.
    """

    base: Tree
    base_tip: Tree
    head: Tree
    base_commit: str
    head_commit: str | None


def compare(
    path: Path, base: str, head: str | None = None, staged: bool = False, limits: Limits = _DEFAULT
) -> Comparison:
    """The trees of a change. Raises InputError for a base or head that is missing, saying how to get it."""
    repo = required(existing(path))
    found = ends(path, base, head)
    tip_tree = commit_tree(repo, base, found.tip, limits)
    base_tree = tip_tree if found.base == found.tip else commit_tree(repo, found.base, found.base, limits)
    if head is not None and found.head is not None:
        head_tree = commit_tree(repo, head, found.head, limits)
    else:
        head_tree = open_index(path, limits) if staged else open_working(path, limits)
    return Comparison(base_tree, tip_tree, head_tree, found.base, found.head)


@dataclass(frozen=True, slots=True)
class Ends:
    """The commits of a change: the base ref's tip, the merge base, the head (None: working tree or index)."""

    tip: str
    base: str
    head: str | None


def ends(path: Path, base: str, head: str | None = None) -> Ends:
    """The commits of a change. Raises InputError for a base or head that is missing, saying how to get it."""
    repo = required(existing(path))
    tip = git.commit_of(repo, base)
    if tip is None:
        raise _missing(repo, base)
    head_commit = None
    if head is not None:
        head_commit = git.commit_of(repo, head)
        if head_commit is None:
            raise _missing(repo, head, what="head")
    return Ends(tip, _merge_base(repo, base, tip, head_commit or git.commit_of(repo, "HEAD")), head_commit)


def _merge_base(repo: git.Repository, base: str, tip: str, head: str | None) -> str:
    if head is None:
        return tip  # nothing is committed on this branch yet: the base itself is what is compared with
    found = git.run(repo.top, "merge-base", tip, head)
    if found is None or not found.strip():
        if git.is_shallow(repo):
            raise InputError(
                f'the history between "{base}" and this change is not in this clone (shallow)',
                hint="In GitHub Actions set fetch-depth: 0 on actions/checkout, or run git fetch --unshallow.",
            )
        raise InputError(f'"{base}" and this change have no common history', hint="is it the right base?")
    return found.decode().split()[0]


def _missing(repo: git.Repository, ref: str, what: str = "base") -> InputError:
    if git.commit_of(repo, "HEAD") is None and what == "base":
        return InputError(f'base "{ref}" does not exist: the repository has no commits')
    if git.commit_of(repo, f"origin/{ref}") is not None:
        return InputError(f'{what} "{ref}" is not a branch here', hint=f"did you mean origin/{ref}?")
    if git.is_shallow(repo):
        return InputError(
            f'{what} "{ref}" is not in this clone (shallow)',
            hint="In GitHub Actions set fetch-depth: 0 on actions/checkout, or fetch it.",
        )
    return InputError(f'{what} "{ref}" is not in this clone', hint=f"fetch it: git fetch origin {ref}")


def current_branch(path: Path) -> str | None:
    """The branch that is checked out in a folder, or None."""
    found = git.run(existing(path), "symbolic-ref", "--quiet", "--short", "HEAD")
    return found.decode("utf-8", "replace").strip() or None if found is not None else None
