"""Warehouses that can't be reached from here: Snowflake's connector over fakesnow, BigQuery's SQL through Google's own analyser
(ZetaSQL), Trino's by what its functions are called, and what each connection is opened with.
"""

from __future__ import annotations

import csv
import importlib
import re
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from usagelib import need, requests, rollup, spend_logs

from modelguard.errors import InputError
from modelguard.usage import replay
from modelguard.usage.connections import connected, kind_of
from modelguard.usage.dialect import Dialect
from modelguard.usage.events import Options
from modelguard.usage.importer import rolled_up
from modelguard.usage.load import load_table
from modelguard.usage.sources.registry import row_source
from modelguard.usage.warehouse import Warehouse, ibis_module, inline

pytestmark = pytest.mark.slow
TEXTS = (
    "request_id api_key startTime model model_group custom_llm_provider user metadata cache_hit cache_key status"
).split()
CUR = (
    "identity_line_item_id line_item_usage_type pricing_unit line_item_product_code line_item_line_item_type "
    "line_item_usage_account_id product_product_name"
).split()
GUARD = "schema ts call consumer asked status served cache_hit cache_key".split()
TABLES: dict[str, tuple[str, Options, dict[str, str]]] = {
    "all texts": ("litellm", Options(), dict.fromkeys([*TEXTS, "spend", "prompt_tokens", "completion_tokens"], "string")),
    "types of its own": ("litellm", Options(), dict.fromkeys(TEXTS, "string") | {
        "metadata": "json", "startTime": "timestamp(6)", "spend": "float64", "prompt_tokens": "int64",
        "completion_tokens": "float64",
    }),
    "guard": ("guard", Options(), dict.fromkeys(GUARD, "string") | {
        "cost": "float64", "tokens_in": "int64", "tokens_out": "int64",
    }),
    "bedrock": ("bedrock-logs", Options(), {"timestamp": "timestamp(6)", "modelId": "string", "requestId": "string",
                                           "identity": "json", "input": "json", "output": "json", "requestMetadata": "json"}),
    "cur": ("cur", Options(labels={"tag": "team"}), dict.fromkeys(CUR, "string") | {
        "line_item_usage_start_date": "timestamp(6)", "line_item_usage_amount": "float64", "line_item_unblended_cost": "float64",
        "product": "json", "resource_tags": "json",
    }),
    "csv": ("csv", Options(columns={"at": "t", "consumer": "who", "model": "m", "hit": "h", "key": "k", "cost": "usd"}),
            dict.fromkeys(["t", "who", "m", "h", "k"], "string") | {"usd": "float64"}),
}  # fmt: skip


class Elsewhere:
    """Stands for a warehouse in what only asks of which kind it is."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def expressions(name: str, dialect: str) -> Iterator[tuple[str, Any]]:
    """Every expression of a table's rollup, with what it is asked for."""
    ibis = ibis_module()
    kind, options, columns = TABLES[name]
    source = row_source(kind, options)
    assert source is not None
    events = source.canonical(Elsewhere(dialect), ibis.table(columns, name="logs"), options)  # type: ignore[arg-type]
    yield "canonical", events

    def after(what: str, expression: Any) -> Any:
        return ibis.table(expression.schema(), name=what)

    kept = after("events", events)
    copies = replay.twice(kept)
    dims = ibis.table(
        {"who": "string", "account": "string", "model": "string", "slot": "int64", "scope": "int64"}, name="dims"
    )
    ttls = ibis.table({"slot": "int64", "ttl_ms": "int64"}, name="ttls")
    asked = replay.keyed(kept, dims, Dialect(dialect))
    first = replay.firsts(after("asked", asked))
    missed = replay.misses(after("firsts", first))
    yield from {
        "twice": copies, "without copies": replay.without_copies(kept, after("copies", copies)), "names": replay.names(kept),
        "hourly": replay.hourly(kept), "keyed": asked, "ages": replay.ages(after("asked", asked)), "firsts": first,
        "distinct": replay.distinct(after("firsts", first)), "misses": missed,
        "cold": replay.cold_hours(after("missed", missed)),
        "later": replay.later(after("asked", asked), after("missed", missed), ttls),
    }.items()  # fmt: skip


