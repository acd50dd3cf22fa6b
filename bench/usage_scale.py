"""How long `usage import` takes and how much memory: `python bench/usage_scale.py [ROWS] [FOLDER] [--source bedrock-logs]`.

For litellm, writes a CSV export of LiteLLM_SpendLogs with that many rows (default 10 million, 6.6 GB; columns and JSON metadata
as the proxy writes them, 31 days, 40 keys, 3 models, Zipf-like reuse through a cache of 31 days), then imports it in a new
process. With --distinct every request has a cache key of its own, so that nothing can be forgotten: gz files of five million rows.
For bedrock-logs, JSON lines in gz files of a million records, in folders by day and hour as they lie in S3.
Files that lie in FOLDER/logs from an earlier run with --keep are taken as they are.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROWS_SQL = """
COPY (
  WITH drawn AS (
    SELECT i, hash(i) AS h, hash(i * 7 + 1) AS g, hash(i * 13 + 5) AS m,
      TIMESTAMP '2026-03-01' + to_milliseconds((i * (31 * 86400000.0 / {rows}))::BIGINT) AS moment
    FROM range({since}, {until}) t(i)),
  keyed AS (
    SELECT *, (h % 40)::INT AS svc, {key} AS key_rank FROM drawn),
  hits AS (
    SELECT *, {hit} AS hit FROM keyed)
  SELECT 'chatcmpl-' || md5(i::VARCHAR) AS request_id, 'acompletion' AS call_type, sha256(svc::VARCHAR) AS api_key,
    CASE WHEN hit THEN 0 ELSE 0.0123 END AS spend, 1200 + m % 100 AS total_tokens, 1000 + m % 100 AS prompt_tokens, 200 AS completion_tokens,
    strftime(moment, '%Y-%m-%d %H:%M:%S.%g') AS "startTime", strftime(moment + INTERVAL 3 SECOND, '%Y-%m-%d %H:%M:%S.%g') AS "endTime",
    'us.anthropic.claude-' || ['sonnet-4-6', 'opus-4-6', 'haiku-4-5'][(m % 3 + 1)::INT] AS model, 'claude' AS model_group, 'bedrock' AS custom_llm_provider,
    'https://bedrock-runtime.us-east-1.amazonaws.com' AS api_base, '' AS "user", 'team-' || svc % 8 AS team_id,
    '{{"user_api_key": "' || sha256(svc::VARCHAR) || '", "user_api_key_alias": "service-' || svc || '", "user_api_key_team_alias": "team-' || svc % 8
      || '", "requester_ip_address": "10.0.0.1", "applied_guardrails": [], "status": "success"}}' AS metadata,
    CASE WHEN hit THEN 'True' ELSE 'False' END AS cache_hit, sha256(svc || '-' || key_rank || '-' || m % 3) AS cache_key,
    '["User-Agent: openai"]' AS request_tags, 'success' AS status
  FROM hits) TO '{path}' (FORMAT csv, HEADER)
"""  # noqa: E501
REUSED = "floor(power(((g % 1000000) + 1) / 1000000.0, -1.2))::BIGINT % {keys}"
HIT = "row_number() OVER (PARTITION BY svc, key_rank, m % 3 ORDER BY moment) > 1"
LOGS_SQL = """
COPY (
  WITH drawn AS (
    SELECT hash(i) AS h, hash(i * 13 + 5) AS m, md5(i::VARCHAR) AS id,
      TIMESTAMP '2026-03-01' + to_milliseconds((i * (31 * 86400000.0 / {rows}))::BIGINT) AS moment
    FROM range({since}, {until}) t(i))
  SELECT 'ModelInvocationLog' AS "schemaType", '1.0' AS "schemaVersion", strftime(moment, '%Y-%m-%dT%H:%M:%SZ') AS "timestamp",
    '123456789012' AS "accountId",
    {{'arn': 'arn:aws:sts::123456789012:assumed-role/service-' || h % 60 || '-role/service-' || h % 60}} AS "identity",
    'us-east-1' AS region, id[1:8] || '-' || id[9:12] || '-' || id[13:16] || '-' || id[17:20] || '-' || id[21:32] AS "requestId",
    'InvokeModel' AS operation,
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-'
      || ['sonnet-4-6', 'opus-4-6', 'haiku-4-5'][(m % 3 + 1)::INT] || '-v1:0' AS "modelId",
    {{'inputContentType': 'application/json', 'inputTokenCount': 1000 + m % 100, 'cacheReadInputTokenCount': 0, 'cacheWriteInputTokenCount': 0}} AS input,
    {{'outputContentType': 'application/json', 'outputTokenCount': 200 + m % 10}} AS output
  FROM drawn) TO '{path}' (FORMAT json, COMPRESSION gzip)
