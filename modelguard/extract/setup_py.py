"""The console scripts that a setup.py declares, where they are written out.

Format: https://setuptools.pypa.io/en/latest/userguide/entry_point.html; `entry_points` is a mapping, or a text like setup.cfg's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from modelguard.extract.facts import Lit, Seq, Unit

MARK = b"console_scripts"
_SCRIPT = re.compile(r"\s*([\w.-]+)\s*=\s*([\w.]+\s*:\s*[\w.]+)\s*\Z")
_GROUP = re.compile(r"\s*\[([^\]]+)\]")


def units(tree: ast.Module) -> tuple[Unit, ...]:
    """The console scripts of a module that calls `setup(entry_points=…)`."""
    return tuple(unit for node in ast.walk(tree) if isinstance(node, ast.Call) for unit in _of_call(node))


def _of_call(call: ast.Call) -> Iterator[Unit]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = next((k.value for k in call.keywords if k.arg == "entry_points"), None)
    if name != "setup" or given is None:
        return
    for text, line, column in _texts(given):
        script = _SCRIPT.match(text)
        if script is not None:
            at = (line, column + 1)
            command = Seq((Lit("console-script", at), Lit(re.sub(r"\s", "", script[2]), at)), at)
            yield Unit(script[1], "console-script", at, command=command)


def _texts(given: ast.expr) -> Iterator[tuple[str, int, int]]:
    """The lines that declare a script, each with where it stands."""
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        group = ""
        for offset, line in enumerate(given.value.splitlines()):
            heading = _GROUP.match(line)
            group = heading[1].strip() if heading is not None else group
            if group == "console_scripts" and heading is None:
                yield line, given.lineno + offset, 0
    elif isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "console_scripts":
                items = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
                for item in items:
                    if isinstance(item, ast.Constant) and isinstance(item.value, str):
                        yield item.value, item.lineno, item.col_offset
