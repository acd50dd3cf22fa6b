"""The second workflow (`workflow_run`): it has a token and posts what a fork's run, which has none, has computed.

Whoever opened the pull request wrote the first workflow's steps, so its artifact may say anything. What is trusted is
GitHub's event alone: which commit of which repository ran. The pull request is the open one whose head that is. Of the
artifact one JSON file is read, bounded, checked against the schema, and everything is made from it anew, escaped: the
comment, which says where it comes from, and the SARIF, for that commit and that pull request's ref.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelguard.action.api import Api, ApiError, api_of, repository_path
from modelguard.action.checking import read_report
from modelguard.action.event import Pull, payload_of, pull_of, sha_of
from modelguard.action.posting import comment, upload
from modelguard.action.runner import notice
from modelguard.cli.outputs import others
from modelguard.errors import InputError
from modelguard.report.markup import Links
from modelguard.report.reported import read_foreign

MAX_REPORT = 5 * 1024 * 1024
_EVENTS = ("pull_request", "pull_request_review")


def run_post(env: Mapping[str, str]) -> int:
    """Post for the run that has ended. Returns 0 also where there is nothing to post, saying why; 2 for a bad report."""
    payload = payload_of(env)
    repository = env.get("GITHUB_REPOSITORY", "")
    api = api_of(env)
    if api is None:
        raise InputError(
            "there is no token", hint="give github-token, with pull-requests: write and security-events: write"
        )
    ended = _ended(payload, repository)
    if ended is None:
        return _told("the run that ended was not about a pull request of this repository")
    try:
        pull = find_pull(api, repository, ended)
        if pull is None:
            return _told("no open pull request has this commit as its head: it was closed, or pushed to since")
        return _post(env, api, repository, pull, ended)
    except ApiError as error:
        notice("error", str(error))
        return 1


def _ended(payload: Mapping[str, Any], repository: str) -> dict[str, Any] | None:
    """The run that has ended, where it is one of this repository's about a pull request."""
    run = payload.get("workflow_run")
    if not isinstance(run, dict) or run.get("event") not in _EVENTS:
        return None
    if (run.get("repository") or {}).get("full_name") != repository or not run.get("head_repository"):
        return None
    sha_of(run.get("head_sha"))
    return run


def find_pull(api: Api, repository: str, run: Mapping[str, Any]) -> Pull | None:
    """The open pull request whose head is the run's commit in the run's repository; None for none, or for several.

    `workflow_run.pull_requests` is empty for forks, so it is not looked at.
    """
    head, sha = run["head_repository"], sha_of(run["head_sha"])
    owner = str((head.get("owner") or {}).get("login", ""))
    listed = api.pages(f"{repository_path(repository)}/pulls", state="open", head=f"{owner}:{run.get('head_branch')}")
    pulls = [pull_of(pull) for pull in listed]
    found = [p for p in pulls if p.head_sha == sha and p.head_repository == head.get("full_name")]
    return found[0] if len(found) == 1 else None


def _post(env: Mapping[str, str], api: Api, repository: str, pull: Pull, run: Mapping[str, Any]) -> int:
    server = env.get("GITHUB_SERVER_URL", "https://github.com")
    try:
        report = read_foreign(read_report(Path(env["MODELGUARD_ARTIFACT"]), MAX_REPORT))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the run left no report that can be read: {error}") from error
    address = f"{server}/{repository}/actions/runs/{int(run['id'])}"
    footer = (
        f"<sub>Computed without secrets by [the pull request's own run]({address}), whose steps its author could have changed."
        " It decides nothing by itself: see docs/ci.md on required workflows.</sub>"
    )
    texts = others(report, ("markdown", "sarif"), Links(f"{server}/{repository}/blob/{pull.head_sha}/"), footer)
    author = env.get("MODELGUARD_COMMENT_AUTHOR") or "github-actions[bot]"
    print(comment(api, repository, pull.number, texts["markdown"], author))
    try:
        print(upload(api, repository, texts["sarif"].encode(), f"refs/pull/{pull.number}/head", pull.head_sha))
    except ApiError as error:
        notice("warning", f"no SARIF: {error}")
    return 0


def _told(text: str) -> int:
    notice("notice", text)
    return 0
