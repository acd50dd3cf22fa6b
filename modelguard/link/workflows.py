"""Reusable workflows of GitHub Actions: what the jobs that use one hand to its inputs and secrets."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract import github_actions
from modelguard.link.frames import Frame
from modelguard.link.values import Outcome, Outcomes, Step, text_of, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver


def handed(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    """What the callers in the tree give for an input (or `secrets.NAME`); nothing where none of them gives it."""
    program = resolver.program
    callers = program.exports.get((github_actions.CALL, posixpath.basename(frame.path)), [])
    found: list[Outcome] = []
    for path, export in callers:
        items = export.value.items if isinstance(export.value, f.Rec) else ()
        for item in items:
            if getattr(item.key, "value", None) == name:
                given = resolver.evaluate(item.value, program.document_frame(path))
                found += [Outcome(o.value, _given(o, path, item, name)) for o in given]
    several = len(callers) > 1
    return weaken(tuple(found), "possible", f"one of {len(callers)} jobs that use it") if several else tuple(found)


def _given(outcome: Outcome, path: str, item: f.Item, name: str) -> tuple[Step, ...]:
    """A value that is written where the workflow is used is defined there."""
    trail = outcome.trail
    if len(trail) == 1 and trail[0].kind == "literal" and not trail[0].name:
        first = trail[0]
        return (Step("define", path, first.line, first.column, name=f"with.{name}", value=text_of(outcome.value)),)
    return (Step("pass", path, *item.at, name=name), *trail)
