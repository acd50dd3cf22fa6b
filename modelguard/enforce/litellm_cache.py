"""LiteLLM's cache with grace in it: a subclass that takes the place of the class of the proxy's own cache object.

The backend, its connection and its settings stay as they are. What is relied on of LiteLLM's Cache is pinned by
vouched.py and tests/enforce/test_contract.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import litellm
from litellm.caching.caching import Cache
from litellm.caching.caching_handler import LLMCachingHandler

from modelguard.catalog.identity import identify
from modelguard.enforce.calls import CURRENT, Call
from modelguard.enforce.grace import MARK, Graces, old_names, origin, parsed
from modelguard.enforce.guard import Guard
from modelguard.enforce.policy import Grace
from modelguard.enforce.refresh import Refresher

_GRACES: Graces | None = None
_REFRESHER: Refresher | None = None


def install(graces: Graces, refresher: Refresher) -> None:
    """Puts grace into the proxy's cache, once there is one; asked before each call, as the order of settings is open."""
    global _GRACES, _REFRESHER  # one cache a process, and LiteLLM keeps it in a global as well
    cache = litellm.cache
    if type(cache) is Cache:
        _GRACES, _REFRESHER = graces, refresher
        refresher.alone = str(cache.type) == "local"
        cache.__class__ = GraceCache


def install_gate(core: Guard) -> None:
    """Puts a gate behind each look-up in the response cache: LiteLLM asks there before it calls a provider, always.

    What no cache answers and no budget pays for ends here (guard.looked_up raises Refused).
    """
    inner = LLMCachingHandler.async_get_cache
    if getattr(inner, "modelguard", None) is not None:
        return

    async def look_up(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = await inner(self, *args, **kwargs)
        core.looked_up(CURRENT.get(), _answered(found))
        return found

    look_up.modelguard = core  # type: ignore[attr-defined]
    LLMCachingHandler.async_get_cache = look_up
    core.caches = lambda: litellm.cache is not None


def _answered(found: Any) -> bool:
    """Whether LiteLLM goes on to no provider with what its cache said; of a list of inputs all must be there."""
    if found is None:
        return False
    if found.final_embedding_cached_response is not None:
        return found.embedding_all_elements_cache_hit is True
    return found.cached_result is not None


class GraceCache(Cache):  # type: ignore[misc]  # LiteLLM is not there when types are checked
    """A Cache that knows of switches of models."""

    async def async_get_cache(self, dynamic_cache_object: Any = None, **kwargs: Any) -> Any:
        """An entry; during a switch also the old model's, and never one of the old model that is not marked."""
        call, graces = CURRENT.get(), _GRACES
        self._note(call, kwargs)
        rule = None
        if call is not None and graces is not None and call.consumer is not None and not self._is_semantic_cache():
            rule = graces.rule(call, _raw(kwargs))
        if call is None or graces is None or rule is None:
            return await super().async_get_cache(dynamic_cache_object=dynamic_cache_object, **kwargs)
        try:
            if self.should_use_cache(**kwargs) is not True:
                return None
            return await self._with_grace(call, graces, rule, dynamic_cache_object, kwargs)
        except Exception:  # as LiteLLM's own: a broken cache is a miss
            return None

    def get_cache(self, dynamic_cache_object: Any = None, **kwargs: Any) -> Any:
        """An entry, of a backend that can't be waited for."""
        self._note(CURRENT.get(), kwargs)
        return super().get_cache(dynamic_cache_object=dynamic_cache_object, **kwargs)

    def _note(self, call: Call | None, kwargs: Mapping[str, Any]) -> None:
        """The key that is asked for, for the line about the call; a semantic cache's says nothing of the prompt."""
        key = kwargs.get("cache_key")
        if call is not None and isinstance(key, str) and not self._is_semantic_cache():
            call.cache_keys.setdefault(str(_metadata(kwargs).get("model_group") or ""), set()).add(key)

    async def _with_grace(self, call: Call, graces: Graces, rule: Grace, dynamic: Any, kwargs: dict[str, Any]) -> Any:
        key = kwargs.get("cache_key") or self.get_cache_key(**kwargs)
        own, answer = await self._entry(dynamic, key, kwargs)
        if own is not None and origin(rule, own, answer) == "old" and dynamic is not None:
            # The copy in this process's memory may be older than what another worker has refreshed since.
            shared, fresh = await self._entry(None, key, kwargs)
            own, answer = (shared, fresh) if shared is not None else (own, answer)
        if own is not None and origin(rule, own, answer) == "new":
            return answer
        if not await graces.open(call, rule):
            return None
        if own is None:
            own, answer = await self._of_old_name(call, rule, dynamic, kwargs)
        if own is None:
            return None
        await graces.served(call, rule, key, own, answer)
        if _REFRESHER is not None:
            _REFRESHER.want(call, rule, key)
        return answer

    async def _of_old_name(
        self, call: Call, rule: Grace, dynamic: Any, kwargs: dict[str, Any]
    ) -> tuple[Mapping[str, Any] | None, Any]:
        asked = str(_metadata(kwargs).get("model_group") or kwargs.get("model") or "")
        for name in old_names(call.deciding, rule, asked):
            found, answer = await self._entry(dynamic, self._key_of(name, kwargs), kwargs)
            if found is not None:
                return found, answer
        return None, None

    def _key_of(self, name: str, kwargs: Mapping[str, Any]) -> str:
        """The key that the same request had when it asked for another name."""
        again = {k: v for k, v in kwargs.items() if k not in ("cache_key", "litellm_params", "preset_cache_key")}
        for holder in ("metadata", "litellm_metadata"):
            inner = again.get(holder)
            if isinstance(inner, Mapping):
                again[holder] = {**inner, "model_group": name}
        if not _metadata(again):
            again["model"] = name
        return str(self.get_cache_key(**again))

    async def _entry(self, dynamic: Any, key: str, kwargs: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Any]:
        """An entry as it is kept, and its answer; (None, None) where there is none, or it is too old for the request."""
        backend = dynamic if dynamic is not None else self.cache
        rest = {k: v for k, v in kwargs.items() if k != "cache_key"}
        found = await backend.async_get_cache(key, **rest)
        control = kwargs.get("cache") or {}
        limit = control.get("s-max-age", control.get("s-maxage", float("inf")))
        answer = self.get_cache_logic(cached_result=found, max_age=limit)
        if not isinstance(found, Mapping) or answer is None:
            return None, None
        return found, parsed(answer)

    def _add_cache_logic(self, result: Any, **kwargs: Any) -> Any:
        """An entry, with a mark of which model made it."""
        key, data, rest = super()._add_cache_logic(result, **kwargs)
        raw = _raw(kwargs)
        if isinstance(data, dict) and raw:
            data[MARK] = identify(raw).name
        return key, data, rest


def _metadata(kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    for holder in ("metadata", "litellm_metadata"):
        value = kwargs.get(holder)
        if isinstance(value, Mapping) and value.get("model_group"):
            return value
    return {}


def _raw(kwargs: Mapping[str, Any]) -> str:
    deployment = _metadata(kwargs).get("deployment")
    return str(deployment if deployment and "*" not in str(deployment) else kwargs.get("model") or "")
