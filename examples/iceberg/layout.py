"""Lay the example out as a git repository: `python layout.py TARGET`.

Branches: `main`; `opus` (the one-line change); `opus-funded` (the same, with budget lines); `split` (training has a
field of its own and only it goes to Opus). `main` is the folder `repo/`, each other branch is `main` and the files of
`branches/NAME/` over it. Author and dates are fixed, so the commits have the same ids everywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARKER = "laid-out-by-modelguard-example"
AUTHOR = ("Rampart Platform", "platform@rampart.example")


@dataclass(frozen=True)
class Branch:
    """A branch on top of `main`: its name, commit message and time."""

    name: str
    message: str
    when: str


BRANCHES = (
    Branch("opus", "Train with Opus tonight", "2026-03-16T16:40:00+00:00"),
    Branch("opus-funded", "Use Opus everywhere, with the budget for it", "2026-03-16T17:05:00+00:00"),
    Branch("split", "Give training a model of its own, and Opus to it alone", "2026-03-16T17:30:00+00:00"),
)
MAIN = Branch("main", "The entity matching platform", "2026-03-16T09:00:00+00:00")


class NotOurs(Exception):
    """The target holds something that this script did not make."""


def git(target: Path, *arguments: str, when: str = MAIN.when) -> str:
    """Run git in `target`, with nobody's configuration, hooks or surrounding repository; return what it prints."""
    name, email = AUTHOR
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "GIT_COMMITTER_DATE": when,
    }
    command = ["git", "-C", str(target), "-c", "core.autocrlf=false", "-c", f"core.hooksPath={os.devnull}", *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def clear(target: Path) -> None:
    """Remove an earlier layout at `target`. Raises NotOurs when it holds anything else."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise NotOurs(f"{target} is not a folder")
    if not target.exists() or not any(target.iterdir()):
        return
    if not (target / ".git" / MARKER).is_file():
        raise NotOurs(f"{target} is not empty and was not made by this script; name another folder")
    shutil.rmtree(target)


def copy(source: Path, target: Path) -> None:
    """Copy a tree over `target`, without what running the example may have left in it."""
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".ruff_cache"))


def commit(target: Path, branch: Branch) -> str:
    """Commit everything on the current branch; return the commit's id."""
    git(target, "add", "--all")
    git(target, "commit", "--quiet", "--message", branch.message, when=branch.when)
    return git(target, "rev-parse", "HEAD").strip()


def lay_out(target: Path) -> dict[str, str]:
    """Make the repository at `target`, on `main`; return each branch's commit id. Raises NotOurs."""
    clear(target)
    target.mkdir(parents=True, exist_ok=True)
    git(target, "init", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main")
    (target / ".git" / MARKER).touch()
    copy(HERE / "repo", target)
    commits = {MAIN.name: commit(target, MAIN)}
    for branch in BRANCHES:
        git(target, "switch", "--quiet", "--create", branch.name, "main")
        copy(HERE / "branches" / branch.name, target)
        commits[branch.name] = commit(target, branch)
    git(target, "switch", "--quiet", "main")
    return commits


def main() -> int:
    """The command line."""
    if len(sys.argv) != 2:
        print("usage: layout.py TARGET", file=sys.stderr)
        return 2
    try:
        commits = lay_out(Path(sys.argv[1]))
    except NotOurs as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    for name, sha in commits.items():
        print(f"{sha[:12]}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
