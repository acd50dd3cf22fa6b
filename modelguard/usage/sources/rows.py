"""Sources with one row a request: files are read by the warehouse, never whole into memory.

A `RowSource` says which columns it needs and how they become the canonical ones. The same expressions serve CSV, JSON,
Parquet and tables of a connection: `Columns` hides whether a value is text, JSON in a text, or a struct.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Options, Table, canonical, not_blank
from modelguard.usage.warehouse import Warehouse, head_of, header_of, opened

_WRAPPED = re.compile(rb'\s*\{\s*"(data|logs|results|observations)"\s*:\s*\[')
MAX_ANSWER = 512 * 1024 * 1024
"""Most bytes of one API answer, which is read whole."""


class Columns:
    """The columns of a table by the source's names, whatever type they have; absent ones are null."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._names = {name.lower(): name for name in reversed(table.columns)}

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name.lower() in self._names

    def text(self, name: str, *path: str) -> Table:
        """A column, or what lies under `path` in it, as text; blank is null."""
        import ibis

        if not self.has(name):
            return ibis.null("string")
        value: Any = self.table[self._names[name.lower()]]
        for key in path:
            kind = value.type()
            if kind.is_struct():
                if key not in kind.names:
                    return ibis.null("string")
                value = value[key]
            elif kind.is_map():
                value = value.get(key)
            else:
                if not kind.is_json():
                    value = value.try_cast("json") if kind.is_string() else value.cast("json")
                value = value[key]
        if value.type().is_json():
            # A JSON string without its quotes, anything else as it is written.
            value = value.cast("string").strip().re_replace('^"(.*)"$', r"\1")
        return not_blank(value.cast("string"))


@dataclass(frozen=True)
class RowSource:
    """A source of one row a request.

    `needed` are the columns without which a file is not of this source; `nested` those that JSON files have as objects,
    with the keys that are read. `events` gives the canonical columns; a row whose `skip` is true is no request and is
    counted under its name. `checked` are the columns named in `bad`.
    """

    name: str
    needed: tuple[str, ...]
    others: tuple[str, ...]
    events: Callable[[Columns, Options], Mapping[str, Table]]
    skip: Callable[[Columns], Table] | None = None
    skipped: str = ""
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """The columns of a JSON file as DuckDB's types: everything is text until it is checked."""
        kinds = {}
        for name in (*self.needed, *self.others):
            inner = self.nested.get(name)
            kinds[name] = "STRUCT(" + ", ".join(f'"{key}" VARCHAR' for key in inner) + ")" if inner else "VARCHAR"
        return kinds

    def table(self, warehouse: Warehouse, path: Path, shown: str, options: Options) -> tuple[Table, str]:
        """The file's own rows, and how they lie in it. Raises InputError where it is not of this source."""
        layout = layout_of(path, shown)
        if layout == "csv":
            self.check(header_of(path, shown)[0], shown, options)
            return warehouse.csv(path, shown), layout
        if layout == "parquet":
            found = warehouse.parquet(path)
            self.check(found.columns, shown, options)
            return found, layout
        if layout == "answer":
            path, layout = unwrapped(path, shown, warehouse.folder), "newline_delimited"
        self.check(first_keys(path, shown, layout), shown, options)
        columns = self.columns() or dict.fromkeys(options.columns.values(), "VARCHAR")
        return warehouse.json(path, columns, layout), layout

    def check(self, there: Sequence[str], shown: str, options: Options) -> None:
        """Raise InputError where needed columns are missing."""
        known = {name.lower() for name in there}
        missing = [name for name in self.needed if name.lower() not in known]
        if missing:
            listed = ", ".join(sorted(there)[:12]) or "nothing"
            raise InputError(
                f"not {self.name}: no {', '.join(missing)}; nothing was imported", path=shown, line=1,
                hint=f"It has {listed}{' …' if len(there) > 12 else ''}.",
            )  # fmt: skip

    def canonical(self, table: Table, options: Options) -> Table:
        """The canonical table of the file's rows; rows to skip have `bad` = "skip"."""
        import ibis

        columns = Columns(table)
        found = dict(self.events(columns, options))
        if self.skip is not None:
            found["bad"] = ibis.ifelse(self.skip(columns).fill_null(False), "skip", found["bad"])
        return canonical(table, found)


def layout_of(path: Path, shown: str) -> str:
    """How a file lies, by its first bytes: csv, parquet, newline_delimited, array, or answer (an API's whole answer)."""
    head = head_of(path, shown).lstrip()
    if not head:
        raise InputError("empty; nothing was imported", path=shown)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"["):
        return "array"
    if head.startswith(b"{"):
        first_line = head.split(b"\n", 1)[0].rstrip()
        whole = first_line.endswith(b"}") or len(first_line) == len(head)
        return "answer" if _WRAPPED.match(head) or not whole else "newline_delimited"
    return "csv"


def answer_of(path: Path, shown: str) -> Any:
    """A JSON file read whole. Raises InputError where it is not JSON or too large for one answer."""
    import msgspec

    try:
        with opened(path) as file:
            data = file.read(MAX_ANSWER + 1)
    except EOFError as error:
        raise InputError("the gz file is cut off; nothing was imported", path=shown) from error
    except OSError as error:
        raise InputError("could not be read", path=shown) from error
    if len(data) > MAX_ANSWER:
        raise InputError(f"one JSON document of more than {MAX_ANSWER >> 20} MiB; give JSON lines", path=shown)
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"not JSON: {error}; nothing was imported", path=shown) from error


def unwrapped(path: Path, shown: str, folder: Path) -> Path:
    """An API's answer `{"data": [rows]}` as JSON lines in `folder`."""
    import msgspec

    answer = answer_of(path, shown)
    rows = next(
        (answer[k] for k in ("data", "logs", "results", "observations") if isinstance(answer.get(k), list)), [answer]
    )
    for position, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise InputError(f"item {position} is no object; nothing was imported", path=shown)
    import hashlib

    target = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:16]}.jsonl"
    target.write_bytes(b"\n".join(msgspec.json.encode(row) for row in rows) + b"\n")
    return target


def first_keys(path: Path, shown: str, layout: str) -> list[str]:
    """The keys of a JSON file's first row."""
    import json

    text = head_of(path, shown, 1 << 22).decode("utf-8", "replace").lstrip()
    if layout == "array":
        text = text[1:].lstrip()
        if text.startswith("]"):
            return []
    try:
        first, _ = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise InputError("the first row is not JSON; nothing was imported", path=shown, line=1) from error
    if not isinstance(first, dict):
        raise InputError("the first row is no JSON object; nothing was imported", path=shown, line=1)
    return list(first)


def line_of(path: Path, row: int, layout: str) -> int | None:
    """The line of the row with this number (from 0): a quoted value may hold line breaks."""
    import csv
    import io

    with opened(path) as file:
        if layout == "newline_delimited":
            seen = -1
            for number, line in enumerate(file, 1):
                seen += bool(line.strip())
                if seen == row:
                    return number
        elif layout == "csv":
            reader = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""))
            for position, _ in enumerate(reader):
                if position == row:
                    before = reader.line_num
                    return before + 1
    return None
