"""Where the rollup is computed: DuckDB in this process, out of core, or what a connection URL names.

DuckDB keeps its tables in a temporary file and spills what does not fit in `memory`, so that a month of logs needs no
more memory than a day. Files are read as text, so that nothing is guessed about types: sources say what each column is
and check it. Errors say where in the user's file, never what stands there.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import tempfile
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from modelguard.errors import InputError
from modelguard.usage.connections import connected, kind_of
from modelguard.usage.events import Table

EXTRA = "install it with: pip install 'modelguard-ci[usage]'"
MEMORY = "3GB"
"""DuckDB's own limit; the process stays within 4 GB with it."""
LONGEST = 16 << 20
"""Most bytes of a CSV row: a spend log may hold whole prompts, which are passed over."""
WITHOUT_TEMPORARY = ("trino", "athena")
"""Warehouses without temporary tables: what is kept there is dropped when the connection is closed."""
INLINE = 150_000
"""Longest small table, in characters of SQL, that stands in a query itself: Athena takes 262,144 of them."""
MOST_INLINE = 500
_LINE = re.compile(r"CSV Error on Line: (\d+)")


def ibis_module() -> Any:
    """Ibis, or an error that says how to install it."""
    try:
        import ibis
        import ibis.backends.duckdb  # Ibis alone is not enough
    except ImportError as error:
        raise InputError("importing usage needs Ibis and DuckDB, which are not installed;", hint=EXTRA) from error
    # Selections stay apart: put together, a value that is used five times would be parsed five times.
    ibis.options.sql.fuse_selects = False
    return ibis


