"""Loops of a CDK application's program: `for stage in ("dev", "prod")` deploys everything in it once for each stage.

Each element of such a loop is a deployment of its own: the program is walked once for each, in a context in which the
loop's variable is that element.
"""

from __future__ import annotations

from dataclasses import dataclass

from modelguard.extract import facts as f
from modelguard.extract.mentions import parts
from modelguard.link.access import STAGED, elements, entry
from modelguard.link.frames import DEPLOYMENT, Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Entry
from modelguard.link.values import Listing, Mapping, Outcome, Step, text_of

MAX_STAGES = 12
"""Most elements of a loop that are taken for stages."""
_NAMED = ("stage", "stageName", "stage_name", "env", "envName", "env_name", "environment", "name", "id", "region")


@dataclass(frozen=True, eq=False)
class Stage:
    """One element of a loop: what it is called, and the context in which the program has it."""

    name: str
    context: Context


def stages(program: Program, resolver: Resolver, entries: tuple[Entry, ...]) -> list[Stage]:
    """The stages of the first loop that the program's top level has; one without a name where there is none."""
    for start in entries:
        for scope in ("", "<main>"):
            frame = program.module_frame(start.path, DEPLOYMENT, scope)
            loops = _loops(frame) if frame is not None else []
            found = _elements(resolver, loops, frame) if frame is not None and loops else []
            if found:
                return [
                    _stage(program, resolver, start.path, scope, loops, number, one) for number, one in enumerate(found)
                ]
    return [Stage("", DEPLOYMENT)]


def _loops(frame: Frame) -> list[f.Each]:
    """What the variables of the first loop are: any element of the same collection."""
    every = [e for b in frame.scope.binds for e in parts(b.value) if isinstance(e, f.Each)]
    return [e for e in every if e.base.at == every[0].base.at]


def _elements(resolver: Resolver, loops: list[f.Each], frame: Frame) -> list[Outcome]:
    bases = resolver.evaluate(loops[0].base, frame)
    found = elements(resolver, bases[0], keys=loops[0].keys) if len(bases) == 1 else None
    return list(found) if found is not None and 1 < len(found) <= MAX_STAGES else []


def _stage(
    program: Program, resolver: Resolver, path: str, scope: str, loops: list[f.Each], number: int, element: Outcome
) -> Stage:
    context = Context(DEPLOYMENT.name)
    frame = program.module_frame(path, context, scope)
    for loop in loops if frame is not None else ():
        assert frame is not None
        bases = resolver.evaluate(loop.base, frame)
        found = elements(resolver, bases[0], keys=loop.keys) if bases else None
        if found is not None and number < len(found):
            one = found[number]
            mark = Step("pass", path, *loop.at, role=STAGED)
            resolver.settle(loop, frame, (Outcome(one.value, (mark, *one.trail)),))
    return Stage(_name(resolver, element) or str(number + 1), context)


def _name(resolver: Resolver, element: Outcome) -> str | None:
    value = element.value
    if isinstance(value, Mapping):
        texts = [text_of(o.value) for key in _NAMED for o in entry(resolver, element, key)]
        return next((t for t in texts if t), None)
    if isinstance(value, Listing):
        first = elements(resolver, element)
        return text_of(first[0].value) if first else None
    return text_of(value)
