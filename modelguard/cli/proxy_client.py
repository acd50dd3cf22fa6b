"""Talking to a LiteLLM proxy as its administrator. The administrator's key comes from the environment and is shown nowhere."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from modelguard.errors import InputError

if TYPE_CHECKING:
    from modelguard.enforce.live import LiveKeys

TIMEOUT = 30
MAX_BYTES = 64 * 1024 * 1024
PAGE = 100
MASTER = "litellm_proxy_master_key"
"""What LiteLLM writes for the master key into its spend logs."""
_SECRET = re.compile(r"\bsk-\S+|\b[0-9a-f]{64}\b")


class _NoRedirect(HTTPRedirectHandler):
    """A redirect could take the administrator's key to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Never followed."""
        return


class Proxy:
    """A proxy by its URL. Every failure is an InputError without a key in it."""

    def __init__(self, url: str, key_variable: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("a proxy's URL starts with https://", path=_without_user(url))
        if parts.scheme == "http" and not _is_here(parts.hostname):
            raise InputError(
                "over http the administrator's key could be read on the way", path=_without_user(url), hint="Use https."
            )
        if parts.username or parts.password:
            raise InputError("no name or password may be in the proxy's URL", path=_without_user(url))
        key = os.environ.get(key_variable, "")
        if not key:
            raise InputError(
                f"{key_variable} is not set", hint="It holds the administrator's key; --admin-key-env names another."
            )
        self.url = url.rstrip("/")
        self._key = key
        handlers: list[Any] = [_NoRedirect()]
        if _is_here(parts.hostname):
            handlers.append(ProxyHandler({}))
        self._opener = build_opener(*handlers)

    def get(self, path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """A GET request's JSON answer."""
        return self._ask(Request(f"{self.url}{path}?{urlencode(query)}"))  # noqa: S310 - http(s) only, checked above

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A POST request's JSON answer."""
        data = json.dumps(dict(body)).encode()
        request = Request(f"{self.url}{path}", data, {"Content-Type": "application/json"})  # noqa: S310 - as above
        return self._ask(request)

    def _ask(self, request: Request) -> Mapping[str, Any]:
        request.add_header("Authorization", f"Bearer {self._key}")
        path = urlsplit(request.full_url).path
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                content = answer.read(MAX_BYTES + 1)
        except HTTPError as error:
            why = _reason(error.read(MAX_BYTES))
            raise InputError(f"{path} was answered with {error.code}{why}", path=self.url) from None
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise InputError(f"{path} could not be asked: {self._clean(str(reason))}", path=self.url) from None
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            raise InputError(f"{path} was not answered with JSON", path=self.url) from None
        # /key/block answers null where there is nothing to say.
        return document if isinstance(document, dict) else {}

    def _clean(self, text: str) -> str:
        return _SECRET.sub("…", text.replace(self._key, "…"))[:200]

    def live(self) -> LiveKeys:
        """All keys of the proxy, and what its master key did in the last week."""
        from modelguard.enforce.live import HINT, LiveKeys, keys_in

        try:
            keys = tuple(keys_in(self._pages()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError("this lists no keys of a proxy", path=f"{self.url}/key/list", hint=HINT) from error
        calls, spend = self._master()
        return LiveKeys(keys, spend, calls)

    def _pages(self) -> Iterable[Mapping[str, Any]]:
        from modelguard.enforce.live import MAX_KEYS

        page, last = 1, 1
        while page <= last:
            answer = self.get("/key/list", {"return_full_object": "true", "page": page, "size": PAGE})
            yield answer
            last = int(answer.get("total_pages") or 1)
            page += 1
            if page * PAGE > MAX_KEYS:
                raise InputError(f"more than {MAX_KEYS:,} keys", path=self.url)

    def _master(self) -> tuple[int | None, float | None]:
        """(calls, USD) of the master key in the last 7 days; None where the proxy does not say."""
        import hashlib

        now = datetime.now(UTC)
        days = {"start_date": now - timedelta(days=7), "end_date": now}
        window = {name: f"{day:%Y-%m-%d %H:%M:%S}" for name, day in days.items()}
        calls, spend, known = 0, 0.0, False
        for name in (MASTER, hashlib.sha256(self._key.encode()).hexdigest()):
            try:
                answer = self.get("/spend/logs/v2", {"api_key": name, "page": 1, "page_size": PAGE, **window})
                rows = [row for row in answer.get("data") or [] if isinstance(row, dict)]
                calls += int(answer["total"])
                spend += sum(float(row.get("spend") or 0) for row in rows)
                known = True
            except (InputError, KeyError, ValueError, TypeError):
                continue
        return (calls, spend if calls <= PAGE else None) if known else (None, None)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _without_user(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)[:200]


def _reason(content: bytes) -> str:
    """LiteLLM's own words, without anything that may be a key."""
    try:
        error = json.loads(content)
        error = error.get("error", error.get("detail", error))
        text = error.get("message", error.get("error", "")) if isinstance(error, dict) else error
    except (ValueError, AttributeError, RecursionError):
        return ""
    told = _SECRET.sub("…", str(text))[:300]
    return f": {told}" if told else ""
