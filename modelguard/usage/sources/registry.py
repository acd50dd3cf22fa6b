"""The sources by name: those with a row a request or line item, and those of counts."""

from __future__ import annotations

from collections.abc import Callable

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Options
from modelguard.usage.sources import (
    activity,
    bedrock,
    cloudwatch,
    csv_file,
    cur,
    guard,
    litellm,
    provider_apis,
    runs,
    spans,
    telemetry,
)
from modelguard.usage.sources.rows import RowSource

Parser = Callable[[bytes, str, Options], Batch]
"""A source of counts: a file's bytes, how it is shown, and what the command line says."""

ROWS: dict[str, Callable[[Options], RowSource]] = {
    "litellm": lambda options: litellm.SOURCE,
    "bedrock-logs": lambda options: bedrock.SOURCE,
    "guard": lambda options: guard.SOURCE,
    "csv": csv_file.source_for,
    "cur": cur.source_for,
}
PARSERS: dict[str, Parser] = {
    "cloudwatch": cloudwatch.parse,
    "openai": provider_apis.openai,
    "anthropic": provider_apis.anthropic,
    "otel": spans.otel,
    "otel-metrics": telemetry.otlp,
    "prometheus": telemetry.prometheus,
    "langfuse": spans.langfuse,
    "logs-insights": activity.logs_insights,
    "kubernetes": activity.kubernetes,
    "runs": runs.parse,
}
DESCRIPTIONS = {
    "litellm": "LiteLLM_SpendLogs (CSV, JSON, Parquet), /spend/logs answers, postgresql://…",
    "bedrock-logs": "Bedrock model invocation logs as they lie in S3; --label cache=none without a cache",
    "guard": "lines of modelguard's own proxy guard",
    "cur": "Cost and Usage Report 2.0, Parquet or CSV; --label tag=KEY names consumers",
    "csv": "any CSV, JSON lines or Parquet, with --column FIELD=COLUMN",
    "cloudwatch": "GetMetricData with --query or labels, GetMetricStatistics, console CSV",
    "openai": "/v1/organization/usage and /costs answers",
    "anthropic": "/v1/organizations/usage_report and /cost_report answers",
    "otel": "OTLP traces as JSON (GenAI spans)",
    "otel-metrics": "OTLP metrics as JSON (GenAI conventions, and the guard's own)",
    "prometheus": "the same metrics as query_range answers, or samples as text with their times",
    "langfuse": "Langfuse's observations",
    "logs-insights": "CloudWatch Logs Insights results; activity, or usage with model and tokens",
    "kubernetes": "logs of pods: activity by hour for usage attribute",
    "runs": "when jobs started and ended (CSV, kubectl get jobs -o json, Step Functions, Airflow): activity",
}
NAMES = tuple(DESCRIPTIONS)


def row_source(name: str, options: Options) -> RowSource | None:
    """The row source of a name, None where it is a source of counts. Raises InputError for none at all."""
    if name not in DESCRIPTIONS:
        raise InputError(f'there is no source "{name}";', hint=f"there are: {', '.join(NAMES)}")
    make = ROWS.get(name)
    return None if make is None else make(options)


def counts_of(name: str, data: bytes, path: str, options: Options) -> Batch:
    """What a source of counts makes of a file. Raises InputError with the place of what is wrong."""
    try:
        return PARSERS[name](data, path, options)
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        # Documents are checked where they are read; what is of another type altogether ends here.
        raise InputError(f"not shaped like {name}; nothing was imported", path=path) from error
