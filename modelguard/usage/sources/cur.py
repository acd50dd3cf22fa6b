"""AWS Cost and Usage Report 2.0 (Data Exports), Parquet or CSV: tokens and dollars of Bedrock, no counts of requests.

Source: https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/cost-mgmt-understanding-cur-data.html. Amazon's own models and newer
ones have usage types that name them, such as `USE1-NovaLite-input-tokens`, `USE1-Claude4.6Sonnet-cache-read-input-token-count`
or `USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard`. Most models of others are sold through
Marketplace, under product codes of their own: `USE1-MP:USE1_InputTokenCount_Global-Units`, later
`USE1-MP:USE1_cache_read_tokens_standard-Units`, with the model in the product's name, `Claude Sonnet 4.5 (Amazon Bedrock
Edition)`. So a line counts by its usage type. `pricing_unit` says how many tokens one of `line_item_usage_amount` is;
`Units` of Marketplace are millions (its price list: "Million Input Tokens"). Who: a tag of the resource
(`--label tag=KEY`), the IAM principal, else the application inference profile that is the resource. Credits and refunds
are negative and count: it is what was paid. A line that two files hold (`identity_line_item_id`, with its hour and usage type,
as the id alone is unique within one delivery only) counts once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelguard.usage.events import Options, Table
from modelguard.usage.sources.rows import Fields, RowSource

TOKENS = "line_item_usage_type"
_REGION = re.compile(r"^(?:[A-Z]{2,4}\d?|[A-Z]{3}\d)-")
_TOKEN_TYPE = re.compile(
    r"-?(?:mantle-)?(?:text-)?(?:(?:cache-(?:read|write)-)?(?:input|output)|cache-(?:read|write))-tokens?.*$",
    re.IGNORECASE,
)
_VERSION = r"\d+(?:[.-]\d{1,2}(?!\d))?"
_CLAUDE = re.compile(
    rf"claude-?({_VERSION})-?(opus|sonnet|haiku)|claude-?(opus|sonnet|haiku)-?({_VERSION})", re.IGNORECASE
)
_EDITION = re.compile(r"\s*\((?:amazon )?bedrock[^)]*\)\s*$", re.IGNORECASE)
PRODUCTS = ("product.product_name", "product_product_name", "product/ProductName")
"""Where the product's name stands: the map of CUR 2.0, and the columns of reports before it."""
_KIND = r"(input|output|cache[-_]?(read|write))[-_]?token"
OTHER = "(other)"


def model_of(usage_type: str) -> str:
    """The model that a usage type or a product names: `USE1-Claude4.6Sonnet-input-tokens` is bedrock/claude-sonnet-4-6."""
    name = _EDITION.sub("", _TOKEN_TYPE.sub("", _REGION.sub("", usage_type))).replace(" ", "-")
    claude = _CLAUDE.search(name)
    if claude:
        version, family = (claude[1], claude[2]) if claude[1] else (claude[4], claude[3])
        version, family = version.replace(".", "-"), family.lower()
        name = f"claude-{version}-{family}" if version.startswith("3") else f"claude-{family}-{version}"
        return f"bedrock/{name}"
    # A name in small letters is the model's id already.
    spaced = name if name == name.lower() else re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "-", name).lower().strip("-")
    return f"bedrock/{spaced}" if spaced and not spaced.startswith("(") else OTHER


def _events(fields: Fields, options: Options) -> Mapping[str, Table]:
    import ibis

    kind = fields.text(TOKENS).lower()
    unit = fields.text("pricing_unit").fill_null("").upper()
    sold = kind.contains("mp:").fill_null(False) | kind.endswith("-units").fill_null(False)
    millions = unit.startswith("1M") | (sold & ~unit.startswith("1K"))
    factor = ibis.cases((millions, 1_000_000), (unit.startswith("1K"), 1000), else_=1)
    tokens = (fields.value("line_item_usage_amount").cast("float64") * factor).round().cast("int64")
    # What was used counts once: credits and taxes repeat the amount of what they are for.
    tokens = ibis.ifelse(fields.text("line_item_line_item_type").fill_null("Usage").contains("Usage"), tokens, 0)

    def of(*marks: str) -> Table:
        return ibis.or_(*[kind.contains(mark) for mark in marks]).fill_null(False)

    def those(rows: Table) -> Table:
        return ibis.ifelse(rows & kind.contains("token"), tokens, ibis.null("int64"))

    read, write = of("cache-read", "cache_read", "cacheread"), of("cache-write", "cache_write", "cachewrite")
    line = fields.text("identity_line_item_id")
    product = ibis.coalesce(*[fields.text(path) for path in PRODUCTS])
    # A Marketplace product that the report doesn't name is at least not another's.
    unnamed = ibis.literal("marketplace product ").concat(fields.text("line_item_product_code").fill_null("unknown"))
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
        "model": ibis.coalesce(ibis.ifelse(sold, product.fill_null(unnamed), fields.text(TOKENS)), OTHER),
        "tokens_in": those(~read & ~write & of("input")),
        "tokens_out": those(of("output")),
        "cache_read": those(read),
        "cache_write": those(write),
        "cost": fields.value("line_item_unblended_cost"),
        "id": line.concat("|", fields.text("line_item_usage_start_date"), "|", fields.text(TOKENS).fill_null("")),
    }


def _wrong(fields: Fields) -> Mapping[str, Table]:
    """Credits and refunds may be negative, what was used may not."""
    used = fields.text("line_item_line_item_type").fill_null("Usage").contains("Usage")
    return {"line_item_usage_amount": (used & (fields.value("line_item_usage_amount") < 0)).fill_null(False)}


def _other(fields: Fields) -> Table:
    """Lines that are not of models."""
    code = fields.text("line_item_product_code").fill_null("")
    return ~(fields.text(TOKENS).lower().re_search(_KIND).fill_null(False) | code.startswith("AmazonBedrock"))


def source_for(options: Options) -> RowSource:
    """The source, with the tag that names consumers among what is read."""
    tag = options.labels.get("tag")
    tags = tuple(f"resource_tags.{key}" for key in (f"user_{tag}", f"resourceTags/user:{tag}", tag)) if tag else ()
    return RowSource(
        name="cur",
        needed=("line_item_usage_start_date", TOKENS, "line_item_usage_amount", "line_item_unblended_cost"),
        texts=(
            "identity_line_item_id", "line_item_usage_start_date", TOKENS, "pricing_unit", "line_item_line_item_type",
            "line_item_usage_account_id", "line_item_iam_principal", "line_item_resource_id", "line_item_product_code",
            *PRODUCTS, *tags,
        ),
        time="line_item_usage_start_date",
        signed=("line_item_unblended_cost", "line_item_usage_amount"),
        events=_events,
        skip=_other,
        skipped="lines that are not of models",
        wrong=_wrong,
        model_of=model_of,
    )  # fmt: skip
