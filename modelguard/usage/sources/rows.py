"""Sources with one row a request: files are read by the warehouse, never whole into memory.

A `RowSource` says which columns it needs and how they become the canonical ones. The same expressions serve CSV, JSON,
Parquet and tables of a connection: `Fields` hides whether a value is text, JSON in a text, or a struct.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.dialect import Dialect
from modelguard.usage.events import (
    Options,
    Table,
    canonical,
    first_bad,
    moment,
    naive,
    wrong_count,
    wrong_money,
    wrong_time,
)
from modelguard.usage.warehouse import Warehouse, head_of, header_of, opened

_WRAPPED = re.compile(rb'\s*\{\s*"(data|logs|results|observations)"\s*:\s*\[')
MAX_ANSWER = 512 * 1024 * 1024
"""Most bytes of one API answer, which is read whole."""


class Fields:
    """A row's fields by the source's dotted paths, as text and as what they should be; absent ones are null.

    `reads` makes of a text what the source did not declare.
    """

    def __init__(self, table: Table, reads: Dialect) -> None:
        self._table = table
        self.reads = reads

    def text(self, path: str) -> Table:
        """A field as text; blank is null."""
        return self._table[_column("text", path)]

    def value(self, path: str) -> Table:
        """A declared count, time or amount; null where it is not there."""
        return self._table[_column("value", path)]


def _column(what: str, path: str) -> str:
    """A name that every warehouse takes; where BigQuery must have a point replaced, two paths could become one."""
    return f"{what}_{re.sub(r'[^A-Za-z0-9]', lambda found: f'_{ord(found[0])}_', path)}"


@dataclass(frozen=True)
class RowSource:
    """A source of one row a request.

    `needed` are the columns without which a file is not of this source. `texts`, `counts`, `amounts` and `time` are
    dotted paths to what is read; they are checked, and `bad` names the first that is wrong. Of `either`, one must be
    there; `wrong` are checks of its own, by column. `events` gives the canonical columns; a row whose `skip` is true is
    no request, and is counted. `signed` amounts may be negative. `zoneless`: whether times may be of any zone, as only
    the user can say. `model_of` is the model that a logged name means, where it is not a model's name.
    """

    name: str
    needed: tuple[str, ...]
    texts: tuple[str, ...]
    time: str
    events: Callable[[Fields, Options], Mapping[str, Table]]
    counts: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    skip: Callable[[Fields], Table] | None = None
    wrong: Callable[[Fields], Mapping[str, Table]] | None = None
    skipped: str = ""
    zoneless: bool = False
    model_of: Callable[[str], str] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that is read."""
        return tuple(dict.fromkeys((*self.texts, *self.counts, *self.amounts, *self.signed, *self.either, self.time)))

    def columns(self) -> dict[str, str]:
        """The columns of a JSON file, all as text until they are checked: objects as their JSON."""
        return dict.fromkeys((path.split(".")[0] for path in (*self.needed, *self.paths)), "VARCHAR")

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
        return warehouse.json(path, self.columns(), layout), layout

    def check(self, there: Sequence[str], shown: str, options: Options) -> None:
        """Raise InputError where needed columns are missing."""
        known = {name.lower() for name in there}
        missing = [name for name in self.needed if name.lower() not in known]
        if missing:
            listed = ", ".join(name[:40] for name in sorted(there)[:12] if name.isprintable()) or "nothing that is text"
            raise InputError(
                f"not {self.name}: no {', '.join(missing)}; nothing was imported.", path=shown, line=1,
                hint=f"It has {listed}{' …' if len(there) > 12 else ''}.",
            )  # fmt: skip

    def canonical(self, warehouse: Warehouse, table: Table, options: Options) -> Table:
        """The canonical table of the file's rows; rows to skip have `bad` = "skip".

        Texts, values and checks are three selections, so that nothing is parsed twice.
        """
        import ibis

        reads = Dialect(warehouse.kind)
        texts = _texts(warehouse, table, self.paths, reads)
        kinds: dict[str, Callable[[Table], Table]] = dict.fromkeys(self.counts, reads.whole)
        kinds |= dict.fromkeys((*self.amounts, *self.signed), reads.money)
        kinds[self.time] = lambda text: moment(text, reads)
        parsed = texts.select(
            *[texts[_column("text", path)] for path in self.paths],
            *[parse(texts[_column("text", path)]).name(_column("value", path)) for path, parse in kinds.items()],
        )
        fields = Fields(parsed, reads)
        found = dict(self.events(fields, options))
        found["at"] = fields.value(self.time)
        checks = {self.time: wrong_time(found["at"])}
        if self.either:
            checks[self.either[0]] = ibis.and_(*[fields.text(path).isnull() for path in self.either])
        checks |= {path: wrong_count(fields.text(path), fields.value(path), reads) for path in self.counts}
        checks |= {path: wrong_money(fields.text(path), fields.value(path)) for path in self.amounts}
        checks |= {path: fields.text(path).notnull() & fields.value(path).isnull() for path in self.signed}
        for path, failed in (self.wrong(fields) if self.wrong is not None else {}).items():
            checks[path] = checks[path] | failed if path in checks else failed
        found["bad"] = first_bad(checks)
        if self.zoneless:
            found["naive"] = naive(fields.text(self.time), reads)
        if self.skip is not None:
            found["bad"] = ibis.ifelse(self.skip(fields).fill_null(False), "skip", found["bad"])
        return canonical(parsed, found)


