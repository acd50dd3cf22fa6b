"""The one note on a GitLab merge request: `python -m modelguard.action gitlab-note`, with CI's own variables.

https://docs.gitlab.com/api/notes/#merge-requests. It posts the Markdown report, in the file that MODELGUARD_COMMENT names.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modelguard.action.api import MAX_BYTES, SECONDS, no_redirects
from modelguard.action.posting import QUIET
from modelguard.report.markdown import MARKER

MAX_PAGES = 30


def run_note(env: Mapping[str, str]) -> int:
    """Write or edit the note of this pipeline's merge request. It is no gate: what it can't do is said, and no more."""
    token, address = env.get("MODELGUARD_GITLAB_TOKEN", ""), env.get("CI_API_V4_URL", "")
    project, number = env.get("CI_PROJECT_ID", ""), env.get("CI_MERGE_REQUEST_IID", "")
    path = Path(env.get("MODELGUARD_COMMENT", "note.md"))
    if not number.isdigit() or not project.isdigit():
        return _told("this pipeline is about no merge request, so there is no note")
    if not token:
        return _told("there is no MODELGUARD_GITLAB_TOKEN, so there is no note")
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        return _told("CI_API_V4_URL is not an https address, so there is no note")
    if not path.is_file():
        return _told(f"there is no {path}, so there is no note")
    notes = f"{address}/projects/{project}/merge_requests/{number}/notes"
    try:
        return _told(_note(notes, token, path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _told(f"no note: {error.code if isinstance(error, urllib.error.HTTPError) else type(error).__name__}")


def _note(notes: str, token: str, text: str) -> str:
    me = _ask("GET", notes.split("/projects/", maxsplit=1)[0] + "/user", token)["id"]
    mine = None
    for page in range(1, MAX_PAGES + 1):
        listed = _ask("GET", f"{notes}?per_page=100&page={page}&sort=asc&order_by=created_at", token)
        mine = next((n for n in listed if n["author"]["id"] == me and str(n["body"]).startswith(MARKER)), None)
        if mine is not None or len(listed) < 100:
            break
    if mine is None:
        if not text:
            return "there is nothing to say"
        _ask("POST", notes, token, {"body": text})
        return "noted"
    body = text or QUIET
    if str(mine["body"]).strip() == body.strip():
        return "the note says so already"
    _ask("PUT", f"{notes}/{int(mine['id'])}", token, {"body": body})
    return "edited the note"


def _ask(method: str, url: str, token: str, body: Mapping[str, str] | None = None) -> Any:
    headers = {"PRIVATE-TOKEN": token, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310  # the scheme is checked above
    with no_redirects().open(request, timeout=SECONDS) as answer:
        return json.loads(answer.read(MAX_BYTES))


def _told(text: str) -> int:
    print(f"modelguard: {text}")
    return 0
