"""A request's body: every model it names, what it may cost at most, and what of the proxy's own it must not set.

A JSON body is written anew from what was read here, so the proxy sees exactly what was judged.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from modelguard.enforce.apart import FALLBACKS, Holds, held, services_of, settings, targets, tools_of, wanted, weight
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
    " enable_tag_filtering adapter_id model_group_alias team_id user_api_key disable_global_guardrails"
    " use_litellm_proxy silent_model model_alias_map ssl_verify shared_session client self async_call fallback_depth"
    " max_fallbacks attempted_targets routing_strategy sagemaker_base_url s3_endpoint_url deployment_url".split()
)
_FORBIDDEN_STARTS = ("mock_", "litellm_", "user_api_key", "aws_", "vertex_", "modelguard", "azure_ad", "_")
_KEPT = frozenset({"litellm_session_id", "litellm_trace_id"})
_METADATA = frozenset(
    "model_group caching_groups redis_namespace model_info deployment api_base previous_models semantic-similarity"
    " model_map_information hidden_params headers endpoint".split()
)
_EXTRA_BODY = frozenset({"model", "models", "route", "provider", "fallbacks", "model_id", "modelId", "engine"})
DEFAULT_OUTPUT = 4096
"""Tokens of output that are reserved where neither the client nor the ledger says; it is not put into the request."""
_LIMITS = (
    "max_completion_tokens", "max_tokens", "max_output_tokens", "max_tokens_to_sample", "maxOutputTokens", "maxTokens",
    "maxTokenCount", "max_gen_len", "max_new_tokens", "max_length", "num_predict",
)  # fmt: skip
_COPIES = (
    "n", "best_of", "candidate_count", "candidateCount", "sampleCount", "num_images", "numberOfImages",
    "num_return_sequences",
)  # fmt: skip
_PUT = {"chat": "max_tokens", "completions": "max_tokens", "messages": "max_tokens", "responses": "max_output_tokens"}


# Where a limit counts, by where ours is put.
_PLACES = {
    "max_tokens": ("max_tokens",),
    "max_completion_tokens": ("max_tokens", "max_completion_tokens"),
    "max_output_tokens": ("max_output_tokens",),
    "inferenceConfig.maxTokens": ("inferenceConfig.maxTokens",),
    "generationConfig.maxOutputTokens": (
        "generationConfig.maxOutputTokens", "generationConfig.max_output_tokens", "generation_config.maxOutputTokens",
        "generation_config.max_output_tokens",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Asked:
    """What a body asks for. `names` are all that must be allowed; `calls` those that are called unless one fails.

    `several`: whether a list of models is asked at once. `base`: nano-dollars that a session has cost before this.
    `weights`: what a batch's lines come to, by model (batches.py); `longest`: the longest prompt, where many are one.
    `holds`: what is in it beside text. `wants`: what is to come out beside text (`audio`, `image`); `text_only`: that
    nothing else may. `elsewhere`: the most that a limit names where it may not count. `thinking`: tokens that come on top
    of the limit that is put in. `tools`: those that the provider runs, with how often at most (None: nobody says).
    `services`: tiers that cost more than the standard. `trouble`: why it can't be served, whoever asks.
    """

    names: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    several: bool = False
    stream: bool = False
    stripped: list[str] = field(default_factory=list)
    kind: Kind = "other"
    max_output: int | None = None
    elsewhere: int = 0
    thinking: int = 0
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
    trouble: str = ""


class BadRequest(Exception):
    """A body that can't be judged; says why, without quoting it."""


def clean(body: dict[str, Any], depth: int = 0) -> list[str]:
    """Takes out what a client must not set, in place; the names of what was taken."""
    taken = [k for k in body if _forbidden(k) or (k in _LIMITS and not _means(body[k], depth))]
    for key in taken:
        del body[key]
    for holder in ("metadata", "litellm_metadata"):
        taken += [f"{holder}.{k}" for k in _clean_metadata(body, holder)]
    extra = body.get("extra_body")
    if isinstance(extra, dict):
        found = [k for k in extra if k in _EXTRA_BODY]
        for key in found:
            del extra[key]
        found += clean(extra, depth + 1) if depth < _DEPTH else _emptied(extra)
        taken += [f"extra_body.{k}" for k in found]
    for key in FALLBACKS:
        for target in targets(body.get(key)):
            found = clean(target, depth + 1) if depth < _DEPTH else _emptied(target)
            taken += [f"{key}.{k}" for k in found]
    cache = body.get("cache")
    if isinstance(cache, dict) and cache.pop("namespace", None) is not None:
        taken.append("cache.namespace")
    elif cache is not None and not isinstance(cache, dict):
        del body["cache"]
        taken.append("cache")
    return taken


_DEPTH = 4


def _emptied(holder: dict[str, Any]) -> list[str]:
    """Nobody nests so deeply but to hide something."""
    found = list(holder)
    holder.clear()
    return found


def _clean_metadata(body: dict[str, Any], holder: str) -> list[str]:
    """The same in metadata, which LiteLLM also takes as JSON in a text."""
    inner = body.get(holder)
    if isinstance(inner, str):
        try:
            inner = msgspec.json.decode(inner)
        except (msgspec.DecodeError, RecursionError):
            return []
    if not isinstance(inner, dict):
        return []
    found = [k for k in inner if k in _METADATA or k.startswith(_FORBIDDEN_STARTS)]
    for key in found:
        del inner[key]
    if found and isinstance(body[holder], str):
        body[holder] = msgspec.json.encode(inner).decode()
    return found


def _forbidden(key: str) -> bool:
    return (key in _FORBIDDEN or key.startswith(_FORBIDDEN_STARTS)) and key not in _KEPT