def _texts(warehouse: Warehouse, table: Table, paths: Sequence[str], reads: Dialect) -> Table:
    """The fields as text columns, whatever the table has them as: text, JSON in a text, or structs."""
    import ibis

    names = {name.lower(): name for name in reversed(table.columns)}
    deep: dict[str, list[str]] = {}
    for path in paths:
        top, _, rest = path.partition(".")
        if rest and names.get(top.lower()) is not None:
            deep.setdefault(names[top.lower()], []).append(rest)
    if warehouse.kind == "duckdb":
        # All of a text's JSON fields at once: the text is parsed once, not once a field.
        opened = {n: _transformed(table[n], inner) for n, inner in deep.items() if table[n].type().is_string()}
        table = table.mutate(**opened) if opened else table

    def text(path: str) -> Table:
        top, *inner = path.split(".")
        if top.lower() not in names:
            return ibis.null("string")
        return _inside(table[names[top.lower()]], inner, reads).nullif("")

    return table.select(*[text(path).name(_column("text", path)) for path in paths])


def _inside(value: Table, keys: Sequence[str], reads: Dialect) -> Table:
    """The text of what is at these keys inside a column of structs, maps, JSON or texts that hold JSON."""
    import ibis

    for position, key in enumerate(keys):
        kind = value.type()
        if not kind.is_struct() and not kind.is_map():
            return reads.inside(value, keys[position:])
        if kind.is_struct() and key not in kind.names:
            return ibis.null("string")
        value = value[key] if kind.is_struct() else value.get(key)
    return reads.inside(value, ()) if value.type().is_json() else value.cast("string")


def _transformed(column: Table, paths: Sequence[str]) -> Table:
    """DuckDB's json_transform of a text to a struct with these paths as texts."""
    import json

    import ibis
    import ibis.expr.datatypes as dt

    shape: dict[str, Any] = {}
    for path in paths:
        *outer, last = path.split(".")
        place = shape
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = "VARCHAR"

    def kind(of: Any) -> Any:
        return dt.string if of == "VARCHAR" else dt.Struct({name: kind(inner) for name, inner in of.items()})

    def json_transform(text: Any, structure: Any) -> Any: ...

    function = ibis.udf.scalar.builtin(json_transform, signature=((dt.string, dt.string), kind(shape)))
    return function(column.nullif(""), json.dumps(shape))


def layout_of(path: Path, shown: str) -> str:
    """How a file lies, by its first bytes: csv, parquet, newline_delimited, array, or answer (an API's whole answer)."""
    head = head_of(path, shown).lstrip()
    if not head:
        raise InputError("empty; nothing was imported", path=shown)
    if head.startswith(b"PAR1"):
        return "parquet"
    if not _is_text(head):
        raise InputError("neither text in UTF-8 nor Parquet; nothing was imported", path=shown)
    if head.startswith(b"["):
        return "array"
    if head.startswith(b"{"):
        first_line = head.split(b"\n", 1)[0].rstrip()
        whole = first_line.endswith(b"}") or len(first_line) == len(head)
        return "answer" if _WRAPPED.match(head) or not whole else "newline_delimited"
    return "csv"


def _is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text: its first line, or what is there of it, which may end inside a character."""
    line, ended, _ = head.partition(b"\n")
    try:
        (line if ended else head[:-4]).decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in head


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
