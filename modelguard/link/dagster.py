"""What Dagster hands to the parameters of assets and ops: resources of `Definitions`, and the run config of jobs.

https://docs.dagster.io/guides/operate/configuration/run-configuration: a job's `config`, or `run_config` of what runs one, is
a `RunConfig` or a mapping with `ops`, by the name of the asset or op, each a `Config` object or `{"config": {…}}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link.access import entry
from modelguard.link.frames import Frame
from modelguard.link.values import Instance, Made, Mapping, Merged, Outcome, Outcomes, Step, through, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_JOBS = ("define_asset_job", "materialize", "materialize_to_memory", "ScheduleDefinition", "RunRequest")
_CONFIGS = ("config", "run_config")


def resource(resolver: Resolver, param: f.Param, frame: Frame) -> Outcomes:
    """The resource of a parameter's name in `Definitions(resources=…)`."""
    if not _is_asset(param, frame):
        return ()
    return tuple(
        o
        for call, where in _calls(resolver, "Definitions", frame)
        for base in resolver.calls.argument(call, where, "resources") or ()
        for o in entry(resolver, base, param.name)
    )


def run_config(resolver: Resolver, param: f.Param, frame: Frame) -> Outcomes:
    """The `config` of an asset or op, as jobs of the tree are run with it; without one, it has its defaults."""
    from modelguard.link.objects import from_annotation

    if param.name != "config" or not _is_asset(param, frame):
        return ()
    asset = frame.scope.simple_name
    own = from_annotation(resolver, param.annotation, frame)
    found: list[Outcome] = []
    for name in _JOBS:
        for call, where in _calls(resolver, name, frame):
            for key in _CONFIGS:
                for given in resolver.calls.argument(call, where, key) or ():
                    found += _of_op(resolver, given, asset, own)
    if not found:
        return ()
    # An object's own way carries the doubt to whatever is taken out of it.
    here = Step("pass", frame.path, *param.at, name=param.name)
    given_by_job = weaken(through(tuple(found), here), "likely", f"the run config of a job that runs `{asset}`")
    spare = weaken(through(own, here), "possible", "its defaults, where a run gives no config", dormant=True)
    return (*given_by_job, *spare)


def _of_op(resolver: Resolver, given: Outcome, asset: str, own: Outcomes) -> Iterator[Outcome]:
    """The config of one op in a run config: an object of the asset's own class, or that class filled from a mapping."""
    value = given.value
    if isinstance(value, Made) and value.name == "dagster.RunConfig()":
        ops: Outcomes = resolver.calls.argument(value.call, value.frame, "ops", 0) or ()
    else:
        ops = entry(resolver, given, "ops")
    for base in ops:
        for one in entry(resolver, base, asset):
            if isinstance(one.value, Instance):
                yield one
                continue
            for inner in entry(resolver, one, "config") or (one,):
                for mine in own:
                    if isinstance(mine.value, Instance) and isinstance(inner.value, (Mapping, Merged)):
                        yield Outcome(resolver.keep(Instance(mine.value.cls, None, None, inner.value)), one.trail)


def _is_asset(param: f.Param, frame: Frame) -> bool:
    return param.annotation is not None and bool(frame.scope.decorators) and frame.caller is None


def _calls(resolver: Resolver, name: str, frame: Frame) -> Iterator[tuple[f.Call, Frame]]:
    """The calls at the top level of modules to this function of Dagster."""
    for path, call in resolver.program.calls_of(name):
        where = resolver.program.module_frame(path, frame.context)
        func = resolver.evaluate(call.func, where) if where is not None else ()
        if where is not None and any(getattr(o.value, "name", "") == f"dagster.{name}" for o in func):
            yield call, where
