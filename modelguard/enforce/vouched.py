"""Which LiteLLM the guard knows, and the parts of it that it rests on; it does not start with any other.

tests/enforce/test_contract.py holds these over the oldest and the newest version.
"""

from __future__ import annotations

import inspect
from types import ModuleType

OLDEST = (1, 106, 2)
NEWEST = (1, 108, 7)
"""The newest whose proxy pip resolves (asked on 2026-11-25): `litellm[proxy]` of 1.108.8 to 1.109.3 wants releases of
litellm-enterprise and litellm-proxy-extras, that of 1.110 a package litellm-proxy, that the index did not have."""


class NotVouched(RuntimeError):
    """The guard can't say that it holds inside this LiteLLM."""


def vouch(litellm: ModuleType, version: str | None = None) -> None:
    """Raises NotVouched for a version outside the range, or one in which something that is relied on is different."""
    found = version if version is not None else installed()
    numbers = tuple(int(p) for p in found.split(".")[:3] if p.isdigit())
    if numbers < OLDEST or numbers > NEWEST:
        low, high = ".".join(map(str, OLDEST)), ".".join(map(str, NEWEST))
        raise NotVouched(
            f"modelguard's guard is known to hold in LiteLLM {low} to {high}, and this is {found}. Install one of those, or"
            " a newer modelguard-ci."
        )
    missing = list(broken(litellm))
    if missing:
        raise NotVouched(f"LiteLLM {found} differs in what modelguard's guard rests on: {'; '.join(missing)}")


def installed() -> str:
    """The version of LiteLLM that is installed."""
    from importlib.metadata import version

    return version("litellm")


def broken(litellm: ModuleType) -> list[str]:
    """What of LiteLLM is not as the guard and the cache's grace need it."""
    from litellm.caching.caching import Cache
    from litellm.caching.caching_handler import CachingHandlerResponse, LLMCachingHandler
    from litellm.integrations.custom_logger import CustomLogger
    from litellm.utils import client

    found = []
    wanted = {
        "async_pre_call_deployment_hook": ("kwargs", "call_type"),
        "async_filter_deployments": ("model", "healthy_deployments", "messages", "request_kwargs"),
        "async_log_success_event": ("kwargs", "response_obj", "start_time", "end_time"),
        "async_log_failure_event": ("kwargs", "response_obj", "start_time", "end_time"),
    }
    for name, parameters in wanted.items():
        method = getattr(CustomLogger, name, None)
        if method is None or not set(parameters) <= set(inspect.signature(method).parameters):
            found.append(f"CustomLogger.{name}")
    for name in ("get_cache_key", "async_get_cache", "async_add_cache", "should_use_cache", "_get_model_param_value"):
        if not callable(getattr(Cache, name, None)):
            found.append(f"Cache.{name}")
    around = inspect.getsource(client).partition("async def wrapper_async")[2]
    steps = ("async_pre_call_deployment_hook(", "_llm_caching_handler.async_get_cache(", "await original_function(")
    places = [around.find(step) for step in steps]
    if -1 in places or places != sorted(places):
        found.append("the order of hook, look-up in the cache and call")
    said = set(CachingHandlerResponse.model_fields)
    parts = {"cached_result", "final_embedding_cached_response", "embedding_all_elements_cache_hit"}
    if not inspect.iscoroutinefunction(LLMCachingHandler.async_get_cache) or not parts <= said:
        found.append("LLMCachingHandler.async_get_cache")
    return found
