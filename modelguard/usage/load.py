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
from modelguard.usage.sources.rows import RowSource, first_keys, layout_of, line_of
from modelguard.usage.warehouse import Warehouse, explained, size_of
from modelguard.usage.zones import to_utc

DATA_ERRORS = (
    "InvalidInputException", "IOException", "ConversionException", "OutOfMemoryException", "Py4JJavaError",
    "SparkException", "SparkRuntimeException",
)  # fmt: skip
AT_ONCE = 16_000_000
"""About how many ids are compared at once: a gigabyte of them."""
BATCH = 500
"""Most files that are read at once."""
Progress = Callable[[str, float, float], None]
"""Told what is being done now, and from where to where of the whole (0 to 1) that leads."""
READING = 0.75
"""The share of an import that reading takes; the next 5 % look for copies (measured)."""


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
    skipped = done = past = 0
    notes: list[str] = []
    sizes = [size_of(path) for path in files]
    total = sum(sizes) or 1
    for batch in _batches(warehouse, files):
        read = sum(sizes[done : done + len(batch)])
        progress(_reading(batch, read), READING * past / total, READING * (past + read) / total)
        past += read
        stored, found = _read(warehouse, source, batch, options, f"part_{done}")
        done += len(batch)
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
    progress("looking for requests that are there twice", READING, READING + 0.05)
    table, copies = _once(warehouse, table, sum(counts), notes)
    return Loaded(table, sum(counts), tuple(counts), skipped, copies, tuple(notes))


def _reading(batch: Sequence[Path], size: int) -> str:
    more = f" and {len(batch) - 1} more" if len(batch) > 1 else ""
    large = f", {size / 1e9:.1f} GB" if size > 5e7 else ""
    return f"reading {batch[0].name[:60]}{more}{large}"


def _batches(warehouse: Warehouse, files: Sequence[Path]) -> list[list[Path]]:
    """Files to read at once: logs of S3 are thousands of small files of JSON lines."""
    batches: list[list[Path]] = []
    room = False
    for path in files:
        small = warehouse.kind == "duckdb" and layout_of(path, str(path)) == "newline_delimited"
        if small and room and len(batches[-1]) < BATCH:
            batches[-1].append(path)
        else:
            batches.append([path])
        room = small
    return batches


def _read(
    warehouse: Warehouse, source: RowSource, batch: Sequence[Path], options: Options, name: str
) -> tuple[Table, dict[str, Any]]:
    """Files as a stored table, and how many rows there are and are skipped. Raises InputError for the first bad row."""
    raw, layout = source.table(warehouse, batch[0], str(batch[0]), options)
    if len(batch) > 1:
        for path in batch[1:]:
            source.check(first_keys(path, str(path), layout), str(path), options)
        raw = warehouse.json(list(batch), source.columns(), layout)
    try:
        stored = warehouse.kept(name, compact(warehouse, source.canonical(warehouse, raw, options)))
        bad = stored.bad.notnull() & (stored.bad != "skip")
        found = _one(warehouse, stored.aggregate(rows=stored.count(), bad=bad.sum(), skip=(stored.bad == "skip").sum()))
    except Exception as error:
        if not _about_data(error):
            raise
        _one_by_one(warehouse, source, batch, options, name)
        raise explained(error, batch[0], str(batch[0]), layout) from error
    if found["bad"]:
        _one_by_one(warehouse, source, batch, options, name)
        raise _refused(warehouse, source, raw, batch[0], options, layout)
    return stored, found


def _one_by_one(warehouse: Warehouse, source: RowSource, batch: Sequence[Path], options: Options, name: str) -> None:
    """Which file of a batch is wrong: its error is raised."""
    if len(batch) > 1:
        for number, path in enumerate(batch):
            _read(warehouse, source, [path], options, f"{name}_{number}")


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
    stored = warehouse.kept("part_0", compact(warehouse, canonical(table, {n: table[n] for n in EVENTS})))
    notes: list[str] = []
    table, copies = _once(warehouse, stored, len(buckets), notes)
    return Loaded(table, sum(rows), tuple(rows), 0, copies, tuple(notes))


def load_table(warehouse: Warehouse, source: RowSource, name: str, options: Options) -> Loaded:
    """A table that lies in the warehouse already, read where it is."""
    raw = warehouse.table(name)
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
    table = table.filter(table.bad.isnull())
    if source.zoneless:
        table, said = to_utc(warehouse, table, options.timezone)
        notes += said
    table, copies = _once(warehouse, table, found["rows"], notes)
    return Loaded(table, found["rows"], (found["rows"],), found["skip"] or 0, copies, tuple(notes))


def _together(warehouse: Warehouse, parts: Sequence[Table]) -> Table:
    import ibis

    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def _once(warehouse: Warehouse, table: Table, rows: int, notes: list[str]) -> tuple[Table, int]:
    """Each request once, and how many rows were copies. Ids are looked at in parts, or 100 million would not fit."""
    import ibis

    from modelguard.usage import replay

    parts = 1
    while warehouse.kind == "duckdb" and rows > parts * AT_ONCE:
        parts *= 2
    repeated: list[Table] = []
    more = 0
    for part in range(parts):
        # Ids are hashes there, so their last bits are as good as drawn.
        some = table if parts == 1 else table.filter((table.id & (parts - 1)) == part)
        copies = replay.twice(some)
        found = _one(warehouse, copies.aggregate(more=(copies.times - 1).sum()))
        if found["more"]:
            more += int(found["more"])
            repeated.append(warehouse.kept(f"copies_{part}", copies))
    if not repeated:
        return table, 0
    notes.append(f"{more:,} rows repeat a request that is there already; each counts once")
    copies = repeated[0] if len(repeated) == 1 else ibis.union(*repeated)
    return warehouse.kept("once", replay.without_copies(table, copies)), more


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
        f"{where}{column} is missing or not what it should be; nothing was imported.", path=str(path), line=line,
        hint=_hint(column),
    )  # fmt: skip


def _hint(column: str) -> str:
    low = column.lower()
    if "token" in low or "count" in low:
        return "Counts are whole numbers of zero or more."
    if "time" in low or low in ("at", "day", "date"):
        return "Times are ISO 8601, or seconds or milliseconds since 1970."
    return ""