def asked(
    body: Mapping[str, Any],
    path_model: str | None,
    query_model: str | list[str] | None,
    kind: Kind,
    files: int = 0,
    place: str = "",
) -> Asked:
    """What a cleaned body asks for; `files` are those of a form, `place` is a provider's own for the limit of output
    (`Route.limit`). Raises BadRequest where the model is named in no way that is known."""
    found = Asked(kind=kind)
    for source in (path_model, *_each(query_model), body.get("model")):
        names = list(_named(source))
        if len(set(names)) < len(names):
            # The proxy calls it as often, and accounts for it once.
            found.trouble = "`model` names one model twice"
        found.several = found.several or len(names) > 1
        found.calls += [n for n in dict.fromkeys(names) if n not in found.calls]
    found.names = list(found.calls)
    for name in _others(body):
        if name not in found.names:
            found.names.append(name)
    found.stream = body.get("stream") is True
    if found.several and body.get("stream") and not body.get("fastest_response"):
        # LiteLLM calls them all, and then answers 500.
        found.trouble = "Several models at once can't be streamed, but with `fastest_response`"
    found.thinking = _thinking(body)
    limits = _limits(body)
    if limits and _counts(body, _PLACES.get(place, ()) if place else _own_places(body, kind)):
        # Where thinking does not fit into the limit LiteLLM raises it. One of 0 some take for none.
        found.max_output = (max(limits) or DEFAULT_OUTPUT) + found.thinking
    found.elsewhere = max(limits, default=0)
    found.copies = _copies(body, kind)
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


def _each(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


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
    for key in FALLBACKS:
        yield from _fallback(body.get(key))


def _fallback(value: Any) -> Iterator[str]:
    """Names in `[a, b]`, `[{model: a, …}]`, `[{a: [b]}]` and `{a: b}`; of one with fallbacks of its own also those."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _fallback(entry)
    elif isinstance(value, Mapping):
        if isinstance(value.get("model"), str):
            yield value["model"]
            yield from _others(value)
            return
        for entry in value.values():
            yield from _fallback(entry)


_MANY = 10**15


def _number(value: Any) -> int | None:
    """A count, as readers of bodies take one: 5, 5.0, "5", " 5"; None for anything else."""
    if isinstance(value, str) and len(value) < 24:
        try:
            value = float(value)
        except ValueError:
            return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (isinstance(value, float) and math.isnan(value))
    ):
        return None
    return math.ceil(max(min(value, _MANY), -_MANY))


def _means(value: Any, depth: int) -> bool:
    """Whether a limit's value is one: what is none (-1, a list) some providers take for no limit at all. Below the top a
    null would take away the limit of the top."""
    found = _number(value)
    return (value is None and not depth) or (found is not None and found >= 0)


def _own_places(body: Mapping[str, Any], kind: Kind) -> Collection[str]:
    """Where LiteLLM's own routes look for the limit; of Google's they take `config` for `generationConfig`."""
    if kind == "gemini":
        return (_google_place(body),)
    if kind == "chat":
        return _PLACES["max_completion_tokens"]
    return _PLACES.get(_PUT.get(kind, ""), ())


def _google_place(body: Mapping[str, Any]) -> str:
    return f"{'generationConfig' if body.get('config') is None else 'config'}.maxOutputTokens"


def _limits(body: Mapping[str, Any]) -> list[int]:
    """The limits of output that a body names, anywhere."""
    found = (_number(holder.get(k)) for holder in settings(body) for k in _LIMITS)
    return [n for n in found if n is not None and n >= 0]


def _counts(body: Mapping[str, Any], places: Collection[str]) -> bool:
    """Whether a limit stands in a place that counts: one that nobody reads is none."""
    return not places or any(_at(body, place) for place in places)


def _at(body: Mapping[str, Any], place: str) -> bool:
    """Whether there is a count at `a.b`; what goes on to the provider as it is counts as the top."""
    holder_name, _, key = place.rpartition(".")
    tops = [h for h in (body, body.get("extra_body")) if isinstance(h, Mapping)]
    holders = [h.get(holder_name) for h in tops] if holder_name else tops
    return any(isinstance(h, Mapping) and _number(h.get(key)) is not None for h in holders)


def _thinking(body: Mapping[str, Any]) -> int:
    found = [_number(t.get("budget_tokens")) for h in settings(body) if isinstance(t := h.get("thinking"), Mapping)]
    return max([n for n in found if n is not None and n > 0], default=0)


def _copies(body: Mapping[str, Any], kind: Kind) -> int:
    """How many answers are wanted; each of a list of prompts is answered."""
    counts = [n for h in settings(body) for k in _COPIES if (n := _number(h.get(k))) is not None and n >= 1]
    prompts = [
        len(p) for h in settings(body) if isinstance(p := h.get("prompt"), list) and any(_is_prompt(x) for x in p)
    ]
    several = max(prompts, default=1) if kind in ("completions", "pass-through") else 1
    return max(counts, default=1) * several


def _is_prompt(entry: Any) -> bool:
    return isinstance(entry, str | list)


def put_limit(body: dict[str, Any], kind: Kind, tokens: int, place: str = "") -> bool:
    """Puts the ledger's limit into a body that has none; whether there is a place for it, `place` (`a.b`) or the kind's."""
    own = _google_place(body) if kind == "gemini" else _PUT.get(kind, "")
    holder_name, _, key = (place or own).rpartition(".")
    if not key:
        return False
    holder = body.setdefault(holder_name, {}) if holder_name else body
    if not isinstance(holder, dict):
        return False
    holder[key] = tokens
    return True


def tokens_of(value: Any) -> int:
    """Tokens of text that a body may come to, on the safe side; pictures and the like are counted apart (apart.py)."""
    return weight(value) // BYTES_A_TOKEN + 8
