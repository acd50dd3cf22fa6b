"""A request's body: every model it names, what it may cost at most, and what of the proxy's own it must not set.

A JSON body is written anew from what was read here, so the proxy sees exactly what was judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelguard.enforce.apart import Holds, held, services_of, tools_of, wanted, weight
from modelguard.enforce.routes import Kind

BYTES_A_TOKEN = 2
"""Fewer bytes a token than any tokenizer needs on average for prose or code: an estimate on the safe side."""

# What LiteLLM takes from a body for itself, and a client must not set: where a call goes, whose credentials it uses, what
# it is said to cost, which answer of the cache it gets, whether it is logged, what is dropped again (the limit that we put
# in), which prompt of LiteLLM's own it is, that may bring a model with it after the last gate.
_FORBIDDEN = frozenset(
    "cache_key preset_cache_key caching caching_groups cache_params ttl no-log no_log user_config router_settings_override"
    " model_list api_base base_url api_key api_version api_type organization custom_llm_provider model_id specific_deployment"
    " deployment_id engine deployment proxy_server_request secret_fields input_cost_per_token output_cost_per_token"
    " input_cost_per_second output_cost_per_second base_model model_info logger_fn extra_query extra_headers headers"
    " provider_config use_in_pass_through merge_reasoning_content_in_choices region_name configurable_clientside_auth_params"
    " original_function custom_prompt_dict hf_model_name acompletion atext_completion allowed_model_region"
    " model_config credentials azure_ad_token azure_ad_token_provider azure_username azure_password tenant_id client_id"
    " client_secret max_budget budget_duration callbacks success_callback failure_callback service_callback"
    " prompt_id prompt_label prompt_version additional_drop_params drop_params allowed_openai_params"
    " enable_tag_filtering adapter_id model_group_alias team_id user_api_key disable_global_guardrails".split()
)
_FORBIDDEN_STARTS = ("mock_", "litellm_", "user_api_key", "aws_", "vertex_", "modelguard", "azure_ad", "_")
_KEPT = frozenset({"litellm_session_id", "litellm_trace_id"})
_METADATA = frozenset(
    "model_group caching_groups redis_namespace model_info deployment api_base previous_models semantic-similarity"
    " model_map_information hidden_params headers endpoint".split()
)
_FALLBACKS = (
    "fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "default_fallbacks", "context_window_fallback_dict",
)  # fmt: skip
_EXTRA_BODY = frozenset({"model", "models", "route", "provider", "fallbacks", "model_id", "modelId", "engine"})
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens", "max_tokens_to_sample")
_PUT = {"chat": "max_tokens", "completions": "max_tokens", "messages": "max_tokens", "responses": "max_output_tokens"}


@dataclass(slots=True)
class Asked:
    """What a body asks for. `names` are all that must be allowed; `calls` those that are called unless one fails.

    `several`: whether a list of models is asked at once. `base`: nano-dollars that a session has cost before this.
    `weights`: what a batch's lines come to, by model (batches.py); `longest`: the longest prompt, where many are one.
    `holds`: what is in it beside text. `wants`: what is to come out beside text (`audio`, `image`); `text_only`: that
    nothing else may. `tools`: those that the provider runs, with how often at most (None: nobody says). `services`: tiers
    that cost more than the standard.
    """

    names: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    several: bool = False
    stream: bool = False
    stripped: list[str] = field(default_factory=list)
    kind: Kind = "other"
    max_output: int | None = None
    copies: int = 1
    input_tokens: int = 0
    base: int = 0
    weights: dict[str, list[int]] = field(default_factory=dict)
    longest: int | None = None
    holds: Holds = field(default_factory=Holds)
    wants: frozenset[str] = frozenset()
    text_only: bool = False
    tools: dict[str, int | None] = field(default_factory=dict)
    services: tuple[str, ...] = ()


class BadRequest(Exception):
    """A body that can't be judged; says why, without quoting it."""


def clean(body: dict[str, Any]) -> list[str]:
    """Takes out what a client must not set, in place; the names of what was taken."""
    taken = [k for k in body if _forbidden(k)]
    for key in taken:
        del body[key]
    for holder in ("metadata", "litellm_metadata"):
        inner = body.get(holder)
        if isinstance(inner, dict):
            found = [k for k in inner if k in _METADATA or k.startswith(_FORBIDDEN_STARTS)]
            for key in found:
                del inner[key]
            taken += [f"{holder}.{k}" for k in found]
    extra = body.get("extra_body")
    if isinstance(extra, dict):
        found = [k for k in extra if k in _EXTRA_BODY or _forbidden(k)]
        for key in found:
            del extra[key]
        taken += [f"extra_body.{k}" for k in found]
    cache = body.get("cache")
    if isinstance(cache, dict) and cache.pop("namespace", None) is not None:
        taken.append("cache.namespace")
    elif cache is not None and not isinstance(cache, dict):
        del body["cache"]
        taken.append("cache")
    return taken


