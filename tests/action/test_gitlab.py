"""GitLab's note, against its API on loopback."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from runnerlib import clean_environment

MARK = "<!-- modelguard:report -->"


class Lab:
    """Notes of merge request !3 in project 5."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = [{"id": 1, "author": {"id": 99}, "body": f"{MARK} somebody else's"}]
        self.url = ""
        self.asked: list[str] = []

    def answer(self, method: str, path: str, body: Any, token: str | None) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if token != "glpat-test":
            return 401, {}
        if path == "/api/v4/user":
            return 200, {"id": 7}
        found = re.fullmatch(r"/api/v4/projects/5/merge_requests/3/notes(?:/(\d+))?(?:\?.*)?", path)
        if found is None:
            return 404, {}
        if method == "GET":
            return 200, self.notes
        if method == "POST":
            self.notes.append({"id": 10 + len(self.notes), "author": {"id": 7}, "body": body["body"]})
            return 201, self.notes[-1]
        note = next(n for n in self.notes if n["id"] == int(found[1]))
        note["body"] = body["body"]
        return 200, note


@pytest.fixture
def lab() -> Iterator[Lab]:
    state = Lab()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = state.answer(self.command, self.path, body, self.headers.get("PRIVATE-TOKEN"))
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _do

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/api/v4"
    yield state
    server.shutdown()
    server.server_close()


def note(lab: Lab, tmp_path: Path, text: str | None, **more: str) -> str:
    path = tmp_path / "note.md"
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
    given = {"MODELGUARD_GITLAB_TOKEN": "glpat-test", "CI_API_V4_URL": lab.url, "CI_PROJECT_ID": "5"}
    env = clean_environment() | given | {"CI_MERGE_REQUEST_IID": "3", "MODELGUARD_COMMENT": str(path)} | more
    command = [sys.executable, "-m", "modelguard.action", "gitlab-note"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "glpat-test" not in done.stdout + done.stderr
    return done.stdout


def test_one_note_edited_in_place(lab: Lab, tmp_path: Path) -> None:
    assert "nothing to say" in note(lab, tmp_path, "")
    assert "noted" in note(lab, tmp_path, f"{MARK}\n\none")
    assert "says so already" in note(lab, tmp_path, f"{MARK}\n\none")
    assert "edited" in note(lab, tmp_path, f"{MARK}\n\ntwo")
    assert "edited" in note(lab, tmp_path, "")
    assert [n["author"]["id"] for n in lab.notes] == [99, 7]
    assert "nothing to report any more" in lab.notes[1]["body"]


def test_what_it_can_not_do_is_said(lab: Lab, tmp_path: Path) -> None:
    assert "no MODELGUARD_GITLAB_TOKEN" in note(lab, tmp_path, "x", MODELGUARD_GITLAB_TOKEN="")
    assert "no merge request" in note(lab, tmp_path, "x", CI_MERGE_REQUEST_IID="")
    assert "not an https address" in note(lab, tmp_path, "x", CI_API_V4_URL="http://gitlab.example/api/v4")
    assert "no note: 401" in note(lab, tmp_path, "x", MODELGUARD_GITLAB_TOKEN="wrong")
    assert "so there is no note" in note(lab, tmp_path, None)