"""  # noqa: E501
A_FILE, A_PART = 1_000_000, 5_000_000


def write(rows: int, path: Path) -> None:
    """Write the export by DuckDB, which takes a minute or two."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET memory_limit = '6GB'")
    key = REUSED.format(keys=max(1000, rows // 50))
    connection.execute(ROWS_SQL.format(rows=rows, since=0, until=rows, path=path, key=key, hit=HIT))


def write_distinct(rows: int, folder: Path) -> None:
    """Write gz files of requests that each have a key of their own, two at a time."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")

    def one(since: int) -> None:
        path, until = folder / f"spend-{since // A_PART:03}.csv.gz", min(rows, since + A_PART)
        connection.cursor().execute(
            ROWS_SQL.format(rows=rows, since=since, until=until, path=path, key="i", hit="false")
        )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(0, rows, A_PART)))


def write_logs(rows: int, folder: Path) -> None:
    """Write the gz files, two at a time: 100 million records take about ten minutes."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")

    def one(since: int) -> None:
        place = (
            folder / "AWSLogs" / "123456789012" / "BedrockModelInvocationLogs" / "us-east-1" / f"{since // A_FILE:05}"
        )
        place.mkdir(parents=True)
        until = min(rows, since + A_FILE)
        path = place / "20260301T000000000Z_log.json.gz"
        connection.cursor().execute(LOGS_SQL.format(rows=rows, since=since, until=until, path=path))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(0, rows, A_FILE)))


def measured(source: str, files: Path, folder: Path, memory: str) -> None:
    """Import in a new process; print seconds and the import's peak memory."""
    output = folder / "usage.jsonl"
    output.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "modelguard",
        "usage",
        "import",
        source,
        files,
        "--output",
        output,
        "--path",
        folder / "none",
    ]
    (folder / "none").mkdir(exist_ok=True)
    started = time.monotonic()
    subprocess.run(
        [str(c) for c in (*command, "--memory", memory)], check=True, env=os.environ | {"TMPDIR": str(folder)}
    )
    seconds = time.monotonic() - started
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = spent.ru_utime + spent.ru_stime
    print(f"{seconds:.1f} s, processors {processor:.1f} s, peak {spent.ru_maxrss / 2**20:.2f} GiB")
    print(
        f"rollup: {output.stat().st_size / 1e6:.2f} MB; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


def main() -> None:
    """Write the files where they are not there yet, import them, and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="?", type=int, default=10_000_000)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--source", choices=("litellm", "bedrock-logs"), default="litellm")
    parser.add_argument("--distinct", action="store_true", help="litellm: no key is asked for twice")
    parser.add_argument("--memory", default="3GB", help="what DuckDB may use")
    parser.add_argument("--keep", action="store_true", help="leave the files in FOLDER/logs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        logs = (given.folder if given.keep and given.folder else Path(made)) / "logs"
        if not logs.exists():
            logs.mkdir(parents=True)
            if given.source != "litellm":
                write_logs(given.rows, logs)
            elif given.distinct:
                write_distinct(given.rows, logs)
            else:
                write(given.rows, logs / "spend.csv")
        size = sum(path.stat().st_size for path in logs.rglob("*") if path.is_file())
        print(f"{given.rows:,} rows, {size / 1e9:.1f} GB", flush=True)
        measured(given.source, logs, Path(made), given.memory)


if __name__ == "__main__":
    main()
