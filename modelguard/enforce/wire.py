"""HTTP as ASGI has it: the path and key of a request, the headers that go on, the headers and refusals that go back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from modelguard.enforce.bodies import Form
from modelguard.enforce.calls import Call, Refusal
from modelguard.enforce.routes import Route

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEPT_BODY = 1024 * 1024
"""How much of an answer's start, and of its end, is kept to read its usage from, where LiteLLM gives no account."""
_KEY_HEADERS = (
    b"x-litellm-api-key", b"authorization", b"api-key", b"x-api-key", b"x-goog-api-key", b"ocp-apim-subscription-key",
)  # fmt: skip
# Of LiteLLM's own request headers these change neither where a call goes nor what is kept of it.
_OWN_HEADERS = frozenset(
    {b"x-litellm-timeout", b"x-litellm-stream-timeout", b"x-litellm-end-user-id", b"x-litellm-tags", b"x-litellm-trace-id",
     b"x-litellm-session-id", b"x-litellm-spend-logs-metadata"}
)  # fmt: skip


def path_of(scope: Scope) -> str:
    """The path as the proxy routes it: decoded, without the server's root path."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    if root and path.startswith(root):
        path = path[len(root) :]
    return path


def query(scope: Scope) -> dict[str, str]:
    """The query's parameters; of one that is given twice the last, as Starlette's does."""
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))


def models_in_query(scope: Scope) -> list[str]:
    """All values of `model` in the query: which of several counts is the reader's choice, so all must be allowed."""
    pairs = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    return [value for name, value in pairs if name == "model"]


def header(headers: list[tuple[bytes, bytes]], name: bytes) -> bytes:
    """A header's value; empty where it is missing."""
    return next((v for n, v in headers if n == name), b"")


def presented(scope: Scope, headers: list[tuple[bytes, bytes]]) -> str | None:
    """The key a request shows: the first of the headers that clients put keys in, else Google's `key` in the query."""
    for wanted in _KEY_HEADERS:
        value = header(headers, wanted).decode("latin-1").strip()
        if value:
            scheme, _, rest = value.partition(" ")
            return rest.strip() if scheme.lower() == "bearer" and rest else value
    return query(scope).get("key") or None


def forwarded(
    call: Call, headers: list[tuple[bytes, bytes]], key: str | None, body: bytes | Form | None
) -> list[tuple[bytes, bytes]]:
    """The headers that go on: one key, our own id of the call, the new length; nothing that steers the proxy."""
    kept = []
    for name, value in headers:
        steers = name.startswith((b"x-litellm-", b"x-modelguard-")) and name not in _OWN_HEADERS
        if steers or (key is not None and name in _KEY_HEADERS) or (body is not None and name in _LENGTH):
            continue
        kept.append((name, value))
    if key is not None:
        shown = key.encode("latin-1", "replace")
        kept.append((b"authorization", b"Bearer " + shown))
        if call.path.startswith("/gemini/"):
            # LiteLLM looks for the key of its Google pass-through only where Google's clients put theirs.
            kept.append((b"x-goog-api-key", shown))
    if isinstance(body, bytes | Form):
        data = body if isinstance(body, bytes) else body.raw
        kept.append((b"content-length", str(len(data)).encode()))
        if isinstance(body, bytes):
            kept = [(n, v) for n, v in kept if n != b"content-type"] + [(b"content-type", b"application/json")]
    kept.append((b"x-litellm-call-id", call.id.encode()))
    return kept


_LENGTH = frozenset({b"content-length", b"transfer-encoding", b"content-encoding"})


def replayed(body: bytes | Form, receive: Receive) -> Receive:
    """A receive that gives the body whole, then what comes after it: the client's leaving."""
    data, sent = (body if isinstance(body, bytes) else body.raw), False

    async def again() -> Message:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": data, "more_body": False}
        return await receive()

    return again


def without_key(scope: Scope) -> None:
    """Takes Google's `key` out of the query, so that it is in no log."""
    if b"key=" in scope.get("query_string", b""):
        pairs = [(n, v) for n, v in parse_qsl(scope["query_string"].decode("latin-1"), True) if n != "key"]
        scope["query_string"] = urlencode(pairs).encode("latin-1")


class Kept:
    """An answer as it passes, where it is read later: its start and its end, as streams say there what they used."""

    def __init__(self) -> None:
        self._start, self._end = bytearray(), bytearray()

    def add(self, data: bytes) -> None:
        """The next bytes."""
        room = KEPT_BODY - len(self._start)
        self._start += data[:room]
        if len(data) > room:
            self._end += data[room:]
            if len(self._end) > 2 * KEPT_BODY:
                del self._end[:-KEPT_BODY]

    def read(self) -> bytes:
        """What was kept; on a line of its own what comes after a gap."""
        return bytes(self._start) + (b"\n" + bytes(self._end) if self._end else b"")


def count(call: Call, data: bytes, kept: Kept) -> None:
    """Takes note of an answer's bytes as they pass: how many, how many events, and themselves where they are read later."""
    call.body_bytes += len(data)
    call.events += data.count(b"data:")
    if call.route.class_ in ("pass", "file", "batch"):
        kept.add(data)


def marks(call: Call, trouble: str) -> list[tuple[bytes, bytes]]:
    """The headers that an answer carries from us."""
    found = {"x-modelguard-policy": call.deciding.policy.version}
    if trouble:
        found["x-modelguard-policy-error"] = trouble
    if call.soft:
        found["x-modelguard-budget"] = call.soft
    if call.stale is not None:
        found["x-modelguard-stale-model"] = call.stale.model
        if call.stale.age is not None:
            found["x-modelguard-stale-age"] = str(call.stale.age)
    if call.shadow and call.refusal is not None:
        found["x-modelguard-would-refuse"] = call.refusal.code
    if call.asked is not None and call.asked.stripped:
        found["x-modelguard-removed"] = ", ".join(sorted(call.asked.stripped))
    return [(n.encode(), v.encode("ascii", "replace")[:300].replace(b"\n", b" ")) for n, v in found.items()]


async def answer(send: Send, refusal: Refusal, route: Route, version: str, soft: str = "") -> None:
    """Send a refusal as the whole answer."""
    body = refusal.body(route)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-modelguard-policy", version.encode()),
        (b"x-modelguard-refused", refusal.code.encode()),
    ]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if soft:
        headers.append((b"x-modelguard-budget", soft.encode("ascii", "replace")))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
