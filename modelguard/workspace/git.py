"""git, called by name and told to run nothing that a repository's own configuration might want it to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modelguard.errors import InputError
from modelguard.workspace.tree import ReadFailed

_SAFE = (
    "git",
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.quotePath=false",
)
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_HEX = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository: its top folder, and the analysed folder within it ("" or "sub/folder/")."""

    top: Path
    prefix: str


def run(folder: Path, *arguments: str, stdin: bytes | None = None) -> bytes | None:
    """The output of a git command, or None where it failed. Raises InputError where there is no git."""
    if shutil.which("git") is None:
        raise InputError("git is not installed", hint="install git, or leave out --base, --head and --staged")
    environment = {k: v for k, v in os.environ.items() if k not in ("GIT_EXTERNAL_DIFF", "GIT_ASKPASS")}
    done = subprocess.run(
        [*_SAFE, *arguments],
        cwd=folder,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        env={**environment, **_ENVIRONMENT},
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def repository(folder: Path) -> Repository | None:
    """The repository that a folder lies in, or None: no git, no repository, or a bare one."""
    if shutil.which("git") is None:
        return None
    found = run(folder, "rev-parse", "--is-inside-work-tree", "--show-toplevel", "--show-prefix")
    if found is None:
        return None
    lines = found.decode("utf-8", "surrogateescape").split("\n")
    if lines[0] != "true":
        return None
    return Repository(Path(lines[1]), lines[2])


def commit_of(repo: Repository, ref: str) -> str | None:
    """The commit that a name means, or None. A name that looks like an option is never one."""
    if not ref or ref.startswith("-") or "\0" in ref or "\n" in ref:
        return None
    found = run(repo.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    text = found.decode().strip() if found is not None else ""
    return text if _HEX.match(text) else None


def is_shallow(repo: Repository) -> bool:
    """Whether the clone lacks history."""
    return (run(repo.top, "rev-parse", "--is-shallow-repository") or b"").strip() == b"true"


def blobs(repo: Repository, wanted: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes | ReadFailed]]:
    """Contents of (path, blob id), by one process for all; nothing is filtered, converted or smudged."""
    listed = list(wanted)
    if not listed:
        return
    asked = "".join(f"{blob}\n" for _, blob in listed).encode()
    answer = run(repo.top, "cat-file", "--batch", stdin=asked)
    if answer is None:
        yield from ((path, ReadFailed(path, "git could not read it")) for path, _ in listed)
        return
    at = 0
    for path, _ in listed:
        end = answer.find(b"\n", at)
        header = answer[at:end].split() if end >= 0 else []
        if len(header) != 3 or header[1] != b"blob":
            at = end + 1
            yield path, ReadFailed(path, "its content is not in this clone")
            continue
        size = int(header[2])
        yield path, answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
