"""Procfiles: one process a line, `name: command` (Heroku, Dokku, Foreman)."""

from __future__ import annotations

import re

from modelguard.extract.facts import Facts, Lit, Unit
from modelguard.extract.unit_parts import shell

NAME = "procfile"
_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


def extract(data: bytes) -> Facts:
    """The processes of one Procfile."""
    units = []
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
        match = _LINE.match(line)
        if match is not None:
            command = Lit(match[2].strip(), (number, match.start(2) + 1))
            units.append(Unit(match[1], "procfile", (number, 1), command=shell(command)))
    return Facts(NAME, units=tuple(units))
