"""GitHub's REST API, as far as the action needs it: JSON in and out, pages, no redirects, bounded in time and size."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from modelguard import __version__
from modelguard.errors import InputError

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 30
SECONDS = 30
TRIES = 3


class ApiError(Exception):
    """GitHub said no, or nothing. `status` is 0 where it could not be reached."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token goes to the API's own address and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""
        return


def no_redirects() -> urllib.request.OpenerDirector:
    """What opens an address and no other one that it names."""
    return urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Api:
    """An API with a token, which is in no message. `wait` is the seconds between tries."""

    url: str
    token: str
    wait: float = 2.0

    def get(self, path: str, **query: str | int) -> Any:
        """One document. Raises ApiError."""
        return self._ask("GET", _with(path, query))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What it answers to a new one. Raises ApiError."""
        return self._ask("POST", path, body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """What it answers to a changed one. Raises ApiError."""
        return self._ask("PATCH", path, body)

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """The entries of a list, page by page; no more than 30 pages of 100."""
        for page in range(1, MAX_PAGES + 1):
            entries = self.get(path, **query, per_page=100, page=page)
            if not isinstance(entries, list):
                raise ApiError(0, f"{path} is no list")
            yield from entries
            if len(entries) < 100:
                return

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        # Only what changes nothing is asked again.
        tries = TRIES if method == "GET" else 1
        for attempt in range(1, tries + 1):
            try:
                return self._once(method, path, body)
            except ApiError as error:
                if attempt == tries or error.status not in (0, 429, 500, 502, 503, 504):
                    raise
                time.sleep(self.wait * attempt)
        raise AssertionError

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # the scheme is checked in api_of
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": f"modelguard/{__version__}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with no_redirects().open(request, timeout=SECONDS) as answer:
                data = answer.read(MAX_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, f"{method} {path}: {error.code} {_said(error)}") from error
        except (OSError, ValueError) as error:
            raise ApiError(0, f"{method} {path}: {type(error).__name__}") from error
        if len(data) > MAX_BYTES:
            raise ApiError(0, f"{method} {path}: the answer is larger than {MAX_BYTES} bytes")
        try:
            return json.loads(data) if data else None
        except ValueError as error:
            raise ApiError(0, f"{method} {path}: the answer is no JSON") from error


def api_of(env: Mapping[str, str], *tokens: str) -> Api | None:
    """The API that the runner names, with the first of the variables that has a token, GITHUB_TOKEN where none is named.

    None without one. Raises InputError for an address that is none.
    """
    token = next((env[name] for name in tokens or ("GITHUB_TOKEN",) if env.get(name)), "")
    url = env.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    if not token:
        return None
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise InputError(f"GITHUB_API_URL is not an https address: {parts.scheme}://{parts.hostname}")
    return Api(url, token, 0.01 if parts.scheme == "http" else 2.0)


def part(text: str) -> str:
    """A name as one part of a path."""
    return quote(text, safe="")


def repository_path(name: str) -> str:
    """`/repos/OWNER/NAME`. Raises InputError for a name that is none."""
    owner, slash, short = name.partition("/")
    if not (owner and slash and short) or "/" in short:
        raise InputError(f'"{name}" is not OWNER/NAME of a repository')
    return f"/repos/{part(owner)}/{part(short)}"


def _with(path: str, query: Mapping[str, str | int]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _said(error: urllib.error.HTTPError) -> str:
    try:
        message = json.loads(error.read(10_000)).get("message", "")
    except (OSError, ValueError, AttributeError):
        message = ""
    return str(message)[:200]
