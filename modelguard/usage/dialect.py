"""Reading texts, where each warehouse has a way of its own that Ibis does not hide.

What Ibis makes of a text that should be JSON, a number or a time differs: a cast to JSON parses on DuckDB and quotes the text
on Trino, on Snowflake a failed `try_cast` is an error. So these few go by the warehouse's own functions; all else of the
rollup is the same expressions. Every function gives null where a text is not what it should be.

Sources: Trino's `json_extract_scalar` (json functions) and its pattern of timestamps (DateTimes.java: a blank between date and
time, no T); BigQuery's `json_value` and `safe_cast`; Snowflake's `try_parse_json`, `try_to_*`; Spark's `get_json_object`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelguard.usage.events import Table

TRINO = ("trino", "athena")
EXACT = 9e15
"""Whole numbers up to here are exact as floats."""
UTC = "timestamp('UTC', 6)"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the warehouse of this kind (DuckDB's, Spark's or a connection URL's scheme) reads texts."""

    kind: str = "duckdb"

    def whole(self, text: Table) -> Table:
        """A text as a whole number. `3.5` is rounded, as databases do: whoever counts checks for fractions."""
        if self.kind == "snowflake":
            return _call("try_to_number", "decimal(38, 0)", text, 38, 0).cast("int64")
        value = text.try_cast("int64")
        if self.kind in ("trino", "athena", "bigquery"):
            import ibis

            # There a text with a point or an exponent is no whole number.
            number = text.try_cast("float64")
            return ibis.coalesce(value, ibis.ifelse(number.abs() < EXACT, number, None).round().cast("int64"))
        return value

    def number(self, text: Table) -> Table:
        """A text as a float."""
        return _call("try_to_double", "float64", text) if self.kind == "snowflake" else text.try_cast("float64")

    def money(self, text: Table) -> Table:
        """A text as a decimal of twelve places."""
        if self.kind == "snowflake":
            return _call("try_to_decimal", "decimal(38, 12)", text, 38, 12)
        return text.try_cast("decimal(38, 12)")

    def time(self, text: Table) -> Table:
        """An ISO 8601 text as UTC time without a zone; without an offset it is UTC already."""
        if self.kind == "snowflake":
            # Cast from a time with an offset, Snowflake keeps the clock's face: so the offset is made UTC's before.
            zoned = _call("try_to_timestamp_tz", UTC, text)
            return _call("convert_timezone", UTC, "UTC", zoned).cast("timestamp(6)")
        if self.kind in TRINO:
            import ibis

            text = ibis.ifelse(text.contains(" "), text, text.replace("T", " "))
        return text.try_cast(UTC).cast("timestamp(6)")

    def since_1970(self, milliseconds: Table) -> Table:
        """Whole milliseconds as UTC time without a zone."""
        if self.kind == "pyspark":
            # Spark makes timestamps of whole seconds only.
            seconds = (milliseconds / 1000).floor().cast("int64")
            rest = (milliseconds - seconds * 1000).as_interval("ms")
            return (seconds.as_timestamp("s") + rest).cast("timestamp(6)")
        if self.kind in TRINO:
            # Ibis drops what is less than a second.
            return _call("from_unixtime", UTC, milliseconds / 1000).cast("timestamp(6)")
        return milliseconds.as_timestamp("ms").cast("timestamp(6)")

    def milliseconds(self, at: Table) -> Table:
        """Whole milliseconds since 1970 of a UTC time without a zone."""
        if self.kind == "bigquery":
            return _call("unix_millis", "int64", at.cast(UTC))
        # Of whole seconds, as DuckDB and Trino round what is left of one.
        return at.truncate("s").epoch_seconds().cast("int64") * 1000 + at.millisecond().cast("int64")

    def inside(self, column: Table, keys: Sequence[str]) -> Table:
        """The text at a path of keys in a JSON column, or in a text that holds JSON; a JSON text without its quotes."""
        path = "$" + "".join(f".{key}" if _PLAIN.match(key) else f'."{key}"' for key in keys)
        if self.kind in TRINO:
            return _call("json_extract_scalar", "string", column, path)
        if self.kind == "bigquery":
            return _call("json_value", "string", column, path)
        if self.kind == "snowflake":
            json = _call("try_parse_json", "json", column) if column.type().is_string() else column
            return (_call("get_path", "json", json, path.removeprefix("$.")) if keys else json).cast("string")
        if self.kind == "pyspark":
            brackets = "$" + "".join(f"['{key}']" for key in keys)
            return _call("get_json_object", "string", column.cast("string"), brackets)
        return _call("json_extract_string", "string", column, path)


_PLAIN = re.compile(r"[A-Za-z_]\w*$")


def _call(name: str, kind: str, *given: Any) -> Table:
    """The warehouse's own function of this name, which gives a value of this kind."""
    import ibis

    arguments = [value if isinstance(value, ibis.Value) else ibis.literal(value) for value in given]
    shape = _SHAPES[len(arguments)]
    function = ibis.udf.scalar.builtin(shape, name=name, signature=(tuple(a.type() for a in arguments), kind))
    return function(*arguments)


def _of_one(first: Any) -> Any: ...


def _of_two(first: Any, second: Any) -> Any: ...


def _of_three(first: Any, second: Any, third: Any) -> Any: ...


_SHAPES = {1: _of_one, 2: _of_two, 3: _of_three}
