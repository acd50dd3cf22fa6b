"""Inputs of GitHub's reusable workflows and actions: what the jobs that use one hand to it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract import github_actions
from modelguard.link.access import STAGED
from modelguard.link.frames import Frame
from modelguard.link.values import Outcome, Outcomes, Step, Unknown, text_of, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

INPUTS, ENTERED = "inputs.", "(entered)"
"""Names in the frame of an action that a step uses: of each input that it gives, and that there is such a step."""


def given(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """An action's input: what the step that uses the action gives, else its default. Of an action that no step of the tree
    uses, only the default is known, and others may give another."""
    name, default = resolver.text(expr.parts[0], frame) or "", resolver.evaluate(expr.parts[1], frame)
    if ENTERED not in frame.names:
        return _by_others(default, expr, frame, name)
    if len(expr.parts) > 2:  # github_actions.PRESET
        return ()
    # Every step that uses the action passes here, so that what the action makes of its input is no place of its own.
    passed = Step("pass", frame.path, *expr.at, name=name, role=STAGED)
    found = frame.names.get(f"{INPUTS}{name}")
    if found is None:
        return default
    spare = tuple(o for o in default if not isinstance(o.value, Unknown))
    why = "the action's default, where the job gives none"
    return (*(Outcome(o.value, (passed, *o.trail)) for o in found), *weaken(spare, "possible", why, dormant=True))


def _by_others(default: Outcomes, expr: f.Op, frame: Frame, name: str) -> Outcomes:
    """An input as it is for whoever uses the action elsewhere; one without a default, or with an empty one, waits for them."""
    if all(isinstance(o.value, Unknown) or text_of(o.value) == "" for o in default):
        why = f"the input `{name}` is given when the action runs"
        here = Step("define", frame.path, *expr.parts[1].at, name=name)
        return (Outcome(Unknown(why, "deploy-time", "github", name), (here,)),)
    return weaken(default, "likely", f"the default of the input `{name}`, which may be given when the action runs")


def handed(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """An input of a workflow, or `secrets.NAME`: what the callers in the tree give, else what the workflow itself says."""
    name, program = resolver.text(expr.parts[0], frame) or "", resolver.program
    callers = program.exports.get((github_actions.CALL, posixpath.basename(frame.path)), [])
    found: list[Outcome] = []
    left_out = 0
    for path, export in callers:
        items = export.value.items if isinstance(export.value, f.Rec) else ()
        handing = [item for item in items if getattr(item.key, "value", None) == name]
        left_out += not handing
        for item in handing:
            outcomes = resolver.evaluate(item.value, program.document_frame(path))
            found += [Outcome(o.value, _given(o, path, item, name)) for o in outcomes]
    own = resolver.evaluate(expr.parts[1], frame) if left_out or not found else ()
    every = (*found, *own)
    several = len(callers) > 1 and bool(found)
    return weaken(every, "possible", f"one of {len(callers)} jobs that use it") if several else every


def _given(outcome: Outcome, path: str, item: f.Item, name: str) -> tuple[Step, ...]:
    """A value that is written where the workflow is used is defined there."""
    trail = outcome.trail
    if len(trail) == 1 and trail[0].kind == "literal" and not trail[0].name:
        first = trail[0]
        return (Step("define", path, first.line, first.column, name=f"with.{name}", value=text_of(outcome.value)),)
    return (Step("pass", path, *item.at, name=name), *trail)
