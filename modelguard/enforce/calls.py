"""One request on its way through the proxy: whose it is, what it may do, what it came to; and how it is refused."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modelguard.enforce.policy import Allocation, Consumer, Deciding, Grace, Key
from modelguard.enforce.priced import Model
from modelguard.enforce.request import Asked
from modelguard.enforce.routes import Route
from modelguard.enforce.store import Account

if TYPE_CHECKING:
    from modelguard.enforce.refresh import Replay

CURRENT: ContextVar[Call | None] = ContextVar("modelguard_call", default=None)
"""The request that the running code belongs to. Tasks inherit it; background work of the proxy itself has none."""

UNPAID: ContextVar[Refusal | None] = ContextVar("modelguard_unpaid", default=None)
"""Why the model call that the running code is about to make must not reach a provider, though a cache may answer it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served: HTTP status, a word for machines, a sentence, and what to do."""

    status: int
    code: str
    message: str
    how: str = ""
    consumer: str | None = None
    model: str | None = None

    def body(self, route: Route) -> bytes:
        """The answer in the dialect of the route: OpenAI's, Anthropic's or Google's shape, ours inside it."""
        detail = {"code": self.code, "consumer": self.consumer, "model": self.model, "how": self.how}
        text = f"{self.message} {self.how}".strip()
        error: dict[str, Any] = {"message": text, "type": _TYPES.get(self.status, "api_error"), "modelguard": detail}
        if route.kind == "messages":
            return json.dumps({"type": "error", "error": error}, ensure_ascii=False).encode()
        if route.kind == "gemini":
            google = {"code": self.status, "message": text, "status": _GOOGLE.get(self.status, "UNAVAILABLE")}
            return json.dumps({"error": {**google, "modelguard": detail}}, ensure_ascii=False).encode()
        error |= {"param": "model" if self.model else None, "code": self.code}
        return json.dumps({"error": error}, ensure_ascii=False).encode()


_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}
_GOOGLE = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}


class Refused(Exception):
    """Raised inside the proxy to stop a call. `status_code` keeps LiteLLM's router from trying it again."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.status_code = refusal.status
        self.message = refusal.message
        super().__init__(refusal.message)


@dataclass(frozen=True, slots=True)
class Stale:
    """An answer of an old model: its canonical name, and the seconds since it was given (None: not known)."""

    model: str
    age: int | None
    grace: str


@dataclass(slots=True)
class Part:
    """One model call of a request, by the name that it was asked for. Amounts are nano-dollars; `spend` what it cost.

    `apart`: what has a price of its own, tokens of pictures and the like and uses of tools, by name.
    """

    name: str
    model: Model
    allocation: Allocation
    accounts: tuple[Account, ...]
    reserved: int
    served: str | None = None
    failed: bool = False
    spend: int | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cache_read: int = 0
    cache_write: int = 0
    apart: tuple[tuple[str, int], ...] = ()
    service: str = ""
    cache_hit: bool = False
    cache_key: str | None = None


@dataclass(slots=True)
class Call:
    """A request. `consumer` is None for an administrator, for the proxy's own work and in shadow for whoever is unknown.

    `replay` is what asks it again while a switch of models is under way; `grace` the switch that a refresh is for.
    `max_output` is what the ledger puts into it; `cache_keys` are the response cache's, by the name that is asked for.
    """

    route: Route
    deciding: Deciding
    path: str = ""
    consumer: Consumer | None = None
    key: Key | None = None
    admin: bool = False
    shadow: bool = False
    asked: Asked | None = None
    refusal: Refusal | None = None
    soft: str = ""
    stale: Stale | None = None
    stale_key: str | None = None
    replay: Replay | None = None
    grace: Grace | None = None
    no_grace: bool = False
    refresh: bool = False
    max_output: int | None = None
    cache_keys: dict[str, set[str]] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    parts: dict[str, Part] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    status: int | None = None
    ended: bool = False
    abandoned: bool = False
    body_bytes: int = 0
    events: int = 0
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def who(self) -> str:
        """The consumer's label, or words for who else calls."""
        if self.consumer is not None:
            return self.consumer.label
        return "the administrator" if self.admin else "unknown"

    def cache_key(self, name: str) -> str | None:
        """The key that the response cache was asked for; None for none, and for several (a list of inputs)."""
        found = self.cache_keys.get(name) or self.cache_keys.get("") or set()
        return next(iter(found)) if len(found) == 1 else None

    def part_id(self, name: str) -> str:
        """What a part's reservation is called in the store."""
        return f"{self.id}#{name}"
