"""Folders that programs add to where Python looks for modules: `sys.path.append(…)`, and `PYTHONPATH` of what runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link import opened
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import RepoPath, text_of

_ADDS = frozenset({"append", "insert", "extend"})
_VARIABLE = "PYTHONPATH"


def search_path(program: Program, resolver: Resolver) -> tuple[tuple[str, str], ...]:
    """Each folder of the tree that is added, with the file that adds it."""
    return tuple(dict.fromkeys([*_by_code(program, resolver), *_by_environment(program)]))


def _by_code(program: Program, resolver: Resolver) -> Iterator[tuple[str, str]]:
    # Where a program's own text lies is the same whoever runs it.
    context = Context("search path")
    for path, scope in list(program.code()):
        mentions = scope.mentions
        if "sys" not in mentions or "path" not in mentions:
            continue
        frame = opened.alone(resolver, path, scope, context)
        for call in scope.glance().calls:
            if frame is None or not _adds(call):
                continue
            for arg in call.args[-1:]:
                items = arg.value.items if isinstance(arg.value, f.Seq) else (arg.value,)
                yield from ((folder, path) for i in items for folder in _folders(program, resolver, i, frame))


def _adds(call: f.Call) -> bool:
    func = call.func
    if called_name(call) not in _ADDS or not isinstance(func, f.Get) or not isinstance(func.base, f.Get):
        return False
    base = func.base
    return isinstance(base.base, f.Var) and base.base.name == "sys" and getattr(base.key, "value", "") == "path"


def _folders(program: Program, resolver: Resolver, expr: f.Expr, frame: Frame) -> Iterator[str]:
    folders = program.store.folders()
    for outcome in resolver.evaluate(resolver.keep(expr), resolver.keep(frame)):
        text = text_of(outcome.value)
        if isinstance(outcome.value, RepoPath):
            yield outcome.value.path
        elif text is not None:
            # A relative one means the working directory, which is mostly the root or the program's own.
            near = posixpath.normpath(posixpath.join(posixpath.dirname(frame.path), text))
            yield from [near] if near in folders else _matching(text, folders)


def _by_environment(program: Program) -> Iterator[tuple[str, str]]:
    for path, unit in program.units:
        for item in unit.env.items if isinstance(unit.env, f.Rec) else ():
            if not isinstance(item.key, f.Lit) or item.key.value != _VARIABLE or not isinstance(item.value, f.Lit):
                continue
            for part in str(item.value.value).split(":"):
                yield from ((folder, path) for folder in _matching(part, program.store.folders()))


def _matching(written: str, folders: frozenset[str]) -> list[str]:
    """The folder of the tree that a path in a container, or from a working directory, means; none where several may be."""
    parts = [p for p in re.sub(r"\$\{?\w+\}?", "", written).split("/") if p not in ("", ".", "..")]
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        if tail in folders:
            return [tail]
        found = [f for f in folders if f.endswith("/" + tail)]
        if found:
            return found if len(found) == 1 else []
    return []
