"""Changes that touch nothing that is read: passed without an analysis, as most commits of most repositories are.

What a graph is made from are files of the formats in extract.registry, found by their paths; what the gate is made from are
the files of policy.trust. A change that touches no path of either kind, on neither side, leaves both as they were.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelguard.workspace import git
from modelguard.workspace.changed import changed
from modelguard.workspace.compare import ends
from modelguard.workspace.trees import required

if TYPE_CHECKING:
    from modelguard.policy.check import CheckReport


@dataclass(frozen=True, slots=True)
class Asked:
    """What a hook of pre-commit is asked to judge: `base` None is the tree by itself."""

    base: str | None = None
    head: str | None = None
    staged: bool = False


def asked_by_pre_commit(path: Path, env: Mapping[str, str] | None = None) -> Asked:
    """What pre-commit means (https://pre-commit.com/#pre-commit-run): a range; what is staged; with --all-files the tree.

    It tells the hook of a range, but not of --all-files: that is meant where nothing is staged and git is not committing
    (then it says which index it commits), so that it is never an empty pass.
    """
    env = os.environ if env is None else env
    base, head = env.get("PRE_COMMIT_FROM_REF"), env.get("PRE_COMMIT_TO_REF")
    if base and head:
        return Asked(base, head)
    repo = required(path)
    if git.commit_of(repo, "HEAD") is None or env.get("GIT_INDEX_FILE"):
        return Asked("HEAD", None, True)
    staged = changed(path, "HEAD", None, True)
    return Asked("HEAD", None, True) if staged is None or staged.paths() != () else Asked()


def untouched(path: Path, base: str | None, head: str | None, staged: bool) -> CheckReport | None:
    """The report of a change that touches nothing that is read; None where it may, or where nothing is compared."""
    if (base is None and not staged) or (head is not None and staged):
        return None
    asked = base or "HEAD"
    found = ends(path, asked, head)
    change = changed(path, found.base, found.head, staged)
    paths = change.paths() if change is not None else None
    if paths is None or any(_matters(p) for p in paths):
        return None
    from modelguard.cli.inputs import branch_name, today
    from modelguard.graph.model import Graph
    from modelguard.policy.check import CheckReport, Inputs

    nothing = Graph()
    inputs = Inputs(
        head=nothing,
        rules=(),
        on=today(),
        base=nothing,
        base_commit=found.base,
        head_commit=found.head,
        base_name=asked,
        head_name=head or ("the index" if staged else branch_name(path)),
    )
    return CheckReport("pass", inputs, (), ())


def _matters(path: str) -> bool:
    from modelguard.cli.inputs import LEDGER
    from modelguard.extract.registry import format_of
    from modelguard.policy.trust import setting_of

    # Of what git lists as one entry and is a folder (a submodule, a link to one) nothing is read either, but what it took
    # the place of may have been: that is in the list by itself.
    return format_of(path) is not None or setting_of(path) is not None or path == LEDGER
