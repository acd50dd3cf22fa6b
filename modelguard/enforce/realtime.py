"""Realtime sockets: judged when they open, and again with each answer, as a session's cost is open-ended.

What the client's events name is judged too. What a session used is read from the `response.done` events that pass.
Before another answer may be asked for, what it may cost must fit beside what the session has cost; where it does not,
the socket is closed with 1008.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelguard.enforce.apart import Holds, nodes, tools_of
from modelguard.enforce.batches import decided
from modelguard.enforce.calls import CURRENT, Call, Refusal, Refused
from modelguard.enforce.policy import Decision
from modelguard.enforce.pricing import real_cost
from modelguard.enforce.request import Asked
from modelguard.enforce.routes import route_of
from modelguard.enforce.usage_of import Tokens, usage_in

if TYPE_CHECKING:
    from modelguard.enforce.asgi import GuardMiddleware
    from modelguard.enforce.wire import Message, Receive, Scope, Send

_BILLED = ("response.done", "conversation.item.input_audio_transcription.completed")
"""Events that say what was used. What is written down of the speech is counted at the session's own prices, the dearer."""
_IN_PROTOCOL = "openai-insecure-api-key."


async def socket(layer: GuardMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    """One WebSocket."""
    from modelguard.enforce.wire import forwarded, models_in_query, path_of, without_key

    guard, loaded = layer.guard, layer.guard.source.current()
    if loaded.deciding is None:
        await _deny(
            scope, receive, send, Refusal(503, "no_policy", "There is no policy; nothing is called without one.")
        )
        return
    path = path_of(scope)
    call = Call(route_of("WEBSOCKET", path), loaded.deciding, path)
    call.shadow = loaded.deciding.policy.mode == "shadow"
    headers = list(scope["headers"])
    headers += _protocol_key(scope, headers)
    try:
        key = layer.identify(call, scope, headers)
        if call.route.class_ != "socket" or call.consumer is None:
            if not call.shadow:
                code = "unknown_route" if call.route.class_ != "socket" else "admin_key"
                raise Refused(Refusal(403, code, f"{call.who} may not open {path[:100]}."))
        else:
            names = [n for n in models_in_query(scope) if n]
            # Every turn has the whole session as its input, and a session may be heard and spoken.
            call.asked = Asked(names, list(names), stream=True, kind="realtime", wants=frozenset({"audio"}))
            call.asked.holds = Holds(media={"audio"}, opaque=True)
            await layer.admit(call, call.asked)
    except Refused as refused:
        call.refusal, call.status = refused.refusal, refused.refusal.status
        guard.finish(call)
        await _deny(scope, receive, send, refused.refusal)
        return
    scope["headers"] = forwarded(call, headers, key, None)
    without_key(scope)
    scope["modelguard"] = call
    session = _Session(layer, call, receive, send)
    token = CURRENT.set(call)
    try:
        await layer.inner(scope, session.receive, session.send)
    finally:
        CURRENT.reset(token)
        call.status = 101 if session.accepted else 403
        guard.finish(call, session.used)


class _Session:
    """The two ends of a socket, with what passes between them."""

    def __init__(self, layer: GuardMiddleware, call: Call, receive: Receive, send: Send) -> None:
        self._layer, self._call, self._receive, self._send = layer, call, receive, send
        self.accepted = False
        self.closed = False
        self.used = Tokens(0, 0)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        if not self._allowed(message.get("text") or "") or not await self._room():
            await self._close()
            return {"type": "websocket.disconnect", "code": 1008}
        return message

    async def send(self, message: Message) -> None:
        if self.closed:
            return
        self.accepted = self.accepted or message["type"] == "websocket.accept"
        text = message.get("text") or ""
        if any(f'"{type_}"' in text for type_ in _BILLED):
            self._count(text)
        await self._send(message)
        if '"response.done"' in text and not await self._room():
            await self._close()

    def _count(self, text: str) -> None:
        event = _event(text)
        found = usage_in(text.encode("utf-8", "replace")) if event.get("type") in _BILLED else None
        if found is not None:
            self.used = self.used + found

    def _allowed(self, text: str) -> bool:
        """Whether an event of the client's names only models that it may call, and no tool that the provider runs."""
        call, event = self._call, _event(text)
        own = {
            *call.parts,
            *(n for p in call.parts.values() for n in (p.model.name, p.model.raw, p.model.raw.split("/")[-1])),
        }
        for name in _models_in(event):
            refusal = None if name in own else decided(self._layer.guard, call, name)[1]
            if refusal is not None and not self._stop(refusal):
                return False
        tools = {**tools_of(event), **tools_of(_inner(event, "response"))}
        if tools:
            what = f"The provider bills the tool {sorted(tools)[0]} apart from a session's tokens."
            return self._stop(Refusal(403, "unpriced", what, "Leave it out.", call.who))
        return True

    def _stop(self, refusal: Refusal) -> bool:
        """Notes a refusal; whether the session goes on all the same, as in shadow."""
        self._call.refusal = self._call.refusal or refusal
        return self._call.shadow

    async def _room(self) -> bool:
        """Whether another turn fits beside what the session has cost."""
        call = self._call
        for part in list(call.parts.values()):
            if part.model.price is None or call.asked is None:
                continue
            call.asked.base = real_cost(part.model, self.used, call.asked)
            try:
                await self._layer.guard.reserve(call, part.name, Decision(part.model, part.allocation))
            except Refused as refused:
                call.refusal = refused.refusal
                return False
        return True

    async def _close(self) -> None:
        if not self.closed:
            self.closed = True
            code = self._call.refusal.code if self._call.refusal else "refused"
            await self._send({"type": "websocket.close", "code": 1008, "reason": code})


def _event(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}


def _inner(event: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = event.get(key)
    return found if isinstance(found, Mapping) else {}


def _models_in(event: Mapping[str, Any]) -> list[str]:
    """Every model that an event names: the session's, an answer's, the one that writes down what is said."""
    found = [n.get("model") for n in nodes(event) if isinstance(n, Mapping)]
    return [name for name in found if isinstance(name, str) and name]


def _protocol_key(scope: Mapping[str, Any], headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The key of a browser, which can set no header and sends it as a subprotocol."""
    if any(n == b"authorization" for n, _ in headers):
        return []
    found = [p for p in scope.get("subprotocols", ()) if p.startswith(_IN_PROTOCOL)]
    return [(b"authorization", b"Bearer " + p[len(_IN_PROTOCOL) :].encode("latin-1")) for p in found[:1]]


async def _deny(scope: Mapping[str, Any], receive: Receive, send: Send, refusal: Refusal) -> None:
    """Refuse a socket before it opens: with our answer where the server can send one, else 403."""
    message = await receive()
    if message["type"] != "websocket.connect":
        return
    if "websocket.http.response" in scope.get("extensions", {}):
        from modelguard.enforce.routes import Route

        headers = [(b"content-type", b"application/json"), (b"x-modelguard-refused", refusal.code.encode())]
        await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": refusal.body(Route("socket", "realtime"))})
        return
    await send({"type": "websocket.close", "code": 1008, "reason": refusal.code})
