"""Makefiles and justfiles as the shell scripts that their recipes are: every line stays where it is.

Which recipe is run is up to whoever runs it, so all of them count, as the functions of a script do. Variables become the
script's: `MODEL ?= x` may be given from outside. Sources: https://www.gnu.org/software/make/manual/, https://just.systems/man.
"""

from __future__ import annotations

import re

from modelguard.extract import shell
from modelguard.extract.facts import Facts

NAME = "makefile"
_ASSIGNED = re.compile(
    r"(?P<export>export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*(?P<how>\?|::?|)=[ \t]*(?P<value>[^#\n]*?)[ \t]*(?:#.*)?\Z"
)
_USED = re.compile(r"\$\((\w+)\)|\{\{\s*(\w+)\s*\}\}")
_LONGEST = 4_000


def extract(data: bytes) -> Facts:
    """Facts of one Makefile or justfile."""
    if len(data) > shell.MAX_BYTES:
        return Facts(shell.NAME, problem="a very long Makefile", problem_line=1)
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    lines = text.split("\n")
    continued = (before.endswith("\\") for before in ("", *lines))
    return shell.extract("\n".join(map(_line, lines, continued)).encode())


def _line(line: str, continued: bool) -> str:
    """A line as a shell has it: a recipe's command or what goes on with one, an assignment, else nothing."""
    if len(line) > _LONGEST:
        return ""
    if line[:1] in ("\t", " "):
        command = line.strip() if continued else line.strip().lstrip("@+-")
        return _USED.sub(lambda m: f"${{{m[1] or m[2]}}}", command).replace("$$", "$")
    match = _ASSIGNED.match(line)
    if match is None or match["value"].startswith("$("):
        return ""
    value = match["value"].strip("\"'")
    exported = "export " if match["export"] else ""
    plain = _USED.sub(lambda m: f"${{{m[1] or m[2]}}}", value)
    given = f"${{{match['name']}:-{plain}}}" if match["how"] == "?" else plain
    return f'{exported}{match["name"]}="{given}"'
