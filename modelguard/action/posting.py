"""What a job with a token posts: the one comment of a pull request, and SARIF for code scanning."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Mapping
from pathlib import Path

from modelguard.action.api import Api, ApiError, api_of, repository_path
from modelguard.action.event import payload_of, run_of
from modelguard.action.runner import notice
from modelguard.report.markdown import LIMIT, MARKER

QUIET = f"{MARKER}\n\n**modelguard: nothing to report any more.** No consumer's model changes.\n"
"""What a comment becomes when the change no longer has anything to say; without an earlier comment there is none."""
MAX_SARIF = 10 * 1024 * 1024
"""GitHub takes 10 MB of compressed SARIF."""
POLLS = 10


def comment(api: Api, repository: str, number: int, text: str, author: str) -> str:
    """Write the pull request's comment, or edit the one that is there. Returns what was done. Raises ApiError.

    The earlier comment is the first that begins with our marker and is by `author`, who posts them: anybody can write a
    marker.
    """
    if len(text) > LIMIT:
        raise ApiError(0, "the comment is longer than GitHub takes")
    path = f"{repository_path(repository)}/issues"
    mine = next(
        (
            c
            for c in api.pages(f"{path}/{number}/comments")
            if str(c.get("body", "")).startswith(MARKER) and (c.get("user") or {}).get("login") == author
        ),
        None,
    )
    if mine is None:
        if not text:
            return "there is nothing to say"
        api.post(f"{path}/{number}/comments", {"body": text})
        return "commented"
    body = text or QUIET
    if str(mine["body"]).replace("\r\n", "\n").strip() == body.strip():
        return "the comment says so already"
    api.patch(f"{path}/comments/{int(mine['id'])}", {"body": body})
    return "edited the comment"


def upload(api: Api, repository: str, sarif: bytes, ref: str, sha: str) -> str:
    """Hand SARIF to code scanning for a commit of a ref. Returns what came of it. Raises ApiError."""
    packed = gzip.compress(sarif, mtime=0)
    if len(packed) > MAX_SARIF:
        raise ApiError(0, "the SARIF is larger than GitHub takes")
    path = f"{repository_path(repository)}/code-scanning/sarifs"
    body = {"commit_sha": sha, "ref": ref, "sarif": base64.b64encode(packed).decode(), "tool_name": "modelguard"}
    answer = api.post(path, body)
    number = str((answer or {}).get("id", ""))
    for _ in range(POLLS if number else 0):
        state = api.get(f"{path}/{number}") or {}
        if state.get("processing_status") == "failed":
            raise ApiError(0, f"GitHub refused the SARIF: {'; '.join(map(str, state.get('errors') or []))[:300]}")
        if state.get("processing_status") == "complete":
            return f"uploaded for {ref}"
        time.sleep(api.wait)
    return f"uploaded for {ref}; GitHub is still reading it"


def run_comment(env: Mapping[str, str]) -> int:
    """The comment of this run's own pull request, from the check's file."""
    run = run_of(env, payload_of(env))
    api = api_of(env)
    if run.pull is None:
        return _told("notice", "this run is about no pull request, so there is no comment")
    if api is None or run.from_fork:
        return _told("notice", "this run may not comment; the workflow that runs after it does (examples/workflows)")
    text = Path(env["MODELGUARD_COMMENT"]).read_text("utf-8")
    try:
        done = comment(api, run.repository, run.pull.number, text, _author(env))
    except ApiError as error:
        return _told("warning", f"no comment: {error}. It needs permissions: pull-requests: write")
    print(done)
    return 0


def run_sarif(env: Mapping[str, str]) -> int:
    """Code scanning's alerts of the commit that was analysed."""
    run = run_of(env, payload_of(env))
    api = api_of(env)
    sha, ref = env.get("MODELGUARD_SHA", ""), env.get("MODELGUARD_REF", "")
    if api is None or run.from_fork:
        return _told(
            "notice", "this run may not upload SARIF; the workflow that runs after it does (examples/workflows)"
        )
    if not ref or run.event == "merge_group":
        return _told(
            "notice", "what was checked out is no commit that code scanning would show, so no SARIF is uploaded"
        )
    try:
        done = upload(api, run.repository, Path(env["MODELGUARD_SARIF"]).read_bytes(), ref, sha)
    except ApiError as error:
        needs = "It needs permissions: security-events: write, and code scanning enabled"
        return _told("warning", f"no SARIF: {error}. {needs}")
    print(done)
    return 0


def _author(env: Mapping[str, str]) -> str:
    return env.get("MODELGUARD_COMMENT_AUTHOR") or "github-actions[bot]"


def _told(kind: str, text: str) -> int:
    """Posting is no gate: what it can't do is said, and the job goes on."""
    notice(kind, text)
    return 0