def _forbidden(key: str) -> bool:
    return (key in _FORBIDDEN or key.startswith(_FORBIDDEN_STARTS)) and key not in _KEPT


def asked(
    body: Mapping[str, Any], path_model: str | None, query_model: str | list[str] | None, kind: Kind, files: int = 0
) -> Asked:
    """What a cleaned body asks for; `files` are those of a form. Raises BadRequest where the model is named in no way that
    is known."""
    found = Asked(kind=kind)
    for source in (path_model, query_model, body.get("model")):
        names = list(_named(source))
        found.several = found.several or len(names) > 1
        found.calls += [n for n in dict.fromkeys(names) if n not in found.calls]
    found.names = list(found.calls)
    for name in _others(body):
        if name not in found.names:
            found.names.append(name)
    found.stream = body.get("stream") is True
    found.max_output = _limit(body)
    found.copies = _copies(body)
    found.input_tokens = tokens_of(body)
    found.holds = held(body)
    if files:
        found.holds.add_files(kind, files)
    found.wants, found.text_only = wanted(body)
    found.tools = tools_of(body)
    found.services = services_of(body)
    if kind in ("embeddings", "rerank", "moderations"):
        found.max_output = 0
    return found


def _named(value: Any) -> Iterator[str]:
    """A model as LiteLLM reads it: a name, several with commas between them, or a list."""
    if isinstance(value, str):
        yield from (n for part in value.split(",") if (n := part.strip()))
    elif isinstance(value, list):
        for entry in value:
            yield from _named(entry)
    elif value is not None:
        raise BadRequest("`model` is not a text")


def _others(body: Mapping[str, Any]) -> Iterator[str]:
    """Models that are named beside the first: fallbacks of every kind, `models`."""
    yield from _named(body.get("models") if isinstance(body.get("models"), str | list) else None)
    for key in _FALLBACKS:
        yield from _fallback(body.get(key))


def _fallback(value: Any) -> Iterator[str]:
    """Names in `[a, b]`, `[{model: a, …}]`, `[{a: [b]}]` and `{a: b}`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _fallback(entry)
    elif isinstance(value, Mapping):
        if isinstance(value.get("model"), str):
            yield value["model"]
            return
        for entry in value.values():
            yield from _fallback(entry)


def _limit(body: Mapping[str, Any]) -> int | None:
    found = [body.get(k) for k in _LIMITS]
    for holder, key in (
        ("generationConfig", "maxOutputTokens"),
        ("inferenceConfig", "maxTokens"),
        ("config", "maxOutputTokens"),
    ):
        inner = body.get(holder)
        found.append(inner.get(key) if isinstance(inner, Mapping) else None)
    known = [int(v) for v in found if isinstance(v, int | float) and not isinstance(v, bool) and v >= 0]
    thinking = body.get("thinking")
    more = thinking.get("budget_tokens") if isinstance(thinking, Mapping) else None
    # Where thinking does not fit into the limit LiteLLM raises it.
    return max(known) + (more if isinstance(more, int) and more > 0 else 0) if known else None


def _copies(body: Mapping[str, Any]) -> int:
    """How many answers are wanted; a form's figures are texts."""
    inner = body.get("generationConfig")
    counts = [body.get(k) for k in ("n", "best_of", "candidate_count")]
    counts.append(inner.get("candidateCount") if isinstance(inner, Mapping) else None)
    counts = [int(v) if isinstance(v, str) and v.isdecimal() and len(v) < 7 else v for v in counts]
    return max([v for v in counts if isinstance(v, int) and not isinstance(v, bool) and v >= 1], default=1)


def put_limit(body: dict[str, Any], kind: Kind, tokens: int) -> bool:
    """Puts the ledger's limit into a body that has none; whether there is a place for it."""
    key = _PUT.get(kind)
    if key is not None:
        body[key] = tokens
        return True
    if kind == "gemini":
        inner = body.setdefault("generationConfig", {})
        if isinstance(inner, dict):
            inner["maxOutputTokens"] = tokens
            return True
    return False


def tokens_of(value: Any) -> int:
    """Tokens of text that a body may come to, on the safe side; pictures and the like are counted apart (apart.py)."""
    return weight(value) // BYTES_A_TOKEN + 8
