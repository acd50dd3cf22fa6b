"""Events of GitHub for tests: its own examples with a test's commits and people in their places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hublib import REPOSITORY, TOKEN, Hub
from runnerlib import Job, clean_environment, installed

EVENTS = Path(__file__).parent / "action" / "events"


def _load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    document["repository"]["full_name"] = REPOSITORY
    return document


def pull(
    head: str, base: str, *, branch: str = "opus", fork: str = "", author: str = "mallory", labels: tuple[str, ...] = ()
) -> Any:
    """A pull request #7 as events and API have it; `fork` is the head's repository where that is another."""
    found = _load("pull_request")["pull_request"]
    found |= {"number": 7, "state": "open", "labels": [{"name": name} for name in labels]}
    found["user"]["login"] = author
    for side, sha, ref, repository in (("head", head, branch, fork or REPOSITORY), ("base", base, "main", REPOSITORY)):
        found[side] |= {"sha": sha, "ref": ref}
        found[side]["repo"]["full_name"] = repository
        found[side]["repo"]["owner"]["login"] = repository.split("/")[0]
    return found


def pull_event(request: Any, *, label: str = "", sender: str = "mallory") -> dict[str, Any]:
    """`pull_request`: a push to it, or a label that was put on."""
    event = _load("pull_request_labeled" if label else "pull_request") | {"number": 7, "pull_request": request}
    event["sender"]["login"] = sender
    if label:
        event["label"]["name"] = label
    return event


def review_event(request: Any) -> dict[str, Any]:
    """`pull_request_review`: somebody has reviewed."""
    return _load("pull_request_review") | {"pull_request": request}


def group_event(head: str, base: str) -> dict[str, Any]:
    """`merge_group`: a merge queue asks again, for #7."""
    event = _load("merge_group")
    event["merge_group"] |= {"head_sha": head, "base_sha": base, "base_ref": "refs/heads/main"}
    event["merge_group"]["head_ref"] = f"refs/heads/gh-readonly-queue/main/pr-7-{base}"
    return event


def ended_event(head: str, *, fork: str, branch: str = "opus", event: str = "pull_request") -> dict[str, Any]:
    """`workflow_run`: a fork's run has ended. Its list of pull requests is empty, as it is for forks."""
    found = _load("workflow_run")
    run = found["workflow_run"]
    run |= {"id": 4242, "head_sha": head, "head_branch": branch, "event": event, "pull_requests": []}
    run["repository"]["full_name"] = REPOSITORY
    run["head_repository"]["full_name"] = fork
    run["head_repository"]["owner"]["login"] = fork.split("/")[0]
    return found


def review(login: str, commit: str, state: str = "APPROVED", association: str = "MEMBER") -> dict[str, Any]:
    """A review as the API lists it."""
    return {"user": {"login": login}, "state": state, "commit_id": commit, "author_association": association}


def labeled(name: str, by: str, at: str) -> dict[str, Any]:
    """That a label was put on, as the API lists it."""
    return {"event": "labeled", "label": {"name": name}, "actor": {"login": by}, "created_at": at}


def job(tmp_path: Path, workspace: Path, name: str, event: dict[str, Any], sha: str, ref: str, hub: Hub | None) -> Job:
    """A job that runs for an event, with a token where there is a hub."""
    temp = tmp_path / f"temp-{len(list(tmp_path.iterdir()))}"
    temp.mkdir()
    installed(temp)
    path = temp / "event.json"
    path.write_text(json.dumps(event), "utf-8")
    github = {"event_name": name, "repository": REPOSITORY, "sha": sha, "ref": ref, "token": TOKEN if hub else ""}
    env = clean_environment() | {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_EVENT_NAME": name,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_SHA": sha,
        "GITHUB_REF": ref,
        "GITHUB_RUN_ID": "99",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_API_URL": hub.url if hub else "http://127.0.0.1:9",
    }
    return Job(workspace, temp, env, github)
