"""Who somebody is to a pull request: reviewers with their teams, and who may break the glass.

Reviews: https://docs.github.com/en/rest/pulls/reviews. Memberships need a token that may read the organisation; without
one a team's members are not known, and nobody counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from modelguard.action.api import Api, ApiError, part, repository_path
from modelguard.action.event import Pull

_INSIDE = ("OWNER", "MEMBER", "COLLABORATOR")
"""Who belongs to the repository: anybody may approve a public pull request, and call themselves like a team."""
_DECIDING = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


@dataclass
class People:
    """Answers of the API about people, each asked once. `unknown` are the teams whose members could not be read.

    `teams` is the API with a token that may read them, where that is another.
    """

    api: Api
    repository: str
    teams: Api
    unknown: list[str] = field(default_factory=list)
    _members: dict[tuple[str, str], bool] = field(default_factory=dict)

    def approvers(self, pull: Pull) -> tuple[str, ...]:
        """Who approved the head commit by their last word on it, by name. A review of an earlier commit counts nothing."""
        latest: dict[str, Any] = {}
        for review in self.api.pages(f"{repository_path(self.repository)}/pulls/{pull.number}/reviews"):
            if review.get("state") in _DECIDING and review.get("user") and review.get("author_association") in _INSIDE:
                latest[str(review["user"]["login"])] = review
        return tuple(
            sorted(
                name
                for name, review in latest.items()
                if review["state"] == "APPROVED" and review.get("commit_id") == pull.head_sha
            )
        )

    def member(self, login: str, team: str) -> bool:
        """Whether somebody is an active member of `@org/team`; no where that can't be read."""
        org, slash, slug = team.lstrip("@").partition("/")
        if not slash:
            return False
        key = (login.casefold(), f"{org}/{slug}".casefold())
        if key not in self._members:
            self._members[key] = self._is_member(login, org, slug)
        return self._members[key]

    def _is_member(self, login: str, org: str, slug: str) -> bool:
        try:
            answer = self.teams.get(f"/orgs/{part(org)}/teams/{part(slug)}/memberships/{part(login)}")
        except ApiError as error:
            # 404 is also what a token sees that may not read the team at all.
            if error.status != 404 or not self._readable(org, slug):
                self.unknown.append(f"@{org}/{slug}")
            return False
        return bool(answer) and answer.get("state") == "active"

    def _readable(self, org: str, slug: str) -> bool:
        try:
            self.teams.get(f"/orgs/{part(org)}/teams/{part(slug)}")
        except ApiError:
            return False
        return True

    def is_one_of(self, login: str, allowed: Iterable[str]) -> bool:
        """Whether somebody is named (`alice`, `@alice`), or a member of a team that is (`@org/team`)."""
        return any(
            self.member(login, who) if "/" in who else who.lstrip("@").casefold() == login.casefold() for who in allowed
        )


def names(text: str) -> tuple[str, ...]:
    """Names in an input, apart by commas, blanks or lines."""
    return tuple(name for name in re.split(r"[\s,]+", text) if name)