# -- Snowflake -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def snowflake(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """fakesnow as a server, with what it lacks of what Ibis and we ask: session parameters, a function, temporary tables."""
    need(find_spec("fakesnow"), "fakesnow")
    import uvicorn
    from sqlglot import exp

    cursor, server = importlib.import_module("fakesnow.cursor"), importlib.import_module("fakesnow.server")
    parse_one = cursor.parse_one

    def known(node: Any) -> Any:
        if isinstance(node, exp.Anonymous) and node.name.upper() == "TRY_TO_TIMESTAMP_TZ":
            return exp.TryCast(this=node.expressions[0], to=exp.DataType.build("timestamptz"))
        if isinstance(node, exp.Create) and (properties := node.args.get("properties")):
            kept = [each for each in properties.expressions if not isinstance(each, exp.TemporaryProperty)]
            node.set("properties", exp.Properties(expressions=kept) if kept else None)
        return node

    monkeypatch.setattr(cursor, "parse_one", lambda sql: parse_one(sql).transform(known))
    monkeypatch.setattr(server.shared_fs, "nop_regexes", [r"\s*ALTER SESSION.*"])
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "hush")
    host = uvicorn.Server(uvicorn.Config(server.app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=host.run, daemon=True)
    thread.start()
    while thread.is_alive() and not host.started:
        time.sleep(0.05)
    try:
        yield int(host.servers[0].sockets[0].getsockname()[1])
    finally:
        host.should_exit = True
        thread.join()


NATIVE = {
    "spend": "float",
    "prompt_tokens": "number(38,0)",
    "completion_tokens": "number(38,0)",
    "startTime": "timestamp_ntz",
}


def stored(port: int, path: Path) -> str:
    """A CSV file as the table `spend_logs` of Snowflake's own types; the URL by which it is read."""
    from snowflake.connector import connect

    with path.open() as file:
        header, *rows = csv.reader(file)

    def cell(value: str) -> str:
        return "null" if value == "" else "'" + value.replace("'", "''") + "'"

    with connect(user="u", password="hush", account="a", host="127.0.0.1", port=port, protocol="http") as connection:
        cursor = connection.cursor()
        for statement in ("create database logs", "create schema if not exists logs.spend", "use schema logs.spend"):
            cursor.execute(statement)
        columns = ", ".join(f'"{name}" {NATIVE.get(name, "varchar")}' for name in header)
        cursor.execute(f"create or replace table spend_logs ({columns})")
        for since in range(0, len(rows), 200):
            values = ", ".join(f"({', '.join(map(cell, row))})" for row in rows[since : since + 200])
            cursor.execute(f"insert into spend_logs values {values}")
    return f"snowflake://reader@account:{port}/LOGS/SPEND?host=127.0.0.1&protocol=http"


@pytest.mark.filterwarnings("ignore")
def test_snowflakes_rollup_is_duckdbs(snowflake: int, tmp_path: Path) -> None:
    """By its own connector and Ibis's backend, on fakesnow: two days of a cache of 13 hours that consumers share."""
    path = tmp_path / "spend.csv"
    path.write_text(spend_logs(requests(3, 800, days=2, ttl_hours=13, shared=True)))
    ours = rollup(None, path)
    options = Options()
    source = row_source("litellm", options)
    assert source is not None
    with Warehouse(stored(snowflake, path)) as warehouse:
        loaded = load_table(warehouse, source, "LOGS.SPEND.SPEND_LOGS", options)
        theirs = rolled_up(warehouse, loaded, "litellm", [], (), lambda *_: None)
    assert len(ours.rows) == 4
    assert ours.caches
    for one, other in zip(ours.rows, theirs.rows, strict=True):
        assert one == other
    assert (ours.caches, ours.notes) == (theirs.caches, theirs.notes)


# -- BigQuery ------------------------------------------------------------------------------------------------------------


def _googles(kind: Any) -> Any:
    from zetasql.types import TypeKind

    if kind.is_timestamp():
        return TypeKind.TYPE_TIMESTAMP if kind.timezone else TypeKind.TYPE_DATETIME
    names = {"string": "STRING", "json": "JSON", "boolean": "BOOL", "date": "DATE", "float64": "DOUBLE"}
    name = "BIGNUMERIC" if kind.is_decimal() else "INT64" if kind.is_integer() else names[type(kind).__name__.lower()]
    return TypeKind[f"TYPE_{name}"]


@pytest.mark.parametrize("name", TABLES)
def test_googles_analyser_takes_what_bigquery_is_asked(name: str) -> None:
    """Names, functions and types of every query, by the analyser of Google's ZetaSQL, which BigQuery is built on."""
    need(find_spec("zetasql"), "zetasql")
    import ibis
    from ibis.expr import operations
    from zetasql.api import Analyzer, CatalogBuilder, TableBuilder
    from zetasql.types import AnalyzerOptions, LanguageOptions, ZetaSQLBuiltinFunctionOptions

    language = LanguageOptions.maximum_features()
    functions = ZetaSQLBuiltinFunctionOptions(language_options=language)
    asked = 0
    for _, expression in expressions(name, "bigquery"):
        catalog = CatalogBuilder("logs")
        for table in expression.op().find(operations.UnboundTable):
            columns = TableBuilder(table.name)
            for column, kind in table.schema.items():
                columns.add_column(column, _googles(kind))
            catalog.add_table(columns.build())
        # BigQuery's MIN_BY(x, y) "is a synonym for ANY_VALUE(x HAVING MIN y)", which is what this release of ZetaSQL knows.
        query = re.sub(r"MIN_BY\(\s*(IF\([^()]*\)),\s*(IF\([^()]*\))\s*\)", r"ANY_VALUE(\1 HAVING MIN \2)",
                       str(ibis.to_sql(expression, dialect="bigquery")))  # fmt: skip
        Analyzer(
            AnalyzerOptions(language_options=language), catalog.with_builtin_functions(functions).build()
        ).analyze_statement(query)
        asked += 1
    assert asked == 12


# -- Trino and Athena ----------------------------------------------------------------------------------------------------

TRINOS = set(
    """abs cast coalesce concat count date date_trunc extract floor from_iso8601_timestamp from_unixtime greatest if
    json_extract_scalar length lower max millisecond min min_by nullif regexp_like replace round row_number starts_with strpos
    substr sum to_unixtime try_cast upper""".split()
)
"""What is asked of Trino, each looked up in its documentation (https://trino.io/docs/current/functions/list.html)."""


@pytest.mark.parametrize("dialect", ["trino", "athena"])
@pytest.mark.parametrize("name", TABLES)
def test_trino_is_asked_for_functions_that_it_has(name: str, dialect: str) -> None:
    import ibis
    import sqlglot

    for _, expression in expressions(name, dialect):
        query = str(ibis.to_sql(expression, dialect=dialect))
        assert sqlglot.parse_one(query, dialect=dialect)
        called = {found.lower() for found in re.findall(r"\b([A-Za-z_]\w*)\(", query)}
        assert called - TRINOS - {"decimal", "timestamp", "varchar", "exists", "filter"} == set()
        # Java's groups are $1, not \1; a text cast to JSON is quoted, not parsed; a double cast to a whole number is rounded.
        assert not re.search(r"\\1|AS JSON\)", query)
        assert not re.search(r"TO_UNIXTIME\((?!DATE_TRUNC)", query)


# -- connections ---------------------------------------------------------------------------------------------------------


class Recorded:
    """Takes what a backend is connected with, in place of Ibis."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return self

    def connect(self, **given: Any) -> None:
        self.given = given


def opened(url: str) -> dict[str, Any]:
    ibis = Recorded()
    connected(ibis, url)
    return ibis.given


def test_what_trino_is_opened_with(monkeypatch: pytest.MonkeyPatch) -> None:
    need(find_spec("trino"), "trino")
    monkeypatch.setenv("TRINO_PASSWORD", "hush")
    given = opened("trino://ann%40example.com@trino.example/hive/logs?client_tags=a")
    assert (given["host"], given["port"], given["http_scheme"]) == ("trino.example", 443, "https")
    assert (given["user"], given["database"], given["schema"]) == ("ann@example.com", "hive", "logs")
    assert given["auth"]._password == "hush"
    assert given["client_tags"] == "a"
    with pytest.raises(InputError, match="https only"):
        opened("trino://ann@localhost/hive/logs?http_scheme=http")
    monkeypatch.delenv("TRINO_PASSWORD")
    given = opened("trino://localhost/hive/logs")
    assert (given["port"], given["http_scheme"], given["auth"]) == (8080, "http", None)
    # Never without encryption to another machine, unless that is asked for.
    assert opened("trino://trino.example/hive/logs")["http_scheme"] == "https"
    # Ibis's Trino backend takes these, and its driver opens nothing before a query.
    backend = connected(ibis_module(), "trino://bob@localhost:8081/hive/logs")
    assert (backend.con.catalog, backend.con.schema, backend.con.user, backend.con.port) == (
        "hive",
        "logs",
        "bob",
        8081,
    )


def test_what_the_others_are_opened_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNOWFLAKE_PRIVATE_KEY_FILE", raising=False)
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "hush")
    assert opened("snowflake://ann@Org-Account/LOGS/SPEND?warehouse=w") == {
        "account": "Org-Account", "user": "ann", "password": "hush", "database": "LOGS", "schema": "SPEND", "warehouse": "w",
        "create_object_udfs": False,
    }  # fmt: skip
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_FILE", "/keys/ann.p8")
    given = opened("snowflake://ann@Org-Account/LOGS/SPEND")
    assert (given["private_key_file"], "password" in given) == ("/keys/ann.p8", False)
    assert opened("athena://eu-west-1/logs?s3_staging_dir=s3://bucket/answers&work_group=w") == {
        "region_name": "eu-west-1", "schema_name": "logs", "s3_staging_dir": "s3://bucket/answers", "work_group": "w",
    }  # fmt: skip
    with pytest.raises(InputError, match="s3_staging_dir"):
        opened("athena://eu-west-1/logs")


def test_nothing_that_a_url_holds_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        "trino://ann:hush@h/hive",
        "snowflake://ann:hush@h",
        "mysql://ann:hush@h/x",
        "hush",
        "trino://ann:hush@h:x/a/b",
    ):
        with pytest.raises(InputError) as error:
            connected(ibis_module(), url)
        assert "hush" not in f"{error.value} {error.value.hint}"
    monkeypatch.setenv("LOGS", "athena://eu-west-1/logs")
    assert kind_of("env:LOGS") == "athena"
    with pytest.raises(InputError, match="no such environment variable"):
        kind_of("env:NOTHING")


def test_a_driver_that_is_not_there_is_named() -> None:
    if find_spec("pyathena"):
        pytest.skip("pyathena is installed")
    with pytest.raises(InputError) as error:
        connected(ibis_module(), "athena://eu-west-1/logs?s3_staging_dir=s3://bucket/answers")
    assert "pip install 'ibis-framework[athena]'" in str(error.value.hint)


@pytest.mark.parametrize("dialect", ["trino", "athena", "bigquery", "snowflake"])
def test_names_of_ours_stand_in_a_query_as_they_are(dialect: str) -> None:
    """Small tables are written into the query itself: whatever a name holds, it stays a text, or the table is uploaded."""
    import sqlglot
    from sqlglot import exp

    names = ["o'brien", 'quo"ted', "`ticks`", "line\nbreak", "'; drop table logs --"]
    slashes = ["back\\slash", "at the end\\", "both\\'"]
    for given in (names, slashes):
        rows = [{"who": name, "slot": n} for n, name in enumerate(given)]
        query = inline(rows, {"who": "string", "slot": "int64"}, dialect)
        if given is slashes and dialect == "athena":
            # Written as Trino reads them, and read by sqlglot as Hive does.
            assert query is None
            continue
        assert query is not None
        (found,) = sqlglot.parse(query, dialect=dialect)
        assert found is not None
        assert sorted(each.this for each in found.find_all(exp.Literal) if each.is_string) == sorted(given)


def test_what_is_kept_where_nothing_is_temporary_is_dropped(tmp_path: Path) -> None:
    """Trino and Athena: tables of ours, in the schema that the URL names, until the connection is closed."""
    import duckdb

    base = tmp_path / "house.duckdb"
    with Warehouse(f"duckdb://{base}") as warehouse:
        warehouse.kind = "trino"
        table = warehouse.connection.sql("SELECT 1 AS n", schema={"n": "int64"})
        kept = [warehouse.kept("firsts", table), warehouse.kept("firsts", table)]
        assert len({each.get_name() for each in kept}) == 2
        assert all(".modelguard_" in each.get_name() for each in kept)
        assert warehouse.connection.to_pyarrow(kept[0]).to_pylist() == [{"n": 1}]
        warehouse.connection.raw_sql("CREATE TABLE theirs (n int)")
    with duckdb.connect(str(base)) as connection:
        assert connection.execute("select table_name from information_schema.tables").fetchall() == [("theirs",)]


def test_many_names_are_kept_in_parts(tmp_path: Path) -> None:
    rows = [{"who": f"service-{n}", "slot": n} for n in range(1100)]
    with Warehouse(f"duckdb://{tmp_path / 'house.duckdb'}") as warehouse:
        warehouse.kind = "trino"
        found = warehouse.connection.to_pyarrow(warehouse.small(rows, {"who": "string", "slot": "int64"}))
        assert sorted(found.to_pylist(), key=lambda row: row["slot"]) == rows
        assert len(warehouse._made) == 3
