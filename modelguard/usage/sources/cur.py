"""AWS Cost and Usage Report 2.0 (Data Exports), Parquet or CSV: tokens and dollars of Bedrock, no counts of requests.

Source: https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/cost-mgmt-understanding-cur-data.html: usage types such as
`USE1-Claude4.6Sonnet-input-tokens`, `…-output-tokens`, `…-cache-read-input-token-count`,
`…-cache-write-input-token-count`; models of others are sold through Marketplace under product codes of their own, so a line
counts by its usage type. `pricing_unit` says how many tokens one of `line_item_usage_amount` is. Who: a tag of the resource
(`--label tag=KEY`), the IAM principal, else the application inference profile that is the resource. Credits and refunds
are negative and count: it is what was paid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelguard.usage.events import Options, Table
from modelguard.usage.sources.rows import Fields, RowSource

TOKENS = "line_item_usage_type"
_REGION = re.compile(r"^(?:[A-Z]{2,4}\d?|[A-Z]{3}\d)-")
_TOKEN_TYPE = re.compile(r"-?(?:mantle-)?(?:cache-(?:read|write)-)?(?:input|output)-tokens?.*$", re.IGNORECASE)
_CLAUDE = re.compile(
    r"claude-?(\d+(?:\.\d+)?)-?(opus|sonnet|haiku)|claude-?(opus|sonnet|haiku)-?(\d+(?:\.\d+)?)", re.IGNORECASE
)


def model_of(usage_type: str) -> str:
    """The model that a usage type names: `USE1-Claude4.6Sonnet-input-tokens` is claude-sonnet-4-6."""
    name = _TOKEN_TYPE.sub("", _REGION.sub("", usage_type))
    claude = _CLAUDE.search(name)
    if claude:
        version, family = (claude[1], claude[2]) if claude[1] else (claude[4], claude[3])
        version, family = version.replace(".", "-"), family.lower()
        return f"claude-{version}-{family}" if version.startswith("3") else f"claude-{family}-{version}"
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "-", name)
    return spaced.lower().strip("-") or "(other)"


def _events(fields: Fields, options: Options) -> Mapping[str, Table]:
    import ibis

    kind = fields.text(TOKENS).lower()
    unit = fields.text("pricing_unit").fill_null("").upper()
    factor = ibis.cases((unit.startswith("1M"), 1_000_000), (unit.startswith("1K"), 1000), else_=1)
    tokens = (fields.value("line_item_usage_amount").cast("float64") * factor).round().cast("int64")
    # What was used counts once: credits and taxes repeat the amount of what they are for.
    tokens = ibis.ifelse(fields.text("line_item_line_item_type").fill_null("Usage").contains("Usage"), tokens, 0)

    def of(*marks: str) -> Table:
        found = ibis.or_(*[kind.contains(mark) for mark in marks])
        return ibis.ifelse(found, tokens, ibis.null("int64"))

    read, write = kind.contains("cache-read"), kind.contains("cache-write")
    plain_in = ibis.ifelse(~read & ~write & kind.contains("input-token"), tokens, ibis.null("int64"))
    begun = fields.value("line_item_usage_start_date")
    tag = options.labels.get("tag")
    names = [fields.text(path) for path in ("line_item_iam_principal", "line_item_resource_id")]
    tags = (
        [fields.text(f"resource_tags.{key}") for key in (f"user_{tag}", f"resourceTags/user:{tag}", tag)] if tag else []
    )
    return {
        # Daily reports have every line at 00:00, as hourly ones have some.
        "hourly": ibis.literal(options.labels.get("granularity") == "hourly") & begun.notnull(),
        "who": ibis.coalesce(*tags, *names, ibis.literal("(all callers)")),
        "account": fields.text("line_item_usage_account_id"),
        "model": fields.text(TOKENS),
        "tokens_in": plain_in,
        "tokens_out": of("output-token"),
        "cache_read": of("cache-read"),
        "cache_write": of("cache-write"),
        "cost": fields.value("line_item_unblended_cost"),
    }


def _other(fields: Fields) -> Table:
    """Lines that are not of models."""
    code = fields.text("line_item_product_code").fill_null("")
    return ~(fields.text(TOKENS).lower().contains("-token").fill_null(False) | (code == "AmazonBedrock"))


def source_for(options: Options) -> RowSource:
    """The source, with the tag that names consumers among what is read."""
    tag = options.labels.get("tag")
    tags = tuple(f"resource_tags.{key}" for key in (f"user_{tag}", f"resourceTags/user:{tag}", tag)) if tag else ()
    return RowSource(
        name="cur",
        needed=("line_item_usage_start_date", TOKENS, "line_item_usage_amount", "line_item_unblended_cost"),
        texts=(
            TOKENS, "pricing_unit", "line_item_line_item_type", "line_item_usage_account_id", "line_item_iam_principal",
            "line_item_resource_id", "line_item_product_code", *tags,
        ),
        time="line_item_usage_start_date",
        signed=("line_item_unblended_cost", "line_item_usage_amount"),
        either=(TOKENS,),
        events=_events,
        skip=_other,
        skipped="lines that are not of models",
        model_of=model_of,
    )  # fmt: skip
