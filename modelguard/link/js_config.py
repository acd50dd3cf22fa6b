"""Libraries that keep a JavaScript program's configuration: convict, node-config and nconf, settings of an editor's extension.

Sources: convict 6 (`default`, `env`), config 4 (files of `config/` and their order), nconf 0.13 (`:` between the parts),
https://code.visualstudio.com/api/references/contribution-points#contributes.configuration.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link import environment, files
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.values import (
    Const,
    External,
    FileText,
    Made,
    Mapping,
    Outcome,
    Outcomes,
    Step,
    Unknown,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_CONVICT = re.compile(r"npm:convict(?:\.\w+)?\(\)\.get")
_NODE_CONFIG = "npm:config"
_NCONF = re.compile(r"npm:nconf(?:\.Provider\(\))?\.get")
_FILES = ("yaml", "yml", "json", "toml")
_COMMON = ("default",)
_VARIABLES = ("custom-environment-variables",)
_STAGES = ("production", "development")


def looked_up(resolver: Resolver, func: External, call: f.Call, frame: Frame) -> Outcomes | None:
    """What `get` of such a library gives; None for anything else."""
    name = func.name
    if name == "npm:vscode.workspace.getConfiguration().get" and func.made is not None:
        return _of_editor(resolver, func.made, call, frame)
    convict = func.made if _CONVICT.fullmatch(name) else None
    if convict is None and name != f"{_NODE_CONFIG}.get" and not _NCONF.fullmatch(name):
        return None
    keys = resolver.texts(call.args[0].value, frame) if call.args else []
    found: list[Outcome] = []
    for key in keys:
        parts = re.split(r"[.:]", key)
        if convict is not None:
            found += _of_schema(resolver, convict.call, convict.frame, parts, frame, call.at)
        else:
            found += _in_files(resolver, name, parts, frame, call.at)
    return tuple(found) or unknown(f"a setting whose name is not known, of `{name}`")


# -- convict -----------------------------------------------------------------------------------------------------------


def _of_schema(resolver: Resolver, call: f.Call, where: Frame, parts: list[str], frame: Frame, at: f.Span) -> Outcomes:
    """`convict({llm: {model: {default: "m", env: "LLM_MODEL"}}}).get("llm.model")`: the variable, else the default."""
    described = resolver.evaluate(call.args[0].value, where) if call.args else ()
    for part in parts:
        described = tuple(o for base in described for o in _entry(resolver, base, part))
    variables = [t for base in described for o in entry(resolver, base, "env") if (t := text_of(o.value)) is not None]
    default = tuple(o for base in described for o in _entry(resolver, base, "default") if o.value != Const(None))
    read = Step("read", frame.path, *at, name=frame.scope.name)
    spare = through(tuple(_called(o, ".".join(parts)) for o in default), read)
    if not variables:
        return spare or unknown(f"`{'.'.join(parts)}` is not in the schema")
    given = environment.variable(resolver, variables[0], frame, at, None)
    known = any(not isinstance(o.value, Unknown) for o in given)
    why = f"only where `{variables[0]}` is not set" if known else f"the default, as nothing sets `{variables[0]}`"
    return (*given, *weaken(spare, "possible" if known else "likely", why, dormant=known))


def _called(outcome: Outcome, name: str) -> Outcome:
    """A default under the setting's name: `default` says nothing."""
    if not outcome.trail or outcome.trail[-1].kind != "literal":
        return outcome
    return Outcome(outcome.value, (*outcome.trail[:-1], replace(outcome.trail[-1], name=name)))


# -- settings of an editor's extension ----------------------------------------------------------------------------------


