"""Services of systemd: what one starts, with the variables that its unit sets. It goes by its file's name.

Format: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html. Files of variables lie on the machine.
"""

from __future__ import annotations

import re

from modelguard.extract.build import literal
from modelguard.extract.facts import Facts, Item, Lit, Rec, Unit
from modelguard.extract.unit_parts import shell
from modelguard.extract.words import split

NAME = "systemd"
_SECTION = re.compile(r"\[(\w+)\]\s*\Z")
_ENTRY = re.compile(r"(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*\Z")


def extract(data: bytes) -> Facts:
    """The service of one unit file; nothing where it starts none."""
    section, command, items = "", None, list[Item]()
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        heading = _SECTION.match(line)
        section = heading[1] if heading is not None else section
        entry = _ENTRY.match(line) if section == "Service" else None
        if entry is None:
            continue
        at = number, entry.start("value") + 1
        if entry["name"] == "ExecStart" and entry["value"]:
            command = shell(Lit(entry["value"].lstrip("-@:+!"), at))
        elif entry["name"] == "Environment":
            for word in split(entry["value"]):
                name, sign, value = word.partition("=")
                place = number, max(line.find(f"{name}="), 0) + 1
                if sign:
                    items.append(Item(Lit(name, place), literal(value, place, name), place))
    if command is None:
        return Facts(NAME)
    return Facts(NAME, units=(Unit("", NAME, command.at, env=Rec(tuple(items), command.at), command=command),))
