"""A connection URL to Ibis's backend: one function a warehouse, as each has arguments and ways to log in of its own.

    trino://USER@HOST[:PORT]/CATALOG/SCHEMA           TRINO_PASSWORD; https but for this machine, or ?http_scheme=http
    athena://REGION/DATABASE?s3_staging_dir=s3://…    the AWS SDK's own credentials; ?work_group=, ?catalog_name=
    bigquery://PROJECT/DATASET                        Google's application default credentials; ?location=
    snowflake://USER@ACCOUNT/DATABASE/SCHEMA          SNOWFLAKE_PASSWORD or SNOWFLAKE_PRIVATE_KEY_FILE; ?warehouse=, ?role=
    pyspark://                                        Spark's own configuration
    duckdb:///path/to/file.duckdb

`env:NAME` stands for a URL in an environment variable. Passwords may also stand in a URL; nothing here shows one. What else
stands behind the `?` goes to the driver. Ibis's own reading of URLs is used for DuckDB only: it hands Athena no bucket, opens a
browser for BigQuery, makes a database of its own in Snowflake and gives Trino's driver a password that it does not take.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from modelguard.errors import InputError

LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL's parts, unquoted. `names` are those of its path, `options` what stands behind the `?`."""

    kind: str
    host: str
    port: int | None
    user: str | None
    password: str | None
    names: tuple[str, ...]
    options: Mapping[str, str]


def kind_of(text: str) -> str:
    """Which warehouse a URL is of. Raises InputError for one that there is none of."""
    kind = urlsplit(url_of(text)).scheme
    if kind not in BACKENDS:
        # The text itself may hold a password.
        shown = f'"{kind}"' if kind else "what was given to --connect"
        raise InputError(f"{shown} is no connection that is known;", hint=f"there are: {', '.join(BACKENDS)}")
    return kind


def url_of(text: str) -> str:
    """The URL, where `env:NAME` says which environment variable has it. Raises InputError where there is none."""
    if not text.startswith("env:"):
        return text
    found = os.environ.get(text.removeprefix("env:"))
    if not found:
        raise InputError(f"{text}: there is no such environment variable")
    return found


def connected(ibis: Any, text: str) -> Any:
    """Ibis's backend, connected. Raises InputError that says what is missing, and never what stands in the URL."""
    kind, url = kind_of(text), url_of(text)
    try:
        if kind == "duckdb":
            return ibis.connect(url)
        return BACKENDS[kind](ibis, _target(urlsplit(url)))
    except ImportError as error:
        raise InputError(
            f"the connection needs Ibis's {kind} backend;", hint=f"pip install 'ibis-framework[{kind}]'"
        ) from error
    except InputError:
        raise
    except Exception as error:
        # The text of a driver's error can hold the URL, and that a password.
        raise InputError(f"the {kind} connection could not be opened ({type(error).__name__})") from error


def _target(url: SplitResult) -> Target:
    try:
        port = url.port
    except ValueError as error:
        raise InputError(f"the port of the {url.scheme} connection is no number") from error
    options = dict(parse_qsl(url.query))
    password = None if url.password is None else unquote(url.password)
    user = None if url.username is None else unquote(url.username)
    # Not `hostname`, which is in small letters: a project or an account may have others.
    host = unquote(url.netloc.rpartition("@")[2].removesuffix(f":{port}")).strip("[]")
    names = tuple(unquote(name) for name in url.path.split("/") if name)
    return Target(url.scheme, host, port, user, password, names, options)


def _named(target: Target, **wanted: str) -> dict[str, str]:
    """The path's names under what Ibis calls them. Raises InputError where one is missing or there are more."""
    if len(target.names) != len(wanted):
        shown = "/".join(name.upper() for name in wanted)
        raise InputError(f"a {target.kind} connection ends in /{shown}")
    return dict(zip(wanted.values(), target.names, strict=True))


def _trino(ibis: Any, target: Target) -> Any:
    backend = ibis.trino
    from trino.auth import BasicAuthentication

    options = dict(target.options)
    password = target.password or os.environ.get("TRINO_PASSWORD")
    scheme = options.pop("http_scheme", "https" if password or target.host not in LOCAL else "http")
    user = target.user or "modelguard"
    if password and scheme != "https":
        raise InputError("Trino takes a password over https only")
    names = _named(target, catalog="database", schema="schema")
    return backend.connect(
        host=target.host or "localhost", port=target.port or (443 if scheme == "https" else 8080), user=user,
        auth=BasicAuthentication(user, password) if password else None, http_scheme=scheme, source="modelguard",
        **names, **options,
    )  # fmt: skip


def _athena(ibis: Any, target: Target) -> Any:
    options = dict(target.options)
    if "s3_staging_dir" not in options:
        raise InputError("an athena connection needs ?s3_staging_dir=s3://…, where Athena writes its answers")
    if target.host:
        options["region_name"] = target.host
    return ibis.athena.connect(**_named(target, database="schema_name"), **options)


def _bigquery(ibis: Any, target: Target) -> Any:
    backend = ibis.bigquery
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    except DefaultCredentialsError as error:
        raise InputError(
            "there are no Google credentials;",
            hint="gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS",
        ) from error
    names = _named(target, dataset="dataset_id")
    return backend.connect(project_id=target.host, credentials=credentials, **names, **target.options)


def _snowflake(ibis: Any, target: Target) -> Any:
    backend = ibis.snowflake
    options: dict[str, Any] = dict(target.options)
    options |= {name: value for name, value in (("user", target.user), ("port", target.port)) if value}
    password = target.password or os.environ.get("SNOWFLAKE_PASSWORD")
    if key := os.environ.get("SNOWFLAKE_PRIVATE_KEY_FILE"):
        options["private_key_file"] = key
    elif password:
        options["password"] = password
    names = _named(target, database="database", schema="schema")
    # Functions that Ibis would keep in a database of its own are not needed.
    return backend.connect(account=target.host, create_object_udfs=False, **names, **options)


def _spark(ibis: Any, target: Target) -> Any:
    """Spark by its own configuration (spark-defaults.conf, environment); in this process where that names no master."""
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    conf = SparkConf()
    for name, value in (
        ("spark.master", "local[*]"),
        ("spark.sql.shuffle.partitions", "8"),
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", "false"),
    ):
        conf.setIfMissing(name, value)
    # Hours are UTC's, and a text that is no number is null, as everywhere.
    conf.set("spark.sql.session.timeZone", "UTC").set("spark.sql.ansi.enabled", "false")
    session = SparkSession.builder.config(conf=conf).appName("modelguard").getOrCreate()
    return ibis.pyspark.connect(session)


BACKENDS: dict[str, Callable[[Any, Target], Any]] = {
    "duckdb": lambda ibis, target: ibis.duckdb.connect("/".join(target.names)), "pyspark": _spark, "trino": _trino,
    "athena": _athena, "bigquery": _bigquery, "snowflake": _snowflake,
}  # fmt: skip
