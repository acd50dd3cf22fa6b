"""CODEOWNERS: whom to ask about a path, and whether somebody who approved is an owner.

GitHub's and GitLab's files have the same lines, `PATTERN OWNER...`, of which the last that matches counts; GitLab's
sections (`[Name] @default`) are read, their approval counts are not.
Source: https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where it may lie, the first that is there counts."""
_SECTION = re.compile(r"\^?\[[^\]]+\](?:\[\d+\])?\s*(.*)")
MAX_LINES = 20_000


@dataclass(frozen=True)
class Owners:
    """Patterns with their owners, in the order of the file."""

    entries: tuple[tuple[GitIgnoreSpec, tuple[str, ...]], ...] = ()

    def of(self, path: str) -> tuple[str, ...]:
        """The owners of a path: those of the last pattern that matches; none where it says so by naming none."""
        for spec, owners in reversed(self.entries):
            if spec.match_file(path):
                return owners
        return ()


def read_owners(data: bytes) -> Owners:
    """The owners in a file; lines that say nothing are passed over, as the forges do."""
    from pathspec import GitIgnoreSpec

    found = []
    default: tuple[str, ...] = ()
    for line in data.decode("utf-8", "replace").splitlines()[:MAX_LINES]:
        text = re.sub(r"(?:^|\s)#.*", "", line).strip()
        section = _SECTION.fullmatch(text)
        if section is not None:
            default = tuple(section[1].split())
        elif text:
            pattern, *owners = re.split(r"(?<!\\)\s+", text)
            pattern = pattern.replace("\\ ", " ")
            found.append((GitIgnoreSpec.from_lines([pattern]), tuple(owners) or default))
    return Owners(tuple(found))


@dataclass(frozen=True, slots=True)
class Review:
    """What is known of a pull request's reviews: who opened it, and who approved its last commit, with their teams."""

    author: str
    approvals: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved, by name."""
        return tuple(name for name, _ in self.approvals)

    def approved_by(self, owners: Sequence[str]) -> bool:
        """Whether one of the owners approved, who is not the author."""
        mine = [(n, t) for n, t in self.approvals if _plain(n) != _plain(self.author)]
        return any(_is(owner, name, teams) for owner in owners for name, teams in mine)

    def only_own(self, owners: Sequence[str]) -> bool:
        """Whether the author is the owner who would have to approve, and no other did."""
        return any(_is(o, self.author, ()) for o in owners) and not self.approved_by(owners)


def _plain(name: str) -> str:
    return name.lstrip("@").casefold()


def _is(owner: str, name: str, teams: Iterable[str]) -> bool:
    """Whether an owner (`@alice`, `@org/team`, `@team`) is this person, or a team of theirs."""
    wanted = _plain(owner)
    return wanted == _plain(name) or any(wanted in (_plain(t), _plain(t).rpartition("/")[2]) for t in teams)
