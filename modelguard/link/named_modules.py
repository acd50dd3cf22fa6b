"""Modules and functions that code names by a text: `uvicorn.run("app.main:app")`, `include("chat.urls")`,
`import_module(f"plugins.{name}")`, `queue.enqueue("jobs.summarise")`, Django's ROOT_URLCONF."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.extract.mentions import NAMING_MODULES, called_name
from modelguard.link.program import Program

_NAME = re.compile(r"(?P<dots>\.*)(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::(?P<attribute>[A-Za-z_]\w*))?\Z")
_MANY = 50
_ROOT = "ROOT_URLCONF"


def modules(program: Program, path: str, scope: f.Scope) -> list[str]:
    """The files of the modules that the calls of a scope name."""
    return [m for call in scope.glance().calls for m in of_call(program, path, call)]


def of_call(program: Program, path: str, call: f.Call) -> list[str]:
    """The files of the modules that one call names."""
    return [m for text in _texts(call) for m, _ in named(program, path, text)]


def functions(program: Program, path: str, call: f.Call) -> list[tuple[str, str]]:
    """The functions that a call names, each with its file."""
    extension = called_name(call).startswith("load_extension")  # discord.py calls its `setup`
    every = [found for text in _texts(call) for found in named(program, path, text)]
    return [(m, a or "setup") for m, a in every if a or extension]


def named(program: Program, path: str, text: str) -> Iterator[tuple[str, str]]:
    """The files that a text names as modules, with the name in it where it names one; after a dot at its end, every module of
    a package."""
    match = _NAME.match(text.removesuffix("."))
    if match is None:
        return
    module, level = match["module"], len(match["dots"])
    if text.endswith("."):
        yield from ((found, "") for found in _inside(program, path, module, level))
        return
    whole = program.module(path, module, level)
    if whole is not None:
        yield whole, match["attribute"] or ""
    elif "." in module and not match["attribute"]:
        outer, _, attribute = module.rpartition(".")
        around = program.module(path, outer, level)
        if around is not None:
            yield around, attribute


def of_starter(program: Program, path: str) -> Iterator[str]:
    """What starting a Django project loads: its settings and the routes that they name."""
    for starter, name in program.django_starters:
        settings = program.module(path, name) if starter == path else None
        if settings is None:
            continue
        yield settings
        beside = [p for p in program.store.paths() if posixpath.dirname(p) == posixpath.dirname(settings)]
        for other in [settings, *sorted(p for p in beside if p.endswith(".py") and p != settings)]:
            top = program.scopes(other).get("")
            binds = [b.value for b in top.glance().binds if b.name == _ROOT] if top is not None else []
            for text in (str(v.value) for v in binds if isinstance(v, f.Lit)):
                yield from (found for found, _ in named(program, settings, text))


def _texts(call: f.Call) -> Iterator[str]:
    """The texts of a call that may name modules, a package's with a dot at the end where the rest is put in."""
    name = called_name(call)
    if name not in NAMING_MODULES:
        return
    values = [a.value for a in call.args]
    for value in [*values, *(i for v in values if isinstance(v, f.Seq) for i in v.items)]:
        text = value.value if isinstance(value, f.Lit) else None
        if isinstance(value, f.Join) and isinstance(value.parts[0], f.Lit):
            first = str(value.parts[0].value)
            text = first if first.endswith(".") else None
        if isinstance(text, str) and (":" in text or name not in ("run", "serve", "Config")):
            yield text


def _inside(program: Program, path: str, module: str, level: int) -> list[str]:
    package = program.module(path, module, level)
    folder = posixpath.dirname(package) if package is not None and package.endswith("/__init__.py") else None
    if folder is None:
        suffix = module.replace(".", "/")
        folders = [d for d in program.store.folders() if d == suffix or d.endswith(f"/{suffix}")]
        folder = folders[0] if len(folders) == 1 else None
    if folder is None:
        return []
    found = sorted(p for p in program.store.paths() if posixpath.dirname(p) == folder and p.endswith(".py"))
    return [p for p in found if not p.endswith("/__init__.py")][:_MANY]
