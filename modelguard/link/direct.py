"""Programs that a script, a workflow or a service of Compose starts with options, and that a person may start without.

What those runs override is still what a run by hand would use, so it stays a field. The program is a consumer of that
alone: all else it shares with the runs that are known, and one program started in two ways is no sharing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from modelguard.extract import pipelines
from modelguard.link.frames import Context
from modelguard.link.program import Program
from modelguard.link.reads import Read
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Entry, Runner
from modelguard.link.spending import Sink
from modelguard.link.values import Outcomes
from modelguard.link.walk import Walk

Sinks = list[tuple[Runner | None, Sink]]
_NAME = "direct run"
_BESIDE = frozenset({"script", "github-actions", "compose"}) | pipelines.PLATFORMS
"""Platforms of what is started from a checkout, in which the program lies as well. What is deployed, and a container that
an action is made of, was made to be started so."""


def run(program: Program, resolver: Resolver, walk: Walk, known: Iterable[Runner]) -> list[Runner]:
    """The direct runs of programs whose options such consumers override, each visited; `only_theirs` sorts out what
    they are consumers of."""
    found: dict[str, Runner] = {}
    context = Context(_NAME)
    for runner in known:
        unit = runner.context.unit
        beside = runner.platform in _BESIDE and unit is not None and not unit.uses
        if not beside or id(runner.context) not in resolver.overridden:
            continue
        for entry in runner.entries:
            if entry.main and entry.path not in found and "<main>" in program.scopes(entry.path):
                why = "its main block, where somebody runs it by hand"
                start = Entry(entry.path, main=True, why=why, certainty="likely")
                found[entry.path] = Runner(entry.path, "script", entry.path, 1, context, entries=(start,))
    made = list(found.values())
    for runner in made:
        walk.run(runner)
    return made


def only_theirs(resolver: Resolver, sinks: Sinks, reads: tuple[Read, ...]) -> tuple[Sinks, tuple[Read, ...]]:
    """Sinks and reads without what a direct run has in common with the runs that are known: kept of it are the defaults
    that those override and nobody else uses."""
    used = {
        (step.path, step.line, step.column)
        for runner, sink in sinks
        if runner is not None and not _is_direct(runner)
        for outcome in sink.models
        for step in outcome.trail
        if not step.dormant
    }
    left = {place for places in resolver.overridden.values() for place in places} - used

    def own(outcomes: Outcomes) -> Outcomes:
        return tuple(o for o in outcomes if any((s.path, s.line, s.column) in left for s in o.trail))

    kept: Sinks = []
    for runner, sink in sinks:
        if runner is None or not _is_direct(runner):
            kept.append((runner, sink))
        elif models := own(sink.models):
            kept.append((runner, replace(sink, models=models, tokens=())))
    there = {id(runner) for runner, _ in kept}
    left_reads = []
    for read in reads:
        if read.runner is None or not _is_direct(read.runner):
            left_reads.append(read)
        elif id(read.runner) in there and (outcomes := own(read.outcomes)):
            left_reads.append(replace(read, outcomes=outcomes))
    return kept, tuple(left_reads)


def _is_direct(runner: Runner) -> bool:
    return runner.context.name == _NAME and runner.context.unit is None
