"""Steps of GitHub jobs and composite actions: what each of them runs, with which variables, and what an action is given.

A job is one consumer, and each of its steps runs in an environment of its own. An action of the tree is entered once for
every step that uses it, with what that step gives it, so that two callers of one action don't share their values.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from modelguard.catalog.clients_index import catalogue
from modelguard.extract import facts as f
from modelguard.extract import github_actions
from modelguard.link.access import entry
from modelguard.link.frames import NOBODY, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Mapping, Outcome, Via
from modelguard.link.workflows import ENTERED, INPUTS

_MAX_DEPTH = 5
"""Deepest nesting of actions that use each other."""
Layers = tuple[tuple[f.Expr, Frame], ...]


@dataclass(frozen=True, eq=False)
class Step:
    """A step as something that runs: `unit` is what is run and its variables, in `frame`, with those of whatever is around
    it as `layers`, nearest first. What it runs is seen from the file `path`, `program` is it where it is another unit than
    the one with the variables (a Node action, whose variables the job gives). `via` are the places that lead to it."""

    path: str
    unit: f.Unit
    frame: Frame
    layers: Layers
    via: Via
    program: f.Unit | None = None


def steps(program: Program, resolver: Resolver, path: str, unit: f.Unit, frame: Frame) -> Iterator[Step]:
    """The steps of a job, or of an action that nobody in the tree uses, that have an environment of their own."""
    yield from _Entering(program, resolver).steps(path, unit, frame, (), (), 0)


def used(program: Program) -> frozenset[str]:
    """The files of the tree's actions that its jobs and its other actions use."""
    found = (_action(program, u) for _, unit in program.units for part in unit.steps for u in part.uses)
    return frozenset(a for a in found if a is not None)


def is_known(part: f.Unit) -> bool:
    """Whether a step uses an action from elsewhere that is known to ask a model."""
    return any(repository(u) in catalogue().actions for u in part.uses)


def repository(uses: f.Expr) -> str:
    """What `owner/name/folder@version` names, without the version, in lower case as GitHub takes it."""
    return str(getattr(uses, "value", "")).partition("@")[0].lower()


def _action(program: Program, uses: f.Expr) -> str | None:
    """The metadata of an action of the tree; paths start at the root of the workspace, wherever they stand."""
    written = str(getattr(uses, "value", ""))
    folder = posixpath.normpath(written)
    if not written.startswith(".") or folder.startswith(".."):
        return None
    names = (posixpath.normpath(posixpath.join(folder, name)) for name in ("action.yml", "action.yaml"))
    return next((name for name in names if name in program.store), None)


@dataclass(frozen=True, eq=False)
class _Entering:
    program: Program
    resolver: Resolver

    def steps(self, path: str, unit: f.Unit, frame: Frame, layers: Layers, via: Via, depth: int) -> Iterator[Step]:
        """The steps of a unit, those of the actions that they use as well."""
        for part in unit.steps if depth <= _MAX_DEPTH else ():
            here = (*via, (path, part.at[0]))
            target = _action(self.program, part.uses[0]) if part.uses else None
            if target is not None:
                yield from self._used(target, part, frame, (*_below(part, unit, frame), *layers), here, depth)
            elif part.env is not None or is_known(part):
                own = part if part.env is not None else replace(part, env=unit.env)
                yield Step(path, own, frame, layers, here)

    def _used(self, target: str, part: f.Unit, frame: Frame, layers: Layers, via: Via, depth: int) -> Iterator[Step]:
        """What an action of the tree runs for a step that uses it."""
        facts = self.program.store.facts(target)
        for action in facts.units if facts is not None else ():
            if action.build is None and _runs_scripts(action):
                inner = self._entered(target, part, frame)
                if action.command is not None:
                    yield Step(target, replace(action, steps=()), inner, layers, via)
                yield from self.steps(target, action, inner, layers, via, depth + 1)
                continue
            given = tuple(
                f.Item(f.Lit(github_actions.variable_of(str(i.key.value)), i.key.at), i.value, i.at)
                for i in part.given
                if isinstance(i.key, f.Lit)
            )
            own = (part.env,) if part.env is not None else ()
            items = (*(f.Item(None, e, e.at) for e in own), *given)
            unit = self.resolver.keep(replace(part, env=f.Rec(items, part.at)))
            inner = self._entered(target, part, frame)
            defaults = ((action.env, inner),) if action.env is not None else ()
            yield Step(target, unit, frame, (*defaults, *layers), via, action)

    def _entered(self, target: str, part: f.Unit, frame: Frame) -> Frame:
        """The activation of an action, with the inputs that a step gives it."""
        whole = self.program.document_frame(target)
        inner = Frame(target, whole.scope, NOBODY, args={}, format=whole.format)
        given = Outcome(Mapping(self.resolver.keep(f.Rec(part.given, part.at)), frame, "with"))
        keys = [str(i.key.value) for i in part.given if isinstance(i.key, f.Lit)]
        inner.names = {f"{INPUTS}{key}": entry(self.resolver, given, key) for key in keys}
        inner.names[ENTERED] = ()
        return self.resolver.keep(inner)


def _below(part: f.Unit, unit: f.Unit, frame: Frame) -> Layers:
    """The variables around what a step runs: its own, which have those of its job, else those of the job."""
    env = part.env if part.env is not None else unit.env
    return ((env, frame),) if env is not None else ()


def _runs_scripts(action: f.Unit) -> bool:
    """Whether an action is a composite of steps."""
    return bool(action.steps)
