"""How long `usage import litellm` takes and how much memory: `python bench/usage_scale.py [ROWS] [FOLDER]`.

Writes a CSV export of LiteLLM_SpendLogs with that many rows (default 10 million, about 5 GB; columns and JSON metadata
as the proxy writes them, 31 days, 40 keys, 3 models, Zipf-like reuse through a cache of 31 days), then imports it in a new process.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS_SQL = """
COPY (
  WITH drawn AS (
    SELECT i, hash(i) AS h, hash(i * 7 + 1) AS g, hash(i * 13 + 5) AS m,
      TIMESTAMP '2026-03-01' + to_milliseconds((i * (31 * 86400000.0 / {rows}))::BIGINT) AS moment
    FROM range({rows}) t(i)),
  keyed AS (
    SELECT *, (h % 40)::INT AS svc, floor(power(((g % 1000000) + 1) / 1000000.0, -1.2))::BIGINT % {keys} AS key_rank FROM drawn),
  hits AS (
    SELECT *, row_number() OVER (PARTITION BY svc, key_rank, m % 3 ORDER BY moment) > 1 AS hit FROM keyed)
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


def write(rows: int, path: Path) -> None:
    """Write the export by DuckDB, which takes a minute or two."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET memory_limit = '6GB'")
    connection.execute(ROWS_SQL.format(rows=rows, path=path, keys=max(1000, rows // 50)))


def main() -> None:
    """Print rows, bytes, seconds, and the import's peak memory."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        path = Path(folder) / "spend.csv"
        write(rows, path)
        output = Path(folder) / "usage.jsonl"
        command = [
            sys.executable,
            "-m",
            "modelguard",
            "usage",
            "import",
            "litellm",
            path,
            "--output",
            output,
            "--path",
            folder,
        ]
        started = time.monotonic()
        subprocess.run([str(c) for c in command], check=True, env=os.environ | {"TMPDIR": folder})
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 / 1024
        print(f"{rows:,} rows, {path.stat().st_size / 1e9:.1f} GB: {seconds:.1f} s, peak {peak:.2f} GiB")
        print(
            f"rollup: {output.stat().st_size / 1e6:.2f} MB; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )


if __name__ == "__main__":
    main()
