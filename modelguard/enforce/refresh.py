"""Warming the cache in the background: requests that were answered from an old model's entry, asked again of the new one.

In order of use, at a pace that all workers share, once for each key, within the switch's limits of calls and dollars and
the consumer's own budget. A request is replayed through the whole proxy, so its answer lands where the client's next
one looks. What waits is kept in memory only, and bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelguard.enforce.calls import CURRENT, Call, Refused
from modelguard.enforce.grace import Graces, report
from modelguard.enforce.policy import Consumer, Grace, Key
from modelguard.enforce.routes import route_of
from modelguard.enforce.store import StoreError

if TYPE_CHECKING:
    from modelguard.enforce.asgi import GuardMiddleware

MAX_WAITING = 20_000
MAX_BYTES = 64 * 1024 * 1024
REPORT = 10.0
PAUSE = 60.0
"""Seconds for which a switch's refreshing rests after a budget was found used up."""
_SCOPE = (
    "type",
    "http_version",
    "method",
    "scheme",
    "path",
    "raw_path",
    "query_string",
    "root_path",
    "client",
    "server",
    "asgi",
)


@dataclass(slots=True)
class Replay:
    """A request as it came in, to be asked again. It holds its key: it is never written anywhere."""

    scope: dict[str, Any]
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(repr=False)
    consumer: Consumer
    key: Key | None


@dataclass(slots=True)
class Waiting:
    """A key of the cache that wants refreshing. `claimed`: this worker is the one to do it."""

    rule: Grace
    key: str
    replay: Replay
    uses: int = 1
    claimed: bool = False


def replay_of(scope: MutableMapping[str, Any], headers: list[tuple[bytes, bytes]], body: bytes, call: Call) -> Replay:
    """What is needed to ask again."""
    assert call.consumer is not None
    return Replay({k: scope[k] for k in _SCOPE if k in scope}, headers, body, call.consumer, call.key)


class Refresher:
    """One for a process. `alone`: its cache is in its own memory, so other workers can't refresh for it."""

    def __init__(self, layer: GuardMiddleware, graces: Graces) -> None:
        self.layer, self.graces = layer, graces
        self.alone = False
        self.waiting: dict[tuple[str, str], Waiting] = {}
        self.bytes = 0
        self.dropped = 0
        self._task: asyncio.Task[None] | None = None
        self._rest: dict[str, float] = {}
        self._reported: dict[str, float] = {}

    def want(self, call: Call, rule: Grace, key: str) -> None:
        """A key was answered from an old entry: it is to be refreshed, the sooner the more often it is asked."""
        if rule.refresh is None or call.replay is None:
            return
        known = self.waiting.get((rule.id, key))
        if known is not None:
            known.uses += 1
        elif len(self.waiting) >= MAX_WAITING or self.bytes + len(call.replay.body) > MAX_BYTES:
            # It stays stale until it is asked for when there is room.
            self.dropped += 1
        else:
            self.waiting[rule.id, key] = Waiting(rule, key, call.replay)
            self.bytes += len(call.replay.body)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Until nothing waits any more."""
        CURRENT.set(None)
        met: dict[str, Grace] = {}
        while self.waiting:
            busy = False
            now = {w.rule.id: w.rule for w in self.waiting.values()}
            met |= now
            for rule in now.values():
                try:
                    busy = await self._one(rule) or busy
                except StoreError:
                    await asyncio.sleep(1.0)
            if not busy:
                await asyncio.sleep(0.05)
        for rule in met.values():
            with contextlib.suppress(StoreError):
                await self._report(rule, last=True)

    async def _one(self, rule: Grace) -> bool:
        """Refresh the next of a switch, if its pace allows; whether something was done."""
        store, now, refresh = self.graces.store, self.graces.clock(), rule.refresh
        assert refresh is not None
        if now >= await self.graces.ends(rule):
            for found in [w for w in self.waiting.values() if w.rule.id == rule.id]:
                self._forget(found)
            return True
        if now < self._rest.get(rule.id, 0):
            return False
        chosen = max((w for w in self.waiting.values() if w.rule.id == rule.id), key=lambda w: (w.claimed, w.uses))
        if not chosen.claimed:
            mine = f"{os.getpid()}:" if self.alone else ""
            if not await store.once(f"grace:{rule.id}:done:{mine}{chosen.key}", rule.ends - rule.starts + 86400, now):
                self._forget(chosen)
                return True
            chosen.claimed = True
        if not await store.take(f"grace:{rule.id}:pace", 1, 60 / refresh.per_minute, now):
            return False
        if refresh.calls is not None and not await store.take(f"grace:{rule.id}:calls", refresh.calls, 10.0**8, now):
            self._rest[rule.id] = now + PAUSE
            return False
        self._forget(chosen)
        if await self._ask(chosen):
            await self.graces.count(rule, chosen.key, "warm")
        await self._report(rule)
        return True

    async def _ask(self, chosen: Waiting) -> bool:
        """Replay one; whether it was answered."""
        replay, loaded = chosen.replay, self.layer.guard.source.current()
        if loaded.deciding is None:
            return False
        scope = {**replay.scope, "headers": list(replay.headers), "state": {}}
        call = Call(
            route_of(scope["method"], scope["path"]), loaded.deciding, scope["path"], replay.consumer, replay.key
        )
        call.consumer = next((c for c in loaded.deciding.policy.consumers if c.label == replay.consumer.label), None)
        call.refresh, call.grace = True, chosen.rule
        call.started = self.graces.clock()
        if call.consumer is None:
            return False
        try:
            await self.layer.again(call, scope, replay.headers, replay.body)
        except Refused as refused:
            call.refusal, call.status = refused.refusal, refused.refusal.status
            self.layer.guard.finish(call)
        except Exception:
            call.status = call.status or 500
        if call.refusal is not None:
            self._rest[chosen.rule.id] = self.graces.clock() + PAUSE
        return call.status is not None and call.status < 400

    def _forget(self, found: Waiting) -> None:
        if self.waiting.pop((found.rule.id, found.key), None) is not None:
            self.bytes -= len(found.replay.body)

    async def _report(self, rule: Grace, last: bool = False) -> None:
        now = self.graces.clock()
        if last or now - self._reported.get(rule.id, 0) >= REPORT:
            self._reported[rule.id] = now
            line = report(rule, await self.graces.progress(rule), now, await self.graces.ends(rule))
            self.layer.guard.recorder.write(line)
