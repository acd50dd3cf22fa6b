"""A GitHub on loopback: the parts of its REST API that the action uses, with the state of one repository."""

from __future__ import annotations

import base64
import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

REPOSITORY = "rampart/platform"
TOKEN = "ghs_for_a_test"


@dataclass
class Hub:
    """What the repository holds, and what was asked. `refuse` maps a pattern of `METHOD /path` to a status."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    sarifs: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    activity: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    teams: dict[str, list[str]] = field(default_factory=dict)
    refuse: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    processing: dict[str, Any] = field(default_factory=lambda: {"processing_status": "complete", "errors": None})
    author: str = "github-actions[bot]"

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        for pattern, status in self.refuse.items():
            if re.fullmatch(pattern, f"{method} {path}"):
                return status, {"message": "Resource not accessible by integration"}
        for pattern, handler in self._routes().items():
            found = re.fullmatch(pattern, f"{method} {path}")
            if found:
                return handler(query, body, *map(unquote, found.groups()))
        return 404, {"message": "Not Found"}

    def _routes(self) -> dict[str, Any]:
        here = f"/repos/{REPOSITORY}"
        return {
            rf"GET {here}/issues/(\d+)/comments": lambda q, b, n: (200, _page(self.comments, q)),
            rf"POST {here}/issues/(\d+)/comments": self._comment,
            rf"PATCH {here}/issues/comments/(\d+)": self._edit,
            rf"GET {here}/issues/(\d+)/events": lambda q, b, n: (200, _page(self.events, q)),
            rf"GET {here}/pulls/(\d+)/reviews": lambda q, b, n: (200, _page(self.reviews, q)),
            rf"GET {here}/pulls/(\d+)": self._pull,
            rf"GET {here}/pulls": self._pulls,
            r"GET /repos/([^/]+/[^/]+)/activity": lambda q, b, r: (200, self.activity.get(f"{r} {q['ref']}", [])),
            rf"POST {here}/code-scanning/sarifs": self._sarif,
            rf"GET {here}/code-scanning/sarifs/(\w+)": lambda q, b, i: (200, self.processing),
            r"GET /orgs/([^/]+)/teams/([^/]+)/memberships/([^/]+)": self._member,
            r"GET /orgs/([^/]+)/teams/([^/]+)": lambda q, b, o, t: (
                (200, {}) if f"@{o}/{t}" in self.teams else (404, {})
            ),
        }

    def _comment(self, query: Any, body: Any, number: str) -> tuple[int, Any]:
        assert len(body["body"]) <= 65_536
        made = {
            "id": 100 + len(self.comments),
            "body": body["body"],
            "user": {"login": self.author},
            "number": int(number),
        }
        self.comments.append(made)
        return 201, made

    def _edit(self, query: Any, body: Any, number: str) -> tuple[int, Any]:
        comment = next(c for c in self.comments if c["id"] == int(number))
        comment["body"] = body["body"]
        return 200, comment

    def _pull(self, query: Any, body: Any, number: str) -> tuple[int, Any]:
        found = [p for p in self.pulls if p["number"] == int(number)]
        return (200, found[0]) if found else (404, {"message": "Not Found"})

    def _pulls(self, query: Any, body: Any) -> tuple[int, Any]:
        owner, _, branch = query["head"].partition(":")
        repos = [(p, p["head"].get("repo") or {"full_name": "/"}) for p in self.pulls if p["state"] == query["state"]]
        mine = [p for p, repo in repos if repo["full_name"].split("/")[0] == owner and p["head"]["ref"] == branch]
        return 200, _page(mine, query)

    def _sarif(self, query: Any, body: Any) -> tuple[int, Any]:
        document = json.loads(gzip.decompress(base64.b64decode(body["sarif"])))
        self.sarifs.append({"ref": body["ref"], "sha": body["commit_sha"], "sarif": document})
        return 202, {"id": "47177e22"}

    def _member(self, query: Any, body: Any, org: str, team: str, login: str) -> tuple[int, Any]:
        return (
            (200, {"state": "active"})
            if login in self.teams.get(f"@{org}/{team}", [])
            else (404, {"message": "Not Found"})
        )


def _page(entries: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    return entries[size * (page - 1) : size * page]


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub on a free port of loopback, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            parts = urlsplit(self.path)
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            allowed = self.headers.get("Authorization") in (f"Bearer {TOKEN}", "Bearer teams")
            status, answer = (
                hub.answer(self.command, parts.path, query, body) if allowed else (401, {"message": "Bad credentials"})
            )
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _do

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
