"""The same rollup from Spark as from DuckDB, row by row; a table of a connection; LiteLLM's own Postgres, read-only."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner
from usagelib import need, requests, rollup, spend_logs

from modelguard.cli import main
from modelguard.usage.events import Options
from modelguard.usage.importer import rolled_up
from modelguard.usage.load import load_table
from modelguard.usage.sources.registry import row_source
from modelguard.usage.warehouse import Warehouse

pytestmark = pytest.mark.slow


@pytest.mark.filterwarnings("ignore")
def test_sparks_rollup_is_duckdbs(tmp_path: Path) -> None:
    """Two days of a cache of 13 hours that consumers share, with prompt caching, failures and copies."""
    need(find_spec("pyspark"), "pyspark")
    need(shutil.which("java"), "java")
    lines = spend_logs(requests(3, 800, days=2, ttl_hours=13, shared=True)).splitlines(keepends=True)
    lines[5] = lines[5].replace("success", "failure")
    # Some hits have no tokens: what an empty cache would bill is then told by the next request of the same key.
    hits = [number for number, line in enumerate(lines) if ",True," in line][::3]
    for number in hits:
        lines[number] = re.sub(r",0,\d+,\d+,\d+,", ",0,0,0,0,", lines[number], count=1)
    assert hits
    lines.append(lines[9])
    path = tmp_path / "spend.csv"
    path.write_text("".join(lines))
    ours, theirs = rollup(None, path), rollup("pyspark://", path)
    assert len(ours.rows) == 4
    for one, other in zip(ours.rows, theirs.rows, strict=True):
        assert one == other
    assert (ours.caches, ours.notes) == (theirs.caches, theirs.notes)


@pytest.mark.filterwarnings("ignore")
def test_sparks_cost_report_is_duckdbs(tmp_path: Path) -> None:
    """Products in a map as JSON, lines that are there twice, a tax, what is of no model."""
    need(find_spec("pyspark"), "pyspark")
    need(shutil.which("java"), "java")
    sold = '"{""product_name"":""Claude Sonnet 4.5 (Amazon Bedrock Edition)""}"'
    path, day = tmp_path / "cur.csv", "2026-03-02T00:00:00Z"
    lines = [
        "identity_line_item_id,line_item_usage_start_date,line_item_usage_type,line_item_usage_amount,"
        "line_item_unblended_cost,pricing_unit,line_item_product_code,line_item_line_item_type,product",
        *[f"a,{day},USE1-MP:USE1_InputTokenCount-Units,1.5,4.95,Units,xyz,Usage,{sold}"] * 2,
        f"b,{day},USE1-MP:USE1_cache_read_tokens_standard-Units,2,0.6,Units,xyz,Usage,{sold}",
        f"c,{day},USE1-NovaLite-output-tokens,20,0.1,1K tokens,AmazonBedrock,Usage,",
        f"d,{day},,1,0.2,,AmazonBedrock,Tax,",
        f"e,{day},BoxUsage:t3,1,0.2,Hrs,AmazonEC2,Usage,",
    ]
    path.write_text("\n".join(lines) + "\n")
    ours, theirs = rollup(None, path, "cur"), rollup("pyspark://", path, "cur")
    assert [row.model for row in ours.rows] == ["(other)", "claude-sonnet-4-5", "nova-lite"]
    assert (ours.rows, ours.notes) == (theirs.rows, theirs.notes)


def test_a_table_of_a_connection_is_read_where_it_is(tmp_path: Path) -> None:
    import duckdb

    path, base = tmp_path / "spend.csv", tmp_path / "house.duckdb"
    path.write_text(spend_logs(requests(1, 500)))
    with duckdb.connect(str(base)) as connection:
        # Types of its own, as a warehouse has them.
        connection.execute(f"create table spend_logs as from read_csv('{path}', header = true)")
    options = Options()
    source = row_source("litellm", options)
    assert source is not None
    with Warehouse(f"duckdb://{base}") as warehouse:
        loaded = load_table(warehouse, source, "spend_logs", options)
        found = rolled_up(warehouse, loaded, "litellm", [], (), lambda *_: None)
    assert found.rows == rollup(None, path).rows


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A server of our own on a free port of the loopback, with a database and a role that may only read."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").exists() else []
    need(binaries, "postgresql")
    need(find_spec("psycopg"), "psycopg")
    # Not pytest's folder: only its owner may enter that, and the server does not run as root.
    bin_, folder = binaries[-1], Path(tempfile.mkdtemp(prefix="modelguard-pg-"))
    folder.chmod(0o777)
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    subprocess.run(
        [*as_user, bin_ / "initdb", "-D", data, "-A", "trust", "-U", "postgres"], check=True, capture_output=True
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run(
        [*as_user, bin_ / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"],
        check=True,
        capture_output=True,
    )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        subprocess.run(
            [*as_user, bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, capture_output=True
        )


TABLE = """
CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, call_type text, api_key text, spend double precision,
  total_tokens int, prompt_tokens int, completion_tokens int, "startTime" timestamp(3), "endTime" timestamp(3), model text,
  model_group text, custom_llm_provider text, "user" text, metadata jsonb, cache_hit text, cache_key text,
  request_tags jsonb, status text, messages jsonb DEFAULT '{"secret": "prompt"}')
"""


def test_litellms_database_is_read_and_never_written(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(requests(1, 800)))
    with psycopg.connect(f"postgresql://postgres@{postgres}/postgres", autocommit=True) as connection:
        connection.execute(TABLE)
        header = path.read_text().splitlines()[0].split(",")
        columns = ", ".join(f'"{name}"' for name in header)
        with connection.cursor().copy(f'COPY "LiteLLM_SpendLogs" ({columns}) FROM STDIN (FORMAT csv, HEADER)') as copy:
            copy.write(path.read_bytes())
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'hush'")
        connection.execute('GRANT SELECT ON "LiteLLM_SpendLogs" TO reader')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPEND_DB", f"postgresql://reader:hush@{postgres}/postgres")
    runner = CliRunner()
    for _ in range(2):
        result = runner.invoke(main, ["usage", "import", "litellm", "env:SPEND_DB"])
        assert result.exit_code == 0, result.output
    assert "nothing new" in result.output
    text = (tmp_path / "modelguard-usage.jsonl").read_text()
    assert "secret" not in text
    assert runner.invoke(main, ["usage", "import", "litellm", "spend.csv", "--output", "file.jsonl"]).exit_code == 0
    assert text.splitlines()[1:] == (tmp_path / "file.jsonl").read_text().splitlines()[1:]


def test_a_database_that_is_not_there_shows_no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    need(find_spec("psycopg"), "psycopg")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["usage", "import", "litellm", "postgresql://reader:hush@127.0.0.1:1/postgres"])
    assert result.exit_code == 2
    assert "hush" not in result.output
    assert "could not be read" in result.output