class Warehouse:
    """A connection with a folder of its own, closed and removed with the `with` block.

    `local` is whether files of this machine can be read. `connection` is Ibis's backend.
    """

    def __init__(self, url: str | None = None, memory: str = MEMORY) -> None:
        ibis = ibis_module()
        self.kind = kind_of(url) if url else "duckdb"
        self._folder = tempfile.TemporaryDirectory(prefix="modelguard-usage-")
        self.folder = Path(self._folder.name)
        self._made: list[str] = []
        self._keeping = False
        self.memory = memory
        try:
            if url is None:
                # Temporary tables live in the file, too, not in memory alone.
                self.connection = ibis.duckdb.connect(str(self.folder / "events.duckdb"))
                self._set_up(memory)
            else:
                self.connection = connected(ibis, url)
        except BaseException:
            self._folder.cleanup()
            raise

    def _set_up(self, memory: str) -> None:
        for setting, value in (
            ("TimeZone", "UTC"),
            ("memory_limit", memory),
            ("temp_directory", str(self.folder / "spill")),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("allow_persistent_secrets", "false"),
            # Kept for `done`, and printed by nobody but us.
            ("enable_progress_bar", "true"),
            ("enable_progress_bar_print", "false"),
            ("progress_bar_time", "0"),
        ):
            self.connection.raw_sql(f"SET {setting} = '{value}'")
        # Order decides nothing: every sum and every first row is by a column.
        self.connection.raw_sql("SET preserve_insertion_order = false")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for name in self._made:
                # Not by Ibis's `drop_table`: with SQLGlot 30 version 12 leaves the name out. Ours need no quotes.
                with self.connection._safe_raw_sql(f"DROP TABLE IF EXISTS {name}"):
                    pass
            self.connection.disconnect()
        finally:
            self._folder.cleanup()
        if kind is not None and kind.__name__ == "OutOfMemoryException":
            raise InputError(
                f"{self.memory} of memory, or the disk of {self._folder.name}, are not enough for so many rows;",
                hint="give more with --memory, or another disk by TMPDIR; nothing was imported",
            ) from value

    def done(self) -> float:
        """How much of the running query is done, from 0 to 1; 0 where the warehouse does not say. From any thread."""
        if self.kind != "duckdb":
            return 0.0
        share: float = self.connection.con.query_progress() / 100
        # DuckDB counts the table that is made as half of the work, and goes from that half to the end at once.
        return min(1.0, max(0.0, 2 * share if self._keeping else share))

    def kept(self, name: str, table: Table) -> Table:
        """What a query gives, computed once and kept where the warehouse keeps its tables, until this is closed."""
        if self.kind == "duckdb":
            # Temporary: neither compressed nor written ahead, and it spills like any other.
            with self.keeping():
                return self.connection.create_table(name, table, temp=True)
        if self.kind == "pyspark":
            # Ibis hands small tables of ours over when it runs a query, but not when it keeps one.
            self.connection._run_pre_execute_hooks(table)
            return table.cache()
        name = f"modelguard_{uuid.uuid4().hex[:12]}_{name}"
        lasting = self.kind in WITHOUT_TEMPORARY
        if lasting:
            self._made.append(name)
        try:
            return self.connection.create_table(name, table, temp=not lasting)
        except Exception as error:
            raise InputError(
                f"{self.kind} did not make a table for what is worked out on the way ({type(error).__name__});",
                hint="connect to a schema in which tables may be made, and give --table with its own schema",
            ) from error

    def small(self, rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> Table:
        """Rows of ours (texts and whole numbers) as a table. In a warehouse they stand in the query: nothing is written."""
        import ibis
        import pyarrow as pa

        if self.kind not in ("duckdb", "pyspark") and rows:
            parts = [rows[at : at + MOST_INLINE] for at in range(0, len(rows), MOST_INLINE)]
            queries = [query for part in parts if (query := inline(part, kinds, self.connection.name)) is not None]
            if len(queries) == len(parts) and max(map(len, queries)) <= INLINE:
                tables = [self.connection.sql(query, schema=kinds) for query in queries]
                # Of more than one the query would be too long, so each is kept.
                return tables[0] if len(tables) == 1 else ibis.union(*[self.kept("names", each) for each in tables])
        arrow = {"string": pa.string(), "int64": pa.int64(), "timestamp(6)": pa.timestamp("us")}
        return ibis.memtable(pa.Table.from_pylist(list(rows), pa.schema([(n, arrow[k]) for n, k in kinds.items()])))

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """While a table is made of what a query gives."""
        self._keeping = True
        try:
            yield
        finally:
            self._keeping = False

    @property
    def local(self) -> bool:
        """Whether files of this machine can be read: DuckDB and Spark in this process."""
        return self.kind in ("duckdb", "pyspark")

    def csv(self, path: Path, shown: str) -> Table:
        """A CSV file with a header (gz too) as a table of texts."""
        names, separator = header_of(path, shown)
        if self.kind == "pyspark":
            options = {"header": True, "sep": separator, "quote": '"', "escape": '"', "multiLine": True}
            return self.connection.read_csv(str(path), inferSchema=False, mode="FAILFAST", **options)
        return self.connection.read_csv(
            str(path), columns=dict.fromkeys(names, "VARCHAR"), auto_detect=False, header=True, delim=separator,
            quote='"', escape='"', strict_mode=True, null_padding=False, max_line_size=LONGEST, buffer_size=2 * LONGEST,
        )  # fmt: skip

    def json(self, path: Path | list[Path], columns: dict[str, str], layout: str) -> Table:
        """JSON files (gz too) with these columns (DuckDB's types): `newline_delimited` or `array`."""
        if self.kind == "pyspark":
            schema = ", ".join(f"`{name}` string" for name in columns)
            reader = self.connection._session.read.schema(schema)
            frame = reader.option("mode", "FAILFAST").option("multiLine", layout == "array").json(str(path))
            frame.createOrReplaceTempView(name := f"json_{abs(hash((str(path), layout)))}")
            return self.connection.table(name)
        return self.connection.read_json(
            [str(each) for each in path] if isinstance(path, list) else str(path),
            columns=columns,
            format=layout,
            maximum_object_size=256 * 1024 * 1024,
        )

    def table(self, name: str) -> Table:
        """A table that is there already: its name, with the schema's and the catalog's before it where it is in others."""
        *place, last = name.split(".")
        try:
            return self.connection.table(last, database=tuple(place) if len(place) > 1 else "".join(place) or None)
        except Exception as error:
            raise InputError(
                f'there is no table "{name}" in the {self.kind} connection, or it may not be read'
            ) from error

    def parquet(self, path: Path) -> Table:
        """A Parquet file as a table of its own types."""
        return self.connection.read_parquet(str(path))


def inline(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str], dialect: str) -> str | None:
    """The rows as `SELECT … UNION ALL SELECT …`; None where the dialect would read a text as another than it is.

    Ibis parses the query once more, by rules that for Athena are not those that it is written by (backslashes).
    """
    import sqlglot as sg
    import sqlglot.expressions as sge

    def cell(name: str, value: Any) -> Any:
        kind = {"string": "text", "int64": "bigint", "timestamp(6)": "timestamp"}[kinds[name]]
        return sge.cast(sge.convert(str(value) if isinstance(value, datetime) else value), kind).as_(name, quoted=True)

    selects = [sg.select(*[cell(name, row[name]) for name in kinds]) for row in rows]
    query = selects[0] if len(selects) == 1 else sge.union(*selects, distinct=False, copy=False)
    text = query.sql(dialect)
    try:
        (back,) = sg.parse(text, dialect=dialect)
    except (sg.errors.SqlglotError, ValueError):
        return None

    def literals(expression: Any) -> list[str]:
        return sorted(each.this for each in expression.find_all(sge.Literal) if each.is_string)

    return text if back is not None and literals(back) == literals(query) else None


