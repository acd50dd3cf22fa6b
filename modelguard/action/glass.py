"""Breaking the glass: a label by an allowed person lets one commit pass, and says so.

The label counts for the commit that was the pull request's head when it was put on. That is known from the event itself,
where the label is what triggered the run, and else from GitHub's own record of pushes
(https://docs.github.com/en/rest/repos/repos#list-repository-activities): a commit's date is what its author says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelguard.action.api import Api, ApiError, repository_path
from modelguard.action.event import Pull, Run
from modelguard.action.people import People


@dataclass(frozen=True, slots=True)
class Glass:
    """Whether a label lets this commit pass: by whom and when, or the reason why not."""

    broken: bool
    by: str = ""
    at: str = ""
    why: str = ""


def glass(people: People, run: Run, pull: Pull, label: str, allowed: Sequence[str]) -> Glass:
    """Whether the label is on the pull request, put there by an allowed person after its head was pushed."""
    if label not in pull.labels:
        return Glass(False)
    if not allowed:
        return Glass(False, why=f"the label {label} is on, and break-glass-users names nobody who may put it there")
    api = people.api
    try:
        by, at = _put_on(api, run, pull, label)
        if not by:
            return Glass(False, why=f"nobody is known to have put the label {label} on")
        if not people.is_one_of(by, allowed):
            return Glass(False, by, at, f"{by} put the label {label} on, and is not one of break-glass-users")
        if run.label == label and run.sender == by:
            return Glass(True, by, at)
        pushed = _pushed(api, pull)
    except ApiError as error:
        return Glass(False, why=f"the label {label} is on, but who put it there when can't be read: {error}")
    if pushed is None:
        return Glass(False, by, at, f"the label {label} is on, but when this commit was pushed is not known")
    if _time(at) < _time(pushed):
        why = f"{by} put the label {label} on before this commit was pushed; it counts once: take it off and put it on again"
        return Glass(False, by, at, why)
    return Glass(True, by, at)


def _put_on(api: Api, run: Run, pull: Pull, label: str) -> tuple[str, str]:
    """Who put a label on last, and when (ISO 8601)."""
    by = at = ""
    for event in api.pages(f"{repository_path(run.repository)}/issues/{pull.number}/events"):
        if event.get("event") == "labeled" and (event.get("label") or {}).get("name") == label:
            by, at = str((event.get("actor") or {}).get("login", "")), str(event.get("created_at", ""))
    return by, at


def _pushed(api: Api, pull: Pull) -> str | None:
    """When the head commit became the branch's, by the server's clock; None where that is not known."""
    if not pull.head_repository:
        return None
    path = f"{repository_path(pull.head_repository)}/activity"
    activities: list[Any] = api.get(path, ref=f"refs/heads/{pull.head_ref}", per_page=100)
    # The newest comes first; whatever came after the head's own push means that it is the head no more.
    newest = activities[0] if activities else None
    return str(newest["timestamp"]) if newest and newest.get("after") == pull.head_sha else None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ApiError(0, "a time that is none") from error
