"""INI files: sections of `key = value`, as Python's configparser reads them, as a mapping of mappings.

Format: https://docs.python.org/3/library/configparser.html#supported-ini-file-structure. Values over several lines keep their
first; `%(name)s` is left open.
"""

from __future__ import annotations

import re

from modelguard.extract.build import literal
from modelguard.extract.facts import Expr, Facts, Item, Lit, Opaque, Rec

NAME = "ini"
_SECTION = re.compile(r"\s*\[(?P<name>[^\]]+)\]")
_ENTRY = re.compile(r"(?P<name>[^\s#;=:\[][^=:]*?)\s*[=:]\s*(?P<value>.*?)\s*$")
_LONGEST = 10_000


def extract(data: bytes) -> Facts:
    """Facts of one INI file; lines that are no entry are passed over."""
    sections: dict[str, tuple[tuple[int, int], list[Item]]] = {}
    current: list[Item] = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        if len(line) > _LONGEST:
            continue
        section, entry = _SECTION.match(line), _ENTRY.match(line)
        if section is not None:
            at = number, section.start("name") + 1
            current = sections.setdefault(section["name"], (at, []))[1]
        elif entry is not None:
            at = number, entry.start("value") + 1
            key = Lit(entry["name"].lower(), (number, entry.start("name") + 1))
            current.append(Item(key, _value(entry["value"], at, entry["name"]), at))
    items = tuple(Item(Lit(name, at), Rec(tuple(inside), at), at) for name, (at, inside) in sections.items())
    return Facts(NAME, Rec(items, (1, 1)))


def _value(written: str, at: tuple[int, int], name: str) -> Expr:
    value = re.split(r"\s+[#;]", written, maxsplit=1)[0].strip()
    if re.search(r"%\(\w+\)s|\$\{", value):
        return Opaque("put together from other entries", at)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return literal(value, at, name)
