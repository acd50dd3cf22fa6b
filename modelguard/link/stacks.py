"""Nested CloudFormation stacks: what a template hands to the templates that it deploys, and takes from their outputs."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import cloudformation
from modelguard.extract import facts as f
from modelguard.link.frames import Frame
from modelguard.link.values import Outcomes, Step, named, text_of, unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver


def template(program: Program, path: str, location: str) -> str | None:
    """The template of the tree that a stack's location means: beside the one that says so, or, of an address in a
    bucket, the one file that ends so."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), location))
    if "://" not in location and beside in program.store:
        return beside
    tail = location.rpartition("/")[2]
    found = [p for p in program.store.paths() if p.rpartition("/")[2] == tail and p != path] if "." in tail else []
    return found[0] if len(found) == 1 else None


def given(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    """What the stacks that deploy this template hand to its parameter; nothing where one leaves it to the default."""
    program = resolver.program
    parents = program.stacks_of(frame.path)
    found: list[Outcomes] = []
    for path, export in parents:
        items = export.value.items if isinstance(export.value, f.Rec) else ()
        item = next((i for i in items if getattr(i.key, "value", None) == name), None)
        if item is None:
            return ()
        outcomes = resolver.evaluate(item.value, program.document_frame(path))
        found.append(tuple(replace(o, trail=_handed(o.trail, path, item, name, text_of(o.value))) for o in outcomes))
    several = len(found) > 1
    each = tuple(o for outcomes in found for o in outcomes)
    return weaken(each, "possible", f"one of {len(found)} stacks that deploy it") if several else each


def _handed(trail: tuple[Step, ...], path: str, item: f.Item, name: str, value: str | None) -> tuple[Step, ...]:
    """A value written where it is handed over is defined there; one that comes from elsewhere only travels."""
    if len(trail) == 1 and trail[0].kind == "literal" and not trail[0].name:
        first = trail[0]
        return (Step("define", path, first.line, first.column, name=f"Parameters.{name}", value=value),)
    return (Step("pass", path, *item.at, name=name), *trail)


def outputs(resolver: Resolver, location: str | None, frame: Frame) -> Outcomes:
    """The outputs of a nested stack, as a mapping; unknown where its template is not in the tree."""
    found = template(resolver.program, frame.path, location) if location is not None else None
    if found is None:
        return unknown(f"the template `{location or '?'}` is not in the repository")
    inner = resolver.program.document_frame(found)
    bind = next(iter(resolver.program.binds(inner.scope).get(cloudformation.OUTPUTS, ())), None)
    return named(resolver.evaluate(bind.value, inner), "Outputs") if bind is not None else unknown("it has no outputs")
