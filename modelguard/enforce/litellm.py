"""The guard inside a LiteLLM proxy. In the proxy's configuration:

    general_settings:   {custom_auth: modelguard.enforce.litellm.auth}     # without a database
    litellm_settings:   {callbacks: [modelguard.enforce.litellm.guard]}    # always

and in its environment MODELGUARD_POLICY (a file), MODELGUARD_STORE (a file, or redis://…), MODELGUARD_LOG (a file) and
MODELGUARD_METRICS (otlp, prometheus).
Importing this module puts the guard around the proxy, or raises, and then the proxy does not start.
"""

from __future__ import annotations

import atexit
import hmac
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import litellm as _litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

from modelguard.enforce.asgi import GuardMiddleware
from modelguard.enforce.calls import CURRENT, Call
from modelguard.enforce.grace import Graces
from modelguard.enforce.guard import Guard, consumer_of
from modelguard.enforce.metrics import sinks
from modelguard.enforce.policy import filled
from modelguard.enforce.record import Recorder
from modelguard.enforce.refresh import Refresher
from modelguard.enforce.refusals import PROXY
from modelguard.enforce.source import PolicySource
from modelguard.enforce.store import Store, nano
from modelguard.enforce.usage_of import Tokens, hour_of, kinds_of, number, tool_calls, uses_of
from modelguard.enforce.vouched import vouch

__all__ = ["auth", "guard", "the_guard"]


