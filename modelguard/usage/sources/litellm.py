"""LiteLLM's spend logs: `LiteLLM_SpendLogs` exported as CSV or JSON, or what `/spend/logs` answers.

Source: the table in litellm's schema.prisma and `spend_tracking_utils.get_logging_payload` (v1.7x). `cache_hit` is the
text "True", "False" or "None"; `cache_key` is "Cache OFF" without a cache, which is no key; `spend` is 0 for hits, whose
tokens are still filled; `metadata` is JSON with the key's alias; times are UTC. `prompt_tokens` hold those of the
provider's prompt cache, which are taken out. Failed requests were not answered and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelguard.usage.events import Options, Table, first_bad, moment, money, number, wrong_count, wrong_time
from modelguard.usage.sources.rows import Columns, RowSource

NO_KEY = ("Cache OFF", "None")


def _events(columns: Columns, options: Options) -> Mapping[str, Table]:
    import ibis

    at = moment(columns.text("startTime"))
    prompt, completion = columns.text("prompt_tokens"), columns.text("completion_tokens")
    tokens_in, tokens_out = number(prompt), number(completion)
    spend = columns.text("spend")
    cost = money(spend)
    hit = columns.text("cache_hit").lower() == "true"
    model, provider = columns.text("model"), columns.text("custom_llm_provider")
    routed = ibis.ifelse(
        model.contains("/") | provider.isnull() | (model == ""), model, provider.concat("/").concat(model)
    )
    key = columns.text("cache_key")
    read, write = _prompt_cache(columns)
    return {
        "at": at,
        "hourly": ibis.literal(True),
        "who": _who(columns),
        "model": ibis.coalesce(routed, columns.text("model_group")),
        "requests": ibis.literal(1),
        "calls": ibis.ifelse(hit.fill_null(False), 0, 1),
        "tokens_in": ibis.greatest(tokens_in - read.fill_null(0) - write.fill_null(0), 0),
        "tokens_out": tokens_out,
        "cache_read": read,
        "cache_write": write,
        "cost": cost,
        "key": ibis.ifelse(key.isin(NO_KEY), ibis.null("string"), key),
        "id": columns.text("request_id"),
        "bad": first_bad(
            {
                "startTime": wrong_time(at),
                "model": model.isnull() & columns.text("model_group").isnull(),
                "prompt_tokens": wrong_count(prompt, tokens_in),
                "completion_tokens": wrong_count(completion, tokens_out),
                "spend": (spend.notnull() & cost.isnull()) | (cost < 0).fill_null(False),
            }
        ),
    }


def _who(columns: Columns) -> Table:
    """The key's alias, then the team's, the user, and last the key's hash."""
    import ibis

    alias = columns.text("metadata", "user_api_key_alias")
    parts = [alias, columns.text("metadata", "user_api_key_team_alias"), columns.text("user"), columns.text("api_key")]
    return ibis.coalesce(*parts, ibis.literal("(no key)"))


def _prompt_cache(columns: Columns) -> tuple[Table, Table]:
    """Tokens read from and written to the provider's prompt cache. Most rows have none, and their JSON is not opened."""
    import ibis

    metadata = columns.text("metadata")
    touched = metadata.contains("cached_tokens") | metadata.contains("cache_read") | metadata.contains("cache_creation")

    def under(*paths: tuple[str, ...]) -> Table:
        found = ibis.coalesce(*[number(columns.text("metadata", *path)) for path in paths])
        return ibis.ifelse(touched.fill_null(False), found, ibis.null("int64"))

    read = under(
        ("usage_object", "cache_read_input_tokens"),
        ("usage_object", "prompt_tokens_details", "cached_tokens"),
        ("additional_usage_values", "cache_read_input_tokens"),
        ("additional_usage_values", "prompt_tokens_details", "cached_tokens"),
    )
    write = under(
        ("usage_object", "cache_creation_input_tokens"), ("additional_usage_values", "cache_creation_input_tokens")
    )
    return read, write


def _skip(columns: Columns) -> Table:
    failed = columns.text("status").lower() == "failure"
    return failed.fill_null(False) | (columns.text("metadata", "status").lower() == "failure").fill_null(False)


SOURCE = RowSource(
    name="litellm",
    needed=("startTime", "model", "prompt_tokens", "completion_tokens"),
    others=(
        "request_id", "api_key", "user", "metadata", "cache_hit", "cache_key", "spend", "status", "model_group",
        "custom_llm_provider",
    ),
    events=_events,
    skip=_skip,
    skipped="failed requests",
)  # fmt: skip
