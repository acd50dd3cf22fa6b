"""Files into one table of events: read, checked whole, and refused with the row where something is wrong.

Nothing reaches the rollup before every row of every file has been looked at, so half a file is never half imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import EVENTS, Bucket, Options, Table, canonical
from modelguard.usage.sources.rows import RowSource, line_of
from modelguard.usage.warehouse import Warehouse, explained
from modelguard.usage.zones import to_utc

DATA_ERRORS = (
    "InvalidInputException", "IOException", "ConversionException", "OutOfMemoryException", "Py4JJavaError",
    "SparkException", "SparkRuntimeException",
)  # fmt: skip
Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The events table and what is known of it. `copies` are rows that repeated a request."""

    table: Table
    rows: int
    per_file: tuple[int, ...]
    skipped: int
    copies: int
    notes: tuple[str, ...] = ()


def load_rows(
    warehouse: Warehouse, source: RowSource, files: Sequence[Path], options: Options, progress: Progress
) -> Loaded:
    """All files of a row source in the table `events`. Raises InputError with path and line of the first bad row."""
    parts: list[Table] = []
    counts: list[int] = []
    skipped = 0
    notes: list[str] = []
    for position, path in enumerate(files):
        shown = str(path)
        progress(f"reading {path.name}", position / len(files))
        raw, layout = source.table(warehouse, path, shown, options)
        try:
            name = f"part_{position}"
            stored = _stored(warehouse, name, compact(warehouse, source.canonical(warehouse, raw, options)))
            found = warehouse.connection.to_pyarrow(
                stored.aggregate(
                    rows=stored.count(),
                    bad=(stored.bad.notnull() & (stored.bad != "skip")).sum(),
                    skip=(stored.bad == "skip").sum(),
                )
            ).to_pylist()[0]
        except InputError:
            raise
        except Exception as error:
            if not _about_data(error):
                raise
            raise explained(error, path, shown, layout) from error
        if found["bad"]:
            raise _refused(warehouse, source, raw, path, options, layout)
        counts.append(found["rows"])
        skipped += found["skip"] or 0
        parts.append(stored)
    table = _together(warehouse, parts)
    if skipped:
        notes.append(f"{skipped:,} {source.skipped or 'rows'} left out")
        table = table.filter(table.bad.isnull())
    if source.zoneless:
        table, said = to_utc(warehouse, table, options.timezone)
        notes += said
    table, copies = _once(warehouse, table, notes)
    return Loaded(table, sum(counts), tuple(counts), skipped, copies, tuple(notes))


def compact(warehouse: Warehouse, table: Table) -> Table:
    """DuckDB keeps 64-bit hashes of keys and ids in place of texts: 100 million of them then fit. Equality is all we ask."""
    if warehouse.kind != "duckdb":
        return table
    import ibis

    return table.mutate(
        key=ibis.ifelse(table.key.isnull(), None, table.key.hash()),
        id=ibis.ifelse(table.id.isnull(), None, table.id.hash()),
    )


def load_buckets(warehouse: Warehouse, buckets: Sequence[Bucket], rows: Sequence[int]) -> Loaded:
    """Usage from a source of counts as the same table."""
    import ibis
    import pyarrow as pa

    kinds = {"timestamp(6)": pa.timestamp("us"), "boolean": pa.bool_(), "string": pa.string(), "int64": pa.int64()}
    columns: dict[str, Any] = {}
    for name, kind in EVENTS.items():
        values = [getattr(b, name, None) for b in buckets]
        columns[name] = pa.array(values, kinds.get(kind, pa.decimal128(38, 12)))
    table = ibis.memtable(pa.table(columns))
    stored = _stored(warehouse, "part_0", compact(warehouse, canonical(table, {n: table[n] for n in EVENTS})))
    notes: list[str] = []
    table, copies = _once(warehouse, stored, notes)
    return Loaded(table, sum(rows), tuple(rows), 0, copies, tuple(notes))


def load_table(warehouse: Warehouse, source: RowSource, name: str, options: Options) -> Loaded:
    """A table that lies in the warehouse already, read where it is."""
    try:
        raw = warehouse.connection.table(name)
    except Exception as error:
        raise InputError(f'there is no table "{name}" in the {warehouse.kind} connection') from error
    source.check(raw.columns, name, options)
    table = compact(warehouse, source.canonical(warehouse, raw, options))
    found = _one(warehouse, table.aggregate(
        rows=table.count(), bad=(table.bad.notnull() & (table.bad != "skip")).sum(), skip=(table.bad == "skip").sum(),
    ))  # fmt: skip
    if found["bad"]:
        wrong = _one(warehouse, table.filter(table.bad != "skip").group_by("bad").aggregate(n=table.count()).limit(1))
        raise InputError(f"{found['bad']:,} rows of {name} have no right {wrong['bad']}; nothing was imported")
    notes: list[str] = []
    if found["skip"]:
        notes.append(f"{found['skip']:,} {source.skipped or 'rows'} left out")
    table, copies = _once(warehouse, table.filter(table.bad.isnull()), notes)
    return Loaded(table, found["rows"], (found["rows"],), found["skip"] or 0, copies, tuple(notes))


def _stored(warehouse: Warehouse, name: str, table: Table) -> Table:
    """Computed once and kept where the warehouse keeps its tables."""
    if warehouse.kind == "duckdb":
        return warehouse.connection.create_table(name, table)
    return table.cache()


def _together(warehouse: Warehouse, parts: Sequence[Table]) -> Table:
    import ibis

    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def _once(warehouse: Warehouse, table: Table, notes: list[str]) -> tuple[Table, int]:
    """Each request once, and how many rows were copies."""
    from modelguard.usage import replay

    copies = replay.twice(table)
    found = _one(warehouse, copies.aggregate(more=(copies.times - 1).sum()))
    more = int(found["more"] or 0)
    if not more:
        return table, 0
    notes.append(f"{more:,} rows repeat a request that is there already; each counts once")
    return _stored(warehouse, "once", replay.without_copies(table, copies)), more


def _one(warehouse: Warehouse, expression: Table) -> dict[str, Any]:
    found: dict[str, Any] = warehouse.connection.to_pyarrow(expression).to_pylist()[0]
    return found


def _about_data(error: Exception) -> bool:
    """Whether DuckDB or Spark complain about what a file holds, and not about what we asked."""
    return type(error).__name__ in DATA_ERRORS


def _refused(
    warehouse: Warehouse, source: RowSource, raw: Table, path: Path, options: Options, layout: str
) -> InputError:
    """Which row is the first bad one. The file is read again, in order this time."""
    import ibis

    if warehouse.kind == "duckdb":
        warehouse.connection.raw_sql("SET preserve_insertion_order = true")
    table = source.canonical(warehouse, raw, options).mutate(row=ibis.row_number())
    wrong = table.filter(table.bad.notnull() & (table.bad != "skip")).order_by("row").limit(1)
    found = _one(warehouse, wrong.select("bad", "row"))
    row, column = int(found["row"]), str(found["bad"])
    line = line_of(path, row, layout)
    where = "" if line is not None else f"item {row + 1}: "
    return InputError(
        f"{where}{column} is missing or not what it should be; nothing was imported", path=str(path), line=line,
        hint=_hint(column),
    )  # fmt: skip


def _hint(column: str) -> str:
    low = column.lower()
    if "token" in low or "count" in low:
        return "Counts are whole numbers of zero or more."
    if "time" in low or low in ("at", "day", "date"):
        return "Times are ISO 8601, or seconds or milliseconds since 1970."
    return ""
