"""The guard around the whole proxy: the outermost ASGI layer, the only place that sees every route and every answer.

It finds the consumer by the key, judges every model that a request names, reserves the money, and lets the request on
without what a client must not set. What LiteLLM's own hooks refuse deeper inside (guard.attempt) comes back as an error
of LiteLLM's making; here it is replaced by ours, with its reason.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from modelguard.enforce.bodies import Form, read_body, read_form
from modelguard.enforce.calls import CURRENT, Call, Refusal, Refused
from modelguard.enforce.fingerprint import fingerprint
from modelguard.enforce.guard import Guard
from modelguard.enforce.refresh import replay_of
from modelguard.enforce.refusals import how_to_get
from modelguard.enforce.request import Asked, BadRequest, asked, clean, put_limit
from modelguard.enforce.routes import Route, odd, route_of
from modelguard.enforce.usage_of import usage_in
from modelguard.enforce.wire import (
    App,
    Kept,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    count,
    forwarded,
    header,
    marks,
    models_in_query,
    path_of,
    presented,
    replayed,
    without_key,
)

MAX_BODY = 128 * 1024 * 1024
METRICS = "/modelguard/metrics"
NO_GRACE = b"x-modelguard-no-stale"


class GuardMiddleware:
    """The layer. `inner` is the proxy."""

    def __init__(self, inner: App, guard: Guard) -> None:
        self.inner, self.guard = inner, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            from modelguard.enforce.realtime import socket

            await socket(self, scope, receive, send)
        else:
            await self.inner(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        loaded = self.guard.source.current()
        path = path_of(scope)
        if loaded.deciding is None:
            if path.startswith("/health/liv"):
                await self.inner(scope, receive, send)
                return
            why = f"No policy: {loaded.error}. Nothing is called without one."
            how = "Run modelguard enforce litellm, and put its policy where MODELGUARD_POLICY says."
            await answer(send, Refusal(503, "no_policy", why, how), Route("unknown"), "none")
            return
        call = Call(route_of(scope["method"], path, loaded.deciding.policy.pass_through), loaded.deciding, path)
        call.started = self.guard.clock()
        call.shadow = loaded.deciding.policy.mode == "shadow"
        headers = list(scope["headers"])
        if call.route.class_ == "open" and not odd(path):
            await self.inner(scope, receive, send)
            return
        try:
            if odd(path):
                self._refuse(call, Refusal(400, "odd_path", "This path can be read in two ways."))
            key = self.identify(call, scope, headers)
            if await self._metrics(call, send):
                return
            body = await self._judge(call, scope, headers, receive)
        except Refused as refused:
            call.refusal, call.status = refused.refusal, refused.refusal.status
            self.guard.finish(call)
            await answer(send, refused.refusal, call.route, loaded.deciding.policy.version, call.soft)
            return
        scope["headers"] = forwarded(call, headers, key, body)
        without_key(scope)
        scope["modelguard"] = call
        await self._pass_on(call, scope, replayed(body, receive) if body is not None else receive, send, loaded.error)

    async def _metrics(self, call: Call, send: Send) -> bool:
        """Answer a fetch of metrics, where they are kept for that; what consumers cost is for administrators."""
        if call.path != METRICS:
            return False
        found = next((s for s in self.guard.recorder.sinks if hasattr(s, "text")), None)
        if found is None:
            return False
        if not call.admin:
            raise Refused(Refusal(403, "not_an_administrator", "Metrics need an administrator's key."))
        kind, text = await asyncio.to_thread(found.text)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        await send({"type": "http.response.body", "body": text, "more_body": False})
        return True

    # -- who ---------------------------------------------------------------------------------------------------------------

    def identify(self, call: Call, scope: Scope, headers: list[tuple[bytes, bytes]]) -> str | None:
        """The key that a request shows; sets whose it is. Raises Refused for none and for one that nobody has."""
        key = presented(scope, headers)
        call.no_grace = any(n == NO_GRACE for n, _ in headers)
        own = call.route.class_ == "manage"
        if key is None:
            if own or call.shadow:
                return None
            raise Refused(Refusal(401, "no_key", "No key was sent.", "Send yours as Authorization: Bearer …"))
        mark = fingerprint(key)
        found = call.deciding.consumers.get(mark)
        if found is not None:
            call.consumer, call.key = found
        elif mark in call.deciding.admins:
            call.admin, call.key = True, call.deciding.admins[mark]
        elif not (own or call.shadow):
            raise Refused(
                Refusal(401, "unknown_key", "This key is nobody's.", "Ask the owner of budgets.yaml for one.")
            )
        if call.key is not None and call.key.expires is not None and call.key.expires < self.guard.today():
            what = f"This key of {call.who} expired on {call.key.expires}."
            self._refuse(call, Refusal(401, "key_expired", what, "", _label(call)))
        return key

    # -- what --------------------------------------------------------------------------------------------------------------

    async def _judge(
        self, call: Call, scope: Scope, headers: list[tuple[bytes, bytes]], receive: Receive
    ) -> bytes | Form | None:
        """Holds a request against the policy and reserves what it may cost; its body as it goes on, None: as it comes."""
        kind = call.route.class_
        if kind == "manage" and call.consumer is not None and not call.shadow:
            what = f"{call.who} may not use {scope['method']} {call.path[:200]}: a consumer's key calls models."
            raise Refused(Refusal(403, "not_an_administrator", what, "", _label(call)))
        if kind == "free" and call.consumer is not None and not self.guard.has_budget(call):
            what = f"{call.who} has no budget for any model."
            how = how_to_get(call.consumer, "MODEL")
            self._refuse(call, Refusal(403, "unallocated", what, how, call.consumer.label))
        if kind in ("listed", "free", "manage"):
            return None
        if kind == "unknown":
            if not (call.admin or call.shadow):
                what = f"{call.who} may not use {scope['method']} {call.path[:200]}: the guard does not know what it spends."
                raise Refused(Refusal(403, "unknown_route", what, "An administrator's key may.", _label(call)))
            return None
        if kind == "closed":
            what = f"{call.who} may not use {scope['method']} {call.path[:200]}: what it spends can't be counted."
            self._refuse(call, Refusal(403, "unknown_route", what, "", _label(call)))
            return None
        if call.consumer is None:
            if call.shadow:
                return None
            what = "An administrator's key manages the proxy; it has no budget for models."
            raise Refused(Refusal(403, "admin_key", what, "Use a consumer's key."))
        if kind in ("file", "batch"):
            from modelguard.enforce.batches import judge_batch, judge_file

            return await (judge_file if kind == "file" else judge_batch)(self.guard, call, scope, headers, receive)
        return await self._judge_spending(call, scope, headers, receive)

    async def _judge_spending(
        self, call: Call, scope: Scope, headers: list[tuple[bytes, bytes]], receive: Receive
    ) -> bytes | Form:
        raw = await read_body(receive, MAX_BODY)
        if not call.shadow:
            return await self._judge_body(call, scope, headers, raw)
        # In shadow a request goes on as it came, whatever is said of it.
        try:
            await self._judge_body(call, scope, headers, raw)
        except Refused as refused:
            call.refusal = call.refusal or refused.refusal
        return Form(raw, {}, {})

    async def _judge_body(
        self, call: Call, scope: Scope, headers: list[tuple[bytes, bytes]], raw: bytes
    ) -> bytes | Form:
        kind = header(headers, b"content-type")
        form = read_form(raw, kind) if b"form" in kind.lower() else None
        body: Any = form.fields if form is not None else _decoded(raw)
        if not isinstance(body, dict):
            raise Refused(Refusal(400, "bad_request", "The body is no JSON object."))
        taken = clean(body)
        if form is not None and taken:
            what = f"A form must not set {', '.join(sorted(taken))[:200]} on this proxy."
            raise Refused(Refusal(400, "bad_request", what, "", _label(call)))
        try:
            files = form.count if form is not None else 0
            wanted = asked(body, call.route.model, models_in_query(scope), call.route.kind, files, call.route.limit)
        except BadRequest as error:
            raise Refused(Refusal(400, "bad_request", f"{error}.", "", _label(call))) from error
        wanted.stripped = taken
        call.asked = wanted
        if form is None and call.deciding.policy.grace and not call.refresh and call.route.class_ == "spend":
            call.replay = replay_of(scope, headers, raw, call)
        await self.admit(call, wanted)
        if form is not None:
            return form
        self._put_output(call, wanted, body)
        self._put_namespace(call, body)
        return msgspec.json.encode(body)

    async def admit(self, call: Call, wanted: Asked) -> None:
        """All names must be allowed, and there must be money for those that are called. Raises Refused."""
        assert call.consumer is not None
        if not wanted.calls:
            what = "The request names no model, so it can't be held against a budget."
            self._refuse(call, Refusal(403, "no_model", what, "Name one.", call.consumer.label))
            return
        chosen = []
        for name in wanted.names:
            allowed, refusal = self.guard.decide(call, name)
            if refusal is not None:
                self._refuse(call, refusal)
            elif name in wanted.calls:
                chosen.append((name, self.guard.dearest(call, allowed)))
        if wanted.trouble:
            self._refuse(call, Refusal(400, "bad_request", f"{wanted.trouble}.", "", call.consumer.label))
        limits = [d.allocation.max_output for _, d in chosen if d.allocation is not None]
        call.max_output = min((n for n in limits if n is not None), default=None)
        if call.route.kind == "count":
            return
        for name, decision in chosen:
            # Where the second is refused, what was reserved for the first is given back as the call ends.
            try:
                await self.guard.reserve(call, name, decision)
            except Refused as refused:
                if not self.guard.may_be_cached(call, refused.refusal):
                    raise

    def _refuse(self, call: Call, refusal: Refusal) -> None:
        if not call.shadow:
            raise Refused(refusal)
        call.refusal = call.refusal or refusal

    def _put_output(self, call: Call, wanted: Asked, body: dict[str, Any]) -> None:
        if wanted.max_output is None and call.max_output is not None:
            put_limit(body, call.route.kind, call.max_output + wanted.thinking, call.route.limit)

    def _put_namespace(self, call: Call, body: dict[str, Any]) -> None:
        if call.consumer is not None and call.consumer.cache == "own" and call.route.class_ == "spend":
            given = body.get("cache")
            body["cache"] = {**(given if isinstance(given, dict) else {}), "namespace": f"mg-{call.consumer.label}"}

    async def again(self, call: Call, scope: Scope, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Ask a request again, for the cache's sake: judged and paid for as ever, its answer read and thrown away."""
        loaded = self.guard.source.current()

        async def whole() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def waiting() -> Message:
            # Nobody leaves: this client is here until the answer is whole.
            await asyncio.Event().wait()
            raise AssertionError("never set")

        async def away(message: Message) -> None:
            return None

        judged = await self._judge(call, scope, headers, whole)
        key = presented(scope, headers)
        scope["headers"] = forwarded(call, headers, key, judged)
        without_key(scope)
        scope["modelguard"] = call
        assert judged is not None
        await self._pass_on(call, scope, replayed(judged, waiting), away, loaded.error)

    # -- on, and back --------------------------------------------------------------------------------------------------------

    async def _pass_on(self, call: Call, scope: Scope, receive: Receive, send: Send, trouble: str) -> None:
        kept = Kept()
        replaced = ended = False

        async def back(message: Message) -> None:
            nonlocal replaced, ended
            if message["type"] == "http.response.start":
                call.status = message["status"]
                if call.status >= 400 and call.refusal is not None and not call.shadow:
                    replaced = True
                    call.status = call.refusal.status
                    await answer(send, call.refusal, call.route, call.deciding.policy.version, call.soft)
                    return
                message = {**message, "headers": [*message.get("headers", []), *marks(call, trouble)]}
            elif message["type"] == "http.response.body":
                if replaced:
                    return
                ended = not message.get("more_body", False)
                count(call, message.get("body", b""), kept)
            await send(message)

        token = CURRENT.set(call)
        try:
            await self.inner(scope, receive, back)
        finally:
            CURRENT.reset(token)
            # Whoever is left by its client in the middle of an answer may end as if nothing was the matter.
            call.abandoned = not ended and not replaced
            if call.route.class_ in ("spend", "pass", "batch", "file") or call.refusal is not None:
                answered = kept.read()
                seen = usage_in(answered) if call.route.class_ == "pass" and answered else None
                await self._after(call, answered)
                self.guard.finish(call, seen)

    async def _after(self, call: Call, answered: bytes) -> None:
        """A file's or a batch's answer names what later requests ask for."""
        if call.route.class_ in ("file", "batch") and call.status is not None and call.status < 400:
            from modelguard.enforce.batches import remember

            await remember(self.guard, call, answered)


def _decoded(raw: bytes) -> Any:
    if not raw.strip():
        return {}
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Refused(Refusal(400, "bad_request", "The body is not JSON in UTF-8.")) from None


def _label(call: Call) -> str | None:
    return call.consumer.label if call.consumer else None