def _path(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None


def make_store(place: str) -> Store:
    """The store at a place: a redis:// (rediss://, unix://) URL, or a file."""
    if place.startswith(("redis://", "rediss://", "unix://")):
        from modelguard.enforce.store_redis import RedisStore

        return RedisStore(place)
    from modelguard.enforce.store_sqlite import SqliteStore

    return SqliteStore(Path(place))


def _guard() -> Guard:
    policy = _path("MODELGUARD_POLICY")
    beside = policy.parent if policy is not None else Path()
    store = make_store(os.environ.get("MODELGUARD_STORE") or str(beside / "modelguard-budgets.sqlite"))
    counting = sinks(os.environ.get("MODELGUARD_METRICS", ""), beside / "modelguard-metrics")
    return Guard(PolicySource(policy), store, Recorder(_path("MODELGUARD_LOG"), counting))


the_guard = _guard()
atexit.register(the_guard.recorder.close)
"""The guard of this process. `the_guard.on_soft` takes functions that are told when a soft limit is passed."""


# -- authentication without a database ---------------------------------------------------------------------------------


async def auth(request: Any, api_key: str) -> UserAPIKeyAuth:
    """LiteLLM's custom_auth: the consumer that the outer layer found. Without that layer nobody gets in."""
    # For sockets LiteLLM makes a request of its own, in the same task.
    call = request.scope.get("modelguard") or CURRENT.get()
    if not isinstance(call, Call):
        raise ProxyException(
            message="The modelguard guard is not around this proxy.", type="service_unavailable", param=None, code=503
        )
    if call.consumer is not None:
        names = [a.name for a in call.consumer.allowed]
        return UserAPIKeyAuth(
            api_key=call.key.fingerprint.removeprefix("sha256:") if call.key else None,
            key_alias=call.consumer.label,
            models=names or ["no-default-models"],
            metadata={"modelguard_consumer": call.consumer.label},
        )
    if call.admin or _is_master(api_key):
        return UserAPIKeyAuth(api_key="modelguard-admin", user_role=LitellmUserRoles.PROXY_ADMIN, key_alias="admin")
    raise ProxyException(message="This key is nobody's.", type="authentication_error", param=None, code=401)


def _is_master(api_key: str) -> bool:
    """In shadow, and for what manages the proxy, its own master key counts as before."""
    from litellm.proxy import proxy_server

    master = proxy_server.master_key
    shown = (api_key or "").removeprefix("Bearer ").strip()
    return bool(master) and bool(shown) and hmac.compare_digest(shown.encode(), str(master).encode())


# -- around each model call --------------------------------------------------------------------------------------------


class GuardLogger(CustomLogger):  # type: ignore[misc]  # LiteLLM is not there when types are checked
    """LiteLLM's callbacks: the last gate before each provider's call, and the account of it after."""

    def __init__(self, core: Guard) -> None:
        super().__init__()
        self.core = core

    async def async_filter_deployments(
        self,
        model: str,
        healthy_deployments: list[Any],
        messages: Any,
        request_kwargs: dict[str, Any] | None = None,
        parent_otel_span: Any = None,
    ) -> list[Any]:
        """Of a group's deployments those that the consumer may call; of none at all the first is kept, to be refused."""
        call = CURRENT.get()
        if call is None or call.consumer is None or call.shadow:
            return healthy_deployments
        allowed = [d for d in healthy_deployments if self.core.may_serve(call, _raw(d, model))]
        return allowed or healthy_deployments[:1]

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> dict[str, Any] | None:
        """Raises Refused where this very model must not be called for whoever asks."""
        call = CURRENT.get()
        metadata = _metadata(kwargs)
        _grace_the_cache()
        if call is None:
            call = self._own_work(kwargs)
        group = str(metadata.get("model_group") or kwargs.get("model") or "")
        raw = _deployed(kwargs, metadata)
        await self.core.attempt(call, group, raw)
        return None

    def _own_work(self, kwargs: Mapping[str, Any]) -> Call | None:
        """The proxy's own call, as that of a consumer, where the ledger has one of that name."""
        from modelguard.enforce.request import asked
        from modelguard.enforce.routes import Route

        deciding = self.core.source.current().deciding
        consumer = consumer_of(deciding, PROXY) if deciding is not None else None
        if deciding is None or consumer is None:
            return None
        call = Call(Route("spend", "other"), deciding, "", consumer)
        call.shadow = deciding.policy.mode == "shadow"
        call.id, call.status = str(kwargs.get("litellm_call_id") or call.id), 200
        call.asked = asked(
            {"messages": kwargs.get("messages"), "max_tokens": kwargs.get("max_tokens")}, None, None, "other"
        )
        CURRENT.set(call)
        self.core.finish(call)
        return call

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """What a call came to."""
        payload = kwargs.get("standard_logging_object") or {}
        call = self._call(kwargs)
        if call is None or call.route.class_ == "socket":
            return
        raw = _deployed(kwargs, _metadata(kwargs))
        group = str(payload.get("model_group") or kwargs.get("model") or "")
        tokens = _tokens(payload, response_obj)
        cost = payload.get("response_cost")
        await self.core.succeeded(
            call,
            self.core.part_name(call, group, raw),
            tokens,
            nano(_decimal(cost)) if isinstance(cost, int | float) and cost > 0 else None,
            served=raw,
            cache_hit=payload.get("cache_hit") is True,
            cache_key=call.cache_key(group) or (payload.get("cache_key") if payload.get("cache_hit") is True else None),
        )

    async def async_log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        """A model call that failed."""
        call = self._call(kwargs)
        if call is not None:
            raw = _deployed(kwargs, _metadata(kwargs))
            group = str((kwargs.get("standard_logging_object") or {}).get("model_group") or kwargs.get("model") or "")
            self.core.failed(call, self.core.part_name(call, group, raw))

    def _call(self, kwargs: Mapping[str, Any]) -> Call | None:
        return self.core.calls.get(str(kwargs.get("litellm_call_id") or ""))


def _metadata(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """What LiteLLM's router noted of a call; under either of two names, here or among the parameters."""
    params = kwargs.get("litellm_params") or {}
    found: dict[str, Any] = {}
    for holder in (params, kwargs):
        for key in ("metadata", "litellm_metadata"):
            value = holder.get(key)
            if isinstance(value, Mapping) and ("model_group" in value or "deployment" in value):
                found |= value
    return found


def _deployed(kwargs: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    """The raw model of a call: the chosen deployment's as configured, else what the provider's client was given."""
    deployment = metadata.get("deployment")
    if isinstance(deployment, str) and deployment:
        return deployment
    provider = kwargs.get("custom_llm_provider") or (kwargs.get("litellm_params") or {}).get("custom_llm_provider")
    model = str(kwargs.get("model") or "")
    if not model:
        return ""
    return f"{provider}/{model}" if provider and not model.startswith(f"{provider}/") else model


def _raw(deployment: Mapping[str, Any], asked: str) -> str:
    """A deployment's model; of a wildcard's what it becomes for the name that is asked."""
    text = str((deployment.get("litellm_params") or {}).get("model") or "")
    pattern = str(deployment.get("model_name") or "")
    if "*" not in text:
        return text
    return filled(pattern, asked, text) if "*" in pattern else asked


def _tokens(payload: Mapping[str, Any], answer: Any) -> Tokens | None:
    """LiteLLM's token counts, in which cached input is part of the prompt; uses of tools also from the answer itself."""
    prompt, output = int(payload.get("prompt_tokens") or 0), int(payload.get("completion_tokens") or 0)
    if not prompt and not output:
        return None
    usage = (payload.get("metadata") or {}).get("usage_object") or {}
    details = usage.get("prompt_tokens_details") or {}
    read = int(usage.get("cache_read_input_tokens") or details.get("cached_tokens") or 0)
    write = number(usage, "cache_creation_input_tokens") or number(
        details, "cache_creation_tokens", "cache_write_tokens"
    )
    kinds, told = kinds_of(usage)
    uses = {**tool_calls(getattr(answer, "output", None)), **dict(uses_of(usage))}
    service = getattr(answer, "service_tier", None) or usage.get("service_tier")
    return Tokens(
        max(prompt - read - write, 0), output, read, write, hour_of(usage), kinds, told, tuple(sorted(uses.items())),
        str(service or ""),
    )  # fmt: skip


def _decimal(value: float) -> Any:
    from decimal import Decimal

    return Decimal(repr(value))


# -- putting it around the proxy ---------------------------------------------------------------------------------------


_layers: list[GuardMiddleware] = []


def _layer(inner: Any, core: Guard) -> GuardMiddleware:
    layer = GuardMiddleware(inner, core)
    _layers.append(layer)
    return layer


_refreshers: list[Refresher] = []


def _grace_the_cache() -> None:
    """Puts grace into the cache, which the proxy may make after it has read us."""
    if _litellm.cache is None or the_guard.store is None or not _layers:
        return
    from modelguard.enforce import litellm_cache

    if not isinstance(_litellm.cache, litellm_cache.GraceCache):
        if not _refreshers:
            _refreshers.append(Refresher(_layers[-1], Graces(the_guard.store)))
        litellm_cache.install(_refreshers[0].graces, _refreshers[0])


def install(core: Guard) -> None:
    """Makes the guard the outermost layer of the proxy's application, once."""
    from litellm.proxy import proxy_server

    from modelguard.enforce.litellm_cache import install_gate

    install_gate(core)
    app = proxy_server.app
    if getattr(app, "modelguard", None) is not None:
        return
    app.modelguard = core
    if app.middleware_stack is not None:
        # The proxy reads its configuration when it has started: its layers stand already.
        app.middleware_stack = _layer(app.middleware_stack, core)
        return
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: _layer(build(), core)


vouch(_litellm)
guard = GuardLogger(the_guard)
install(the_guard)
_state = the_guard.source.current()
if _state.deciding is None:
    print(f"modelguard: {_state.error}; every call is refused until there is a policy", file=sys.stderr)
