"""What a workflow run is about, from the event's file and the runner's variables.

Payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads. What is read here was written by GitHub, but for
names that people choose (branches, labels, titles), which are only ever compared or shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelguard.errors import InputError

MAX_BYTES = 30 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-(\d+)-[0-9a-f]+")
PULL_EVENTS = ("pull_request", "pull_request_target", "pull_request_review")


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as the event or the API has it. `head_repository` is "" where the fork is gone."""

    number: int
    author: str
    head_sha: str
    head_ref: str
    head_repository: str
    base_ref: str
    base_sha: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One workflow run. `base` is the commit or branch to compare with, "" for none."""

    event: str
    repository: str
    sha: str
    ref: str
    server: str
    run_url: str
    base: str = ""
    pull: Pull | None = None
    queued: int | None = None
    """The pull request that a merge queue judges again; several may be in a group, this is its last."""
    sender: str = ""
    label: str = ""
    """The label that was just put on, and by `sender`."""

    @property
    def from_fork(self) -> bool:
        """Whether the head lies in another repository, so that the run has no secrets and may write nothing."""
        return self.pull is not None and self.pull.head_repository != self.repository


def payload_of(env: Mapping[str, str]) -> dict[str, Any]:
    """The event's payload. Raises InputError where there is none."""
    path = Path(env.get("GITHUB_EVENT_PATH", ""))
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise InputError("there is no event: GITHUB_EVENT_PATH names none", hint="this step runs in GitHub Actions")
        payload = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError("the event could not be read", path=str(path)) from error
    if not isinstance(payload, dict):
        raise InputError("the event is no object", path=str(path))
    return payload


def run_of(env: Mapping[str, str], payload: Mapping[str, Any]) -> Run:
    """What this run is about. Raises InputError for an event that lacks what GitHub documents for it."""
    event, repository = env.get("GITHUB_EVENT_NAME", ""), env.get("GITHUB_REPOSITORY", "")
    server = env.get("GITHUB_SERVER_URL", "https://github.com")
    told: dict[str, Any] = {
        "event": event,
        "repository": repository,
        "sha": env.get("GITHUB_SHA", ""),
        "ref": env.get("GITHUB_REF", ""),
        "server": server,
        "run_url": f"{server}/{repository}/actions/runs/{env.get('GITHUB_RUN_ID', '')}",
        "sender": str((payload.get("sender") or {}).get("login", "")),
    }
    try:
        if event in PULL_EVENTS:
            pull = pull_of(payload["pull_request"])
            label = str(payload["label"]["name"]) if payload.get("action") == "labeled" else ""
            return Run(**told, base=f"origin/{pull.base_ref}", pull=pull, label=label)
        if event == "merge_group":
            group = payload["merge_group"]
            queued = _QUEUED.fullmatch(str(group["head_ref"]))
            return Run(**told, base=sha_of(group["base_sha"]), queued=int(queued[1]) if queued else None)
    except (KeyError, TypeError) as error:
        raise InputError(f"the {event} event lacks {error}") from error
    return Run(**told)


def pull_of(pull: Mapping[str, Any]) -> Pull:
    """A pull request from its JSON. Raises KeyError or TypeError for what is none."""
    head, base = pull["head"], pull["base"]
    return Pull(
        number=int(pull["number"]),
        author=str(pull["user"]["login"]),
        head_sha=sha_of(head["sha"]),
        head_ref=str(head["ref"]),
        head_repository=str((head.get("repo") or {}).get("full_name", "")),
        base_ref=str(base["ref"]),
        base_sha=sha_of(base["sha"]),
        labels=tuple(str(label["name"]) for label in pull.get("labels") or ()),
    )


def sha_of(value: object) -> str:
    """A commit's id. Raises InputError for anything else."""
    text = str(value)
    if _SHA.fullmatch(text) is None:
        raise InputError("the event names a commit that is none")
    return text
