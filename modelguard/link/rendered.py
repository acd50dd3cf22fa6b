"""Kubernetes objects that are put together from several files: their units and names, each value at its own place."""

from __future__ import annotations

from msgspec.structs import replace

from modelguard.extract import facts as f
from modelguard.extract import kubernetes
from modelguard.link.declared import Declared
from modelguard.link.frames import Frame
from modelguard.link.program import Program


def realm(value: f.Expr, name: str) -> f.Expr:
    """An expression whose references to objects mean those of this rendering, where it makes them."""
    if isinstance(value, f.External) and value.kind.startswith("k8s."):
        return replace(value, kind=f"{value.kind}@{name}")
    if isinstance(value, f.Get):
        return replace(value, base=realm(value.base, name))
    if isinstance(value, f.Rec):
        return f.Rec(tuple(f.Item(i.key, realm(i.value, name), i.at) for i in value.items), value.at)
    return value


def declare(
    program: Program, document: f.Expr, path: str, frame: Frame, name: str, stage: str, switch: str = ""
) -> list[Declared]:
    """The units of an object, and its names for the rendering called `name`."""
    found: list[Declared] = []
    for export in kubernetes.exports(document):
        program.declare(path, replace(export, kind=f"{export.kind}@{name}"), frame)
    for unit in kubernetes.units(document):
        env = realm(unit.env, name) if unit.env is not None else None
        mounts = tuple(f.Item(m.key, realm(m.value, name), m.at) for m in unit.mounts)
        found.append((path, replace(unit, env=env, mounts=mounts, stage=stage, switch=switch), frame))
    return found
