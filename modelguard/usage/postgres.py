"""LiteLLM's own database: LiteLLM_SpendLogs copied out of Postgres in a read-only transaction, with no prompts.

`COPY (SELECT …) TO STDOUT` streams the columns that the rollup needs to a temporary CSV file, which is then read like any
export: the database does one scan and no work of ours. The transaction is READ ONLY, so nothing can be written even if the
user's role could. URLs hold passwords: they are never shown, and can be given as `env:NAME`.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from urllib.parse import urlsplit

from modelguard.errors import InputError
from modelguard.usage.sources.rows import RowSource

SCHEMES = ("postgresql", "postgres")
TABLE = "LiteLLM_SpendLogs"


def is_url(text: str) -> bool:
    """Whether this is a database and no file."""
    return text.startswith("env:") or urlsplit(text).scheme in SCHEMES


def copied(text: str, source: RowSource, target: Path, since: str | None = None) -> Path:
    """The spend logs of a database as a CSV file at `target`, from the day `since` on. Raises InputError where it can't."""
    try:
        import psycopg
        from psycopg import sql
    except ImportError as error:
        raise InputError("reading a database needs psycopg;", hint="pip install 'modelguard-ci[usage]'") from error
    url = _url(text)
    wanted = list(dict.fromkeys(path.split(".")[0] for path in source.paths))
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=False) as connection:
            connection.read_only = True
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL timezone = 'UTC'")
                cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [TABLE])
                there = {row[0] for row in cursor.fetchall()}
                if not there:
                    raise InputError(f"the database has no table {TABLE}, or the role may not read it")
                columns = [name for name in wanted if name in there]
                query = sql.SQL("COPY (SELECT {} FROM {} {}) TO STDOUT (FORMAT csv)").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(TABLE), _where(since)
                )
                with target.open("wb") as file, cursor.copy(query) as copy:
                    file.write((",".join(_quoted(name) for name in columns) + "\n").encode())
                    for data in copy:
                        file.write(data)
    except psycopg.Error as error:
        # Its text can hold the URL. The class says what kind of failure it is.
        raise InputError(f"the database could not be read ({type(error).__name__})") from error
    return target


def _where(since: str | None) -> object:
    from psycopg import sql

    if since is None:
        return sql.SQL("")
    return sql.SQL('WHERE "startTime" >= {}').format(sql.Literal(since))


def _url(text: str) -> str:
    if not text.startswith("env:"):
        return text
    found = os.environ.get(text.removeprefix("env:"))
    if not found or urlsplit(found).scheme not in SCHEMES:
        raise InputError(f"{text}: there is no postgresql:// URL in that environment variable")
    return found


def _quoted(name: str) -> str:
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([name])
    return text.getvalue()
