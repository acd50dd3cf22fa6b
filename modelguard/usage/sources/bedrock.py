"""Bedrock's model invocation logs: JSON lines, gz as they lie in S3, or records exported from CloudWatch Logs.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html (schemaType
ModelInvocationLog, 1.0). `input.inputTokenCount` is without the prompt cache's tokens, which stand in
`cacheReadInputTokenCount` and `cacheWriteInputTokenCount`. The caller is `identity.arn`; behind a proxy it is the
proxy's role and names nobody. An application inference profile as `modelId` names its owner, not its model.
Prompts and answers are not read.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelguard.usage.events import Options, Table
from modelguard.usage.sources.rows import Fields, RowSource

TAGS = tuple(f"requestMetadata.{tag}" for tag in ("consumer", "service", "app", "application"))
"""Keys of requestMetadata that name who asks."""
COUNTS = (
    "input.inputTokenCount", "output.outputTokenCount", "input.cacheReadInputTokenCount", "input.cacheWriteInputTokenCount",
)  # fmt: skip


def _events(fields: Fields, options: Options) -> Mapping[str, Table]:
    import ibis

    model, arn = fields.text("modelId"), fields.text("identity.arn")
    profile = ibis.ifelse(model.contains("application-inference-profile/"), model.concat("|"), "")
    name = profile.fill_null("").concat(arn.fill_null("(no identity)"))
    counts = [fields.value(path) for path in COUNTS]
    return {
        "hourly": ibis.literal(True),
        "who": ibis.coalesce(*[fields.text(tag) for tag in TAGS], name),
        "account": fields.text("accountId"),
        "model": model,
        # Whether a response cache answered others of its requests can't be seen from behind it.
        "requests": ibis.literal(1) if options.labels.get("cache") == "none" else ibis.null("int64"),
        "calls": ibis.literal(1),
        **dict(zip(("tokens_in", "tokens_out", "cache_read", "cache_write"), counts, strict=True)),
        "id": fields.text("requestId"),
    }


SOURCE = RowSource(
    name="bedrock-logs",
    needed=("timestamp", "modelId"),
    texts=("accountId", "identity.arn", "requestId", "errorCode", *TAGS),
    time="timestamp",
    counts=COUNTS,
    either=("modelId",),
    events=_events,
    skip=lambda fields: fields.text("errorCode").notnull(),
    skipped="requests that Bedrock refused",
)
