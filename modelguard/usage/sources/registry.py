"""The sources by name."""

from __future__ import annotations

from collections.abc import Callable

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Options
from modelguard.usage.sources import bedrock, csv_file, litellm
from modelguard.usage.sources.rows import RowSource

Parser = Callable[[bytes, str, Options], Batch]
"""A source of counts: a file's bytes, how it is shown, and what the command line says."""

ROWS: dict[str, RowSource] = {s.name: s for s in (litellm.SOURCE, bedrock.SOURCE)}
PARSERS: dict[str, Parser] = {}
DESCRIPTIONS = {
    "litellm": "LiteLLM_SpendLogs as CSV, JSON or Parquet, /spend/logs answers, or a read-only Postgres URL",
    "bedrock-logs": "Bedrock model invocation logs, JSON lines or gz, as they lie in S3",
    "csv": "any CSV, JSON lines or Parquet with --column FIELD=COLUMN",
}
NAMES = tuple(sorted(DESCRIPTIONS))


def row_source(name: str, options: Options) -> RowSource | None:
    """The row source of a name, None where it is a source of counts. Raises InputError for none at all."""
    if name not in DESCRIPTIONS:
        raise InputError(f'there is no source "{name}";', hint=f"there are: {', '.join(NAMES)}")
    if name == "csv":
        return csv_file.source_for(options)
    return ROWS.get(name)
