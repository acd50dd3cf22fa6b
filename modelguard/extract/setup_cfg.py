"""setup.cfg: the console scripts that setuptools installs.

Format: https://setuptools.pypa.io/en/latest/userguide/entry_point.html. Only the `console_scripts` of
`[options.entry_points]` say what runs; each stands on a line of its own.
"""

from __future__ import annotations

import re

from modelguard.extract.facts import Facts, Lit, Seq, Unit

NAME = "setup.cfg"
_SECTION = re.compile(r"\[([^\]]+)\]")
_GROUP = re.compile(r"([\w.-]+)\s*=\s*(.*)")
_SCRIPT = re.compile(r"([\w.-]+)\s*=\s*([\w.]+\s*:\s*[\w.]+)")


def extract(data: bytes) -> Facts:
    """Facts of a setup.cfg: its console scripts as units."""
    section = group = ""
    units: list[Unit] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        heading, entry = _SECTION.match(line), _GROUP.match(line)
        if heading is not None:
            section, group = heading[1].strip(), ""
        elif entry is not None:
            group = entry[1]
        script = _SCRIPT.search(line) if (section, group) == ("options.entry_points", "console_scripts") else None
        if script is not None and not line.lstrip().startswith(("#", ";")):
            at = (number, script.start() + 1)
            called = re.sub(r"\s", "", script[2])
            command = Seq((Lit("console-script", at), Lit(called, at)), at)
            units.append(Unit(script[1], "console-script", at, command=command))
    return Facts(NAME, units=tuple(units))