def opened(path: Path) -> IO[bytes]:
    """A file's bytes, unpacked where it is gz (by its first bytes, not its name)."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def head_of(path: Path, shown: str, size: int = 65536) -> bytes:
    """The first bytes of a file, unpacked, without a byte order mark. Raises InputError where it can't be read."""
    try:
        with opened(path) as file:
            data = file.read(size)
    except EOFError as error:
        raise InputError("the gz file is cut off; nothing was imported", path=shown) from error
    except (OSError, gzip.BadGzipFile) as error:
        raise InputError(f"could not be read: {getattr(error, 'strerror', None) or 'not gz'}", path=shown) from error
    return data.removeprefix(b"\xef\xbb\xbf")


def content_of(path: Path, most: int = 1 << 30) -> bytes:
    """A file's bytes whole, unpacked. Raises InputError for one that can't be read, is cut off or is larger than `most`."""
    try:
        with opened(path) as file:
            data = file.read(most + 1)
    except EOFError as error:
        raise InputError("the gz file is cut off; nothing was imported", path=str(path)) from error
    except (OSError, zlib.error) as error:
        raise InputError("could not be read", path=str(path)) from error
    if len(data) > most:
        raise InputError(f"larger than {most >> 20} MiB; split it", path=str(path))
    return data


def header_of(path: Path, shown: str) -> tuple[list[str], str]:
    """A CSV file's column names and separator. Raises InputError where there is no header or a name is there twice."""
    first = head_of(path, shown, 1 << 20).decode("utf-8", "replace")
    line = first.split("\n", 1)[0]
    separator = max(",;\t|", key=line.count)
    names = next(csv.reader(first.splitlines(keepends=True), delimiter=separator), [])
    names = [name.strip() for name in names]
    if not any(names):
        raise InputError("empty: a header line is expected", path=shown, line=1)
    for column, name in enumerate(names, 1):
        if not name or name in names[: column - 1]:
            what = f'column {column} is called "{name[:40]}" like another' if name else f"column {column} has no name"
            raise InputError(what, path=shown, line=1)
    return names, separator


def explained(error: Exception, path: Path, shown: str, layout: str) -> InputError:
    """DuckDB's error about a file as one that names the row, and shows nothing of what stands there."""
    text = str(error)
    if "GZIP" in text or "gzip" in text:
        return InputError("the gz file is cut off or damaged; nothing was imported", path=shown)
    if "memory" in text.lower():
        return InputError("there is not enough memory for it;", path=shown, hint="give more with --memory")
    found = _LINE.search(text)
    if found:
        why = (
            "not UTF-8" if "unicode" in text.lower() else "a quoted value has no end" if "unterminated" in text else ""
        )
        count = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
        why = why or (f"{count[2]} columns, but the header has {count[1]}" if count else "not a row of CSV")
        return InputError(f"{why}; nothing was imported", path=shown, line=int(found[1]))
    if layout == "newline_delimited":
        return _bad_json_line(path, shown)
    return InputError(f"could not be read as it should be ({type(error).__name__}); nothing was imported", path=shown)


def _bad_json_line(path: Path, shown: str) -> InputError:
    import msgspec

    with opened(path) as file:
        for line_number, line in enumerate(file, 1):
            try:
                found = msgspec.json.decode(line) if line.strip() else {}
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                return InputError(f"not JSON: {error}; nothing was imported", path=shown, line=line_number)
            if not isinstance(found, dict):
                return InputError("not a JSON object; nothing was imported", path=shown, line=line_number)
    return InputError("could not be read as JSON lines; nothing was imported", path=shown)


def size_of(path: Path) -> int:
    """Bytes on disk."""
    return os.stat(path).st_size  # noqa: PTH116


def paths_of(given: Sequence[Path]) -> list[Path]:
    """The files meant: folders stand for all files in them, as S3 downloads lie. Raises InputError for what is not there."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and not p.name.startswith((".", "_"))]
            if not inside:
                raise InputError("there are no files in this folder", path=str(path))
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise InputError("there is no such file", path=str(path))
    return list(dict.fromkeys(found))
