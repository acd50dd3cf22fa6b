"""Bedrock's model invocation logs: JSON lines, gz as they lie in S3, or records exported from CloudWatch Logs.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html (schemaType
ModelInvocationLog, 1.0). `input.inputTokenCount` is without the prompt cache's tokens, which stand in
`cacheReadInputTokenCount` and `cacheWriteInputTokenCount`. The caller is `identity.arn`; behind a proxy it is the
proxy's role and names nobody. An application inference profile as `modelId` names its owner, not its model.
Prompts and answers are not read.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelguard.usage.events import Options, Table, first_bad, moment, number, wrong_count, wrong_time
from modelguard.usage.sources.rows import Columns, RowSource

TAGS = ("consumer", "service", "app", "application")
"""Keys of requestMetadata that name who asks."""


def _events(columns: Columns, options: Options) -> Mapping[str, Table]:
    import ibis

    at = moment(columns.text("timestamp"))
    texts = {
        "input.inputTokenCount": columns.text("input", "inputTokenCount"),
        "output.outputTokenCount": columns.text("output", "outputTokenCount"),
        "input.cacheReadInputTokenCount": columns.text("input", "cacheReadInputTokenCount"),
        "input.cacheWriteInputTokenCount": columns.text("input", "cacheWriteInputTokenCount"),
    }
    counts = {name: number(text) for name, text in texts.items()}
    model, arn = columns.text("modelId"), columns.text("identity", "arn")
    tags = [columns.text("requestMetadata", tag) for tag in TAGS]
    profile = ibis.ifelse(model.contains("application-inference-profile/"), model.concat("|"), "")
    who = ibis.coalesce(*tags, profile.fill_null("").concat(arn.fill_null("(no identity)")))
    return {
        "at": at,
        "hourly": ibis.literal(True),
        "who": who,
        "account": columns.text("accountId"),
        "model": model,
        # Whether a response cache answered others of its requests can't be seen from behind it.
        "requests": ibis.literal(1) if options.labels.get("cache") == "none" else ibis.null("int64"),
        "calls": ibis.literal(1),
        "tokens_in": counts["input.inputTokenCount"],
        "tokens_out": counts["output.outputTokenCount"],
        "cache_read": counts["input.cacheReadInputTokenCount"],
        "cache_write": counts["input.cacheWriteInputTokenCount"],
        "id": columns.text("requestId"),
        "bad": first_bad(
            {
                "timestamp": wrong_time(at),
                "modelId": model.isnull(),
                **{name: wrong_count(text, counts[name]) for name, text in texts.items()},
            }
        ),
    }


SOURCE = RowSource(
    name="bedrock-logs",
    needed=("timestamp", "modelId"),
    others=(
        "accountId",
        "identity",
        "region",
        "requestId",
        "operation",
        "input",
        "output",
        "requestMetadata",
        "errorCode",
    ),
    events=_events,
    skip=lambda columns: columns.text("errorCode").notnull(),
    skipped="requests that Bedrock refused",
    nested={
        "identity": ("arn",),
        "input": ("inputTokenCount", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"),
        "output": ("outputTokenCount",),
        "requestMetadata": TAGS,
    },
)