def _of_editor(resolver: Resolver, made: Made, call: f.Call, frame: Frame) -> Outcomes:
    """`getConfiguration("ext").get("model", "m")`: what the user sets, else the default that package.json contributes."""
    sections = [t for a in made.call.args[:1] for t in resolver.texts(a.value, made.frame)] or [""]
    spare = resolver.evaluate(call.args[1].value, frame) if len(call.args) > 1 else ()
    folder, _ = resolver.program.nearest_package(frame.path)
    manifest = [Outcome(FileText(posixpath.join(folder, "package.json")))]
    read = Step("read", frame.path, *call.at, name=frame.scope.name)
    found: list[Outcome] = []
    for key in resolver.texts(call.args[0].value, frame) if call.args else []:
        name = f"{sections[0]}.{key}".strip(".")
        tables = tuple(o for m in manifest for o in files.document(resolver, m))
        for part in ("contributes", "configuration"):
            tables = tuple(o for base in tables for o in _entry(resolver, base, part))
        # Several groups of settings are a list.
        groups = [g for o in tables for g in ((o,) if isinstance(o.value, Mapping) else elements(resolver, o) or ())]
        described = [d for g in groups for p in _entry(resolver, g, "properties") for d in _entry(resolver, p, name)]
        default = tuple(_called(o, name) for d in described for o in _entry(resolver, d, "default")) or spare
        plain = tuple(o for o in default if o.value not in (Const(None), Const("")))
        why = f"`{name}` is a setting of the editor, which its user makes"
        here = Step("define", frame.path, *call.at, name=name, role="undefined")
        found += weaken(through(plain, read), "likely", f"the default, as {why}")
        if not plain:
            found.append(Outcome(Unknown(why, "runtime", "vscode", name), (read, here)))
    return tuple(found) or unknown("a setting of the editor whose name is not known")


# -- files -------------------------------------------------------------------------------------------------------------


def _in_files(resolver: Resolver, name: str, parts: list[str], frame: Frame, at: f.Span) -> Outcomes:
    """An entry of the files that a library reads: the common one, and those of stages as possible instead."""
    read = Step("read", frame.path, *at, name=frame.scope.name)
    if name.startswith(_NODE_CONFIG):
        common = _entries(resolver, _beside(resolver, frame, _COMMON), parts)
        stages = [_entries(resolver, _beside(resolver, frame, (stage,)), parts) for stage in _STAGES]
        staged = weaken(tuple(o for found in stages for o in found), "possible", "only in one of the stages")
        found = (*(weaken(common, "likely", "unless a stage sets another") if staged else common), *staged)
        names = _entries(resolver, _beside(resolver, frame, _VARIABLES), parts)
        variables = [v for o in names if (v := text_of(o.value)) is not None]
        if variables:
            given = environment.variable(resolver, variables[0], frame, at, None)
            return (*given, *weaken(through(found, read), "likely", f"where `{variables[0]}` is not set"))
    else:
        found = _entries(resolver, _named_files(resolver, frame), parts)
    return through(found, read) or unknown(f"`{'.'.join(parts)}` is in no file of configuration that is read")


def _beside(resolver: Resolver, frame: Frame, stems: tuple[str, ...]) -> list[str]:
    """The files of the nearest folder `config` upwards that go by these names."""
    folder = posixpath.dirname(frame.path)
    while True:
        paths = [posixpath.join(folder, "config", f"{stem}.{ending}") for stem in stems for ending in _FILES]
        found = [p for p in paths if p in resolver.program.store]
        if found or not folder:
            return found
        folder = posixpath.dirname(folder)


def _named_files(resolver: Resolver, frame: Frame) -> list[str]:
    """The files that the program gives to nconf: `nconf.file({file: "config.json"})`."""
    found: list[str] = []
    for path, scope in resolver.program.code():
        if "nconf" not in scope.mentions or scope.kind != "module":
            continue
        module = resolver.program.module_frame(path, frame.context)
        for call in scope.calls if module is not None else ():
            if called_name(call) != "file" or module is None:
                continue
            given = [o for a in call.args for o in resolver.evaluate(a.value, module)]
            given += [o for base in given if isinstance(base.value, Mapping) for o in entry(resolver, base, "file")]
            opened = [files.text_file(resolver, o, module) for o in given if not isinstance(o.value, Mapping)]
            found += [o.value.path for o in opened if isinstance(o.value, FileText)]
    return found


def _entries(resolver: Resolver, paths: list[str], parts: list[str]) -> Outcomes:
    """What stands under some keys in the first of some files that has it."""
    for path in paths:
        inside = files.document(resolver, Outcome(FileText(path)))
        for part in parts:
            inside = tuple(o for base in inside for o in _entry(resolver, base, part))
        if inside:
            return inside
    return ()


def _entry(resolver: Resolver, base: Outcome, key: str) -> Outcomes:
    return entry(resolver, base, key) if isinstance(base.value, Mapping) else ()
