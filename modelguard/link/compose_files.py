"""Compose files that build on each other: `extends` from another file, override files, files for one environment.

https://docs.docker.com/compose/how-tos/multiple-compose-files/: an override file beside the file is merged without being
asked for. A service of `compose.prod.yaml` that has neither image nor build changes the one of `compose.yaml`.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract.secrets import is_secret_name
from modelguard.link.forward import selects_model
from modelguard.link.values import Outcomes, unknown

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver
    from modelguard.link.runners import Runner

_NAME = re.compile(r"((?:docker-)?compose)(?:[.]([\w-]+))?[.]ya?ml\Z")
_BASES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_MAX_DEPTH = 10

Placed = tuple[str, f.Unit]
"""A service with the path of the file that it is in."""


def environment(resolver: Resolver, name: str) -> Outcomes:
    """The environment of a service of another file, `file#service`, as that file has it."""
    path, _, service = name.partition("#")
    unit = _service(resolver.program, path, service)
    if unit is None or unit.env is None:
        return unknown(f"the service `{service}` is not in `{path}`")
    return resolver.evaluate(unit.env, resolver.program.document_frame(path))


def completed(program: Program, units: list[Placed]) -> Iterator[Placed]:
    """The units with what services take over from other files; those of an override file are part of what they change."""
    overrides = [(p, u) for p, u in units if u.platform == "compose" and _stage(p) == "override"]
    bases = {_extended(p, u) for p, u in units if u.extends}
    for path, unit in units:
        if unit.platform != "compose":
            yield path, unit
            continue
        stage, base = _stage(path), _base(program, path, unit.name)
        if (path, unit.name) in bases or (stage == "override" and base is not None):
            continue  # only there for others
        changes = bool(stage) and unit.image is None and unit.build is None
        if changes and base is not None and not _decides(unit):
            continue  # the same service with other ports or limits
        chain = [*(_chain(program, *base, 0) if base is not None and changes else []), *_chain(program, path, unit, 0)]
        for where, above in overrides if stage == "" else ():
            if above.name == unit.name and posixpath.dirname(where) == posixpath.dirname(path):
                chain.append((where, above))
        whole = replace(_laid(chain, path), name=unit.name, at=unit.at) if len(chain) > 1 else unit
        yield path, replace(whole, stage=stage or "") if base is not None and changes else whole


def as_one(runners: list[Runner]) -> list[Runner]:
    """The runners, with a service that several Compose files of one folder declare (`docker-compose.dev.yml` beside
    `docker-compose.yml`) as one consumer, where the first of them does: it is one program, started in several ways."""
    first: dict[tuple[str, str, str | None], Runner] = {}
    made: list[Runner] = []
    for runner in sorted(runners, key=lambda r: (_stage(r.path) != "", r.path, r.line)):
        if runner.platform != "compose":
            made.append(runner)
            continue
        one = first.setdefault((posixpath.dirname(runner.path), runner.name, runner.stage), runner)
        made.append(dataclasses.replace(runner, path=one.path, line=one.line))
    return made


def _decides(unit: f.Unit) -> bool:
    """Whether a service of an override file may call another model, with another key, than the one that it changes."""
    if unit.command is not None or unit.extends or unit.mounts:
        return True
    env = unit.env
    if env is None:
        return False
    if not isinstance(env, f.Rec) or any(not isinstance(i.key, f.Lit) for i in env.items):
        return True
    names = [str(i.key.value) for i in env.items if isinstance(i.key, f.Lit)]
    return any(selects_model(n) or is_secret_name(n) for n in names)


def _service(program: Program, path: str, name: str) -> f.Unit | None:
    facts = program.store.facts(path) if path in program.store else None
    found = facts.units if facts is not None else ()
    return next((u for u in found if u.name == name and u.platform == "compose"), None)


def _stage(path: str) -> str | None:
    """What a Compose file is for, by its name; "" is for everything, None says nothing."""
    match = _NAME.match(posixpath.basename(path))
    return (match[2] or "") if match else None


def _base(program: Program, path: str, service: str) -> Placed | None:
    """The service of that name in the file that this one changes."""
    for name in _BASES:
        base = posixpath.join(posixpath.dirname(path), name)
        unit = _service(program, base, service) if base != path else None
        if unit is not None:
            return base, unit
    return None


def _extended(path: str, unit: f.Unit) -> tuple[str, str]:
    """The file and the service that a service extends."""
    file, _, service = unit.extends.partition("#")
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), file)), service


def _chain(program: Program, path: str, unit: f.Unit, depth: int) -> list[Placed]:
    """A service with those that it extends before it."""
    where, service = _extended(path, unit)
    base = _service(program, where, service) if unit.extends and depth < _MAX_DEPTH else None
    return [*(_chain(program, where, base, depth + 1) if base is not None else []), (path, unit)]


def _laid(chain: list[Placed], kept: str) -> f.Unit:
    """Services laid over each other, the last one on top, as a unit of the file `kept`; an environment that stands
    elsewhere is looked up there."""
    whole = chain[0][1]
    for path, unit in chain:
        whole = replace(
            whole,
            command=unit.command or whole.command,
            arguments=unit.arguments if unit.command is not None else whole.arguments,
            image=unit.image or whole.image,
            build=_seen_from(unit.build, path, kept) or whole.build,
            workdir=unit.workdir or whole.workdir,
            count=unit.count or whole.count,
            aliases=unit.aliases or whole.aliases,
            mounts=(*unit.mounts, *whole.mounts) if unit is not whole else unit.mounts,
        )
    at = chain[-1][1].at
    environments = [u.env if path == kept else _elsewhere(path, u) for path, u in chain]
    return replace(whole, env=f.Rec(tuple(f.Item(None, e, at) for e in environments if e is not None), at))


def _elsewhere(path: str, unit: f.Unit) -> f.Expr | None:
    name = f.Lit(f"{path}#{unit.name}", unit.at)
    return f.External("compose.service", name, unit.at) if unit.env is not None else None


def _seen_from(build: f.Expr | None, path: str, kept: str) -> f.Expr | None:
    """A build whose context is relative to the file `path`, as seen from the file `kept`."""
    if not isinstance(build, f.Rec) or path == kept:
        return build
    items = []
    for item in build.items:
        value = item.value
        if getattr(item.key, "value", None) == "context" and isinstance(value, f.Lit) and isinstance(value.value, str):
            whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), value.value))
            value = f.Lit(posixpath.relpath(whole, posixpath.dirname(kept) or "."), value.at)
        items.append(f.Item(item.key, value, item.at))
    return f.Rec(tuple(items), build.at)
