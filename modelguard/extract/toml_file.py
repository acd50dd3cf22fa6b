"""TOML files: the document with positions, and the console scripts that a pyproject.toml installs.

`tomllib` gives values without positions; a key's line is found again by reading tables and keys line by line, which is
exact for keys that are written on a line of their own and the table's line for all others.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from datetime import date, datetime, time

from modelguard.extract import platforms, samconfig
from modelguard.extract.build import MAX_DEPTH, literal
from modelguard.extract.facts import Expr, Facts, Item, Lit, Opaque, Rec, Seq, Span, Unit
from modelguard.extract.yaml_doc import get, text

NAME = "toml"
_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"""\s*((?:"[^"\n]*"|'[^'\n]*'|[\w-]+)(?:\s*\.\s*(?:"[^"\n]*"|'[^'\n]*'|[\w-]+))*)\s*=\s*""")
_INLINE = re.compile(r"""[{,]\s*(?:"([^"\n]*)"|'([^'\n]*)'|([\w-]+))\s*=\s*""")
"""A key of an inline table (`vars = { A = 1, B = 2 }`)."""
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*(?:\.|$)""")


def extract(data: bytes) -> Facts:
    """Facts of one TOML file. A file that does not parse gives `problem` with its line."""
    try:
        written = data.decode("utf-8-sig")
        loaded = tomllib.loads(written)
    except UnicodeDecodeError:
        return Facts(NAME, problem="not UTF-8 text", problem_line=1)
    except ValueError as error:  # also for a number of thousands of digits, which Python refuses to read
        match = re.search(r"line (\d+)", str(error))
        return Facts(NAME, problem="not valid TOML", problem_line=int(match[1]) if match else 1)
    except RecursionError:
        return Facts(NAME, problem="nested too deeply to follow", problem_line=1)
    places = _places(written)
    _place_elements(loaded, (), places, _Lines(written), 0)
    document = _expr(loaded, (), places, (1, 1), 0)
    return Facts(NAME, document, units=(*_scripts(document), *platforms.units(document)))


def _places(written: str) -> dict[tuple[str, ...], Span]:
    """Where each dotted key has its value; the first of several tables of an array."""
    found: dict[tuple[str, ...], Span] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(written.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        heading = _TABLE.match(line)
        key = _KEY.match(line) if heading is None else None
        if heading is not None:
            table = _split(heading[1])
            found.setdefault(table, (number, 1))
        elif key is not None:
            found.setdefault((*table, *_split(key[1])), (number, key.end() + 1))
    return found


class _Lines:
    """The lines of a file, and where the keys of inline tables stand in them: each line is gone through once for these."""

    def __init__(self, written: str) -> None:
        self.texts = written.split("\n")
        self._keys: dict[int, dict[str, list[tuple[int, int]]]] = {}

    def value_of(self, key: str, at: Span) -> Span | None:
        """Where the value of a key is that an inline table has on its line, at this place or after it."""
        number, column = at
        if number not in self._keys:
            found = self._keys[number] = {}
            for match in _INLINE.finditer(self.texts[number - 1]):
                name = next(g for g in match.groups() if g is not None)
                found.setdefault(name, []).append((match.start(), match.end()))
        places = self._keys[number].get(key, [])
        index = bisect.bisect_left(places, (column - 1, 0))
        return (number, places[index][1] + 1) if index < len(places) else None


def _place_elements(
    value: object, path: tuple[str, ...], places: dict[tuple[str, ...], Span], lines: _Lines, depth: int
) -> None:
    """The places of the texts in lists, which may stand on lines of their own: each is looked for after the one before."""
    if isinstance(value, dict) and depth <= MAX_DEPTH:
        for key, inner in value.items():
            inside = lines.value_of(key, places[path]) if path in places and (*path, key) not in places else None
            if inside is not None:
                places[(*path, key)] = inside
            _place_elements(inner, (*path, key), places, lines, depth + 1)
    if not isinstance(value, list) or path not in places:
        return
    number, column = places[path]
    for index, one in enumerate(value):
        written = [f'"{one}"', f"'{one}'"] if isinstance(one, str) else []
        hits = [
            (at, lines.texts[at - 1].index(text) + 1)
            for at in range(number, min(number + _NEXT, len(lines.texts) + 1))
            for text in written
            if text in lines.texts[at - 1]
        ]
        if hits:
            number, column = hits[0]
            places[(*path, str(index))] = number, column


_NEXT = 20
"""Lines after an element of a list within which the next one is looked for."""


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(next(g for g in m.groups() if g is not None) for m in _PART.finditer(dotted))


def _expr(value: object, path: tuple[str, ...], places: dict[tuple[str, ...], Span], around: Span, depth: int) -> Expr:
    at = places.get(path, around)
    if depth > MAX_DEPTH:
        return Opaque("nested too deeply to follow", at)
    if isinstance(value, dict):
        return Rec(tuple(_item(k, v, (*path, k), places, at, depth) for k, v in value.items()), at)
    if path and path[-1] == samconfig.OVERRIDES and isinstance(value, (str, list)):
        texts = [value] if isinstance(value, str) else value
        written = [(v, places.get((*path, str(i)), at)) for i, v in enumerate(texts) if isinstance(v, str)]
        return samconfig.mapping(written, at)
    if isinstance(value, list):
        return Seq(tuple(_element(v, i, path, places, at, depth) for i, v in enumerate(value)), at)
    if isinstance(value, (datetime, date, time)):
        return Opaque("a date", at)
    return literal(value, at, path[-1] if path else "")


def _element(
    value: object, index: int, path: tuple[str, ...], places: dict[tuple[str, ...], Span], at: Span, depth: int
) -> Expr:
    place = places.get((*path, str(index)), at)
    if isinstance(value, str):
        return literal(value, place, path[-1] if path else "")
    return _expr(value, path, places, at, depth + 1)


def _item(
    key: str, value: object, path: tuple[str, ...], places: dict[tuple[str, ...], Span], around: Span, depth: int
) -> Item:
    inner = _expr(value, path, places, around, depth + 1)
    return Item(Lit(key, inner.at), inner, inner.at)


def _scripts(document: Expr) -> list[Unit]:
    """`[project.scripts]` and Poetry's: each command with the function that it calls."""
    units: list[Unit] = []
    for table in (get(document, "project", "scripts"), get(document, "tool", "poetry", "scripts")):
        for item in table.items if isinstance(table, Rec) else ():
            target = text(item.value)
            if target is not None and ":" in target and isinstance(item.key, Lit):
                command = Seq((Lit("console-script", item.at), Lit(target, item.at)), item.at)
                units.append(Unit(str(item.key.value), "console-script", item.at, command=command))
    return units
