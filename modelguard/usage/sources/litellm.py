"""LiteLLM's spend logs: `LiteLLM_SpendLogs` exported as CSV or JSON, or what `/spend/logs` answers.

Source: the table in litellm's schema.prisma and `spend_tracking_utils.get_logging_payload` (v1.7x). `cache_hit` is the
text "True", "False" or "None"; `cache_key` is "Cache OFF" without a cache, which is no key; `spend` is 0 for hits, whose
tokens are still filled; `metadata` is JSON with the key's alias; times are UTC. `prompt_tokens` hold those of the
provider's prompt cache, which are taken out. Failed requests were not answered and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelguard.usage.events import BLANK, Options, Table, rest_of
from modelguard.usage.sources.rows import Fields, RowSource

NO_KEY = ("Cache OFF", *BLANK)
READ = (
    "metadata.usage_object.cache_read_input_tokens",
    "metadata.usage_object.prompt_tokens_details.cached_tokens",
    "metadata.additional_usage_values.cache_read_input_tokens",
    "metadata.additional_usage_values.prompt_tokens_details.cached_tokens",
)
WRITTEN = (
    "metadata.usage_object.cache_creation_input_tokens",
    "metadata.additional_usage_values.cache_creation_input_tokens",
)
NAMES = ("metadata.user_api_key_alias", "metadata.user_api_key_team_alias", "user", "api_key")
"""Who asks: the key's alias, then the team's, the user, and last the key's hash."""


def _events(fields: Fields, options: Options) -> Mapping[str, Table]:
    import ibis

    hit = fields.text("cache_hit").isin(["True", "true", "TRUE", "t"])
    model, provider = fields.text("model"), fields.text("custom_llm_provider")
    routed = ibis.ifelse(model.contains("/") | provider.isnull(), model, provider.concat("/").concat(model))
    read = ibis.coalesce(*[fields.value(path) for path in READ])
    written = ibis.coalesce(*[fields.value(path) for path in WRITTEN])
    prompt = fields.value("prompt_tokens")
    key = fields.text("cache_key")
    return {
        "hourly": ibis.literal(True),
        "who": ibis.coalesce(*[fields.text(path) for path in NAMES], ibis.literal("(no key)")),
        "model": ibis.coalesce(routed, fields.text("model_group")),
        "requests": ibis.literal(1),
        "calls": ibis.ifelse(hit.fill_null(False), 0, 1),
        "tokens_in": rest_of(prompt, read, written),
        "tokens_out": fields.value("completion_tokens"),
        "cache_read": read,
        "cache_write": written,
        "cost": fields.value("spend"),
        "key": ibis.ifelse(key.isin(NO_KEY), ibis.null("string"), key),
        "id": fields.text("request_id"),
    }


def _skip(fields: Fields) -> Table:
    return (fields.text("status") == "failure").fill_null(False) | (
        fields.text("metadata.status") == "failure"
    ).fill_null(False)


SOURCE = RowSource(
    name="litellm",
    needed=("startTime", "model", "prompt_tokens", "completion_tokens"),
    texts=("request_id", "cache_hit", "cache_key", "status", "metadata.status", "custom_llm_provider", *NAMES),
    time="startTime",
    counts=("prompt_tokens", "completion_tokens", *READ, *WRITTEN),
    amounts=("spend",),
    either=("model", "model_group"),
    events=_events,
    skip=_skip,
    skipped="failed requests",
)
