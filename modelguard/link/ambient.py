"""Credentials that no call is given: a program sets them for a library as a whole, or the library looks them up itself.

`openai.api_key = …`, `genai.configure(api_key=…)` and `os.environ["OPENAI_API_KEY"] = …` stand anywhere in what a consumer
runs. Where it does none of that, but looks up the very variable that its library reads, that is what both depend on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from modelguard.catalog.clients_index import catalogue
from modelguard.extract import facts as f
from modelguard.link.assigned import assigned
from modelguard.link.frames import Frame
from modelguard.link.program import Program
from modelguard.link.reads import Read
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Runner
from modelguard.link.spending import Sink
from modelguard.link.taken import read_at
from modelguard.link.values import Const, External, Outcome, Outcomes, Unknown, named
from modelguard.link.walk import Walked

Sinks = list[tuple[Runner | None, Sink]]
_ENVIRONMENT = frozenset({"os", "os.environ"})


def set_by_programs(program: Program, resolver: Resolver, walked: Walked, sinks: Sinks) -> Sinks:
    """The sinks with the credentials that their consumers set for a library or in the environment."""
    if not any(found.ambient for _, found in sinks):
        return sinks
    frames: dict[int, dict[int, Frame]] = defaultdict(dict)
    for visit in walked.visits:
        frames[id(visit.runner)][id(visit.frame)] = visit.frame
    settings: dict[int, dict[str, Outcomes]] = {}

    def of(runner: Runner | None, found: Sink) -> Outcomes:
        if not found.ambient:
            return ()
        if runner is None:
            # Nothing is known of what else would run, but the module that the call stands in.
            module = program.module_frame(found.frame.path, found.frame.context)
            known = _settings(resolver, [module] if module is not None else [])
        else:
            if id(runner) not in settings:
                settings[id(runner)] = _settings(resolver, frames[id(runner)].values())
            known = settings[id(runner)]
        return next((known[name] for name in found.ambient if name in known), ())

    return [(runner, replace(found, tokens=of(runner, found) or found.tokens)) for runner, found in sinks]


def looked_up(sinks: Sinks, reads: Sequence[Read]) -> Sinks:
    """The sinks of which no credential is known, with the variable that their library reads where their consumers look
    it up too; no file defines it, else it were known."""
    known: dict[tuple[int, str], list[Outcome]] = defaultdict(list)
    names = catalogue().credential_names
    for read in reads:
        for outcome in read.outcomes:
            last = outcome.trail[-1]
            if last.role == "undefined" and last.name in names and outcome not in known[id(read.runner), last.name]:
                known[id(read.runner), last.name].append(outcome)

    def of(runner: Runner | None, found: Sink) -> Outcomes:
        if found.tokens or runner is None:
            return found.tokens
        return next((tuple(v) for n in found.ambient if (v := known.get((id(runner), n)))), ())

    return [(runner, replace(found, tokens=of(runner, found))) for runner, found in sinks]


def _settings(resolver: Resolver, frames: Iterable[Frame]) -> dict[str, Outcomes]:
    """What activations set, by the setting's full name or the variable's; what may be set twice may be either."""
    found: dict[str, dict[Outcome, None]] = defaultdict(dict)
    for frame in frames:
        for base, key, value in assigned(frame.scope):
            for name in _names(resolver, base, key, frame):
                outcomes = read_at(named(resolver.evaluate(value, frame), name.rpartition(".")[2]), value, frame)
                found[name].update(dict.fromkeys(o for o in outcomes if not _is_nothing(o)))
    return {name: tuple(outcomes) for name, outcomes in found.items() if outcomes}


def _names(resolver: Resolver, base: f.Expr, key: str, frame: Frame) -> Iterator[str]:
    """The full name of a setting, or that of the variable where it is one."""
    known = catalogue()
    for outcome in resolver.evaluate(base, frame):
        name = outcome.value.name if isinstance(outcome.value, External) else ""
        whole = f"{name}{key}" if key.startswith("(") else f"{name}.{key}"
        if name in _ENVIRONMENT and key in known.credential_names:
            yield key
        elif whole in known.settings:
            yield whole


def _is_nothing(outcome: Outcome) -> bool:
    """Whether a value says nothing of a credential: none at all, or something unknown that stands nowhere."""
    if isinstance(outcome.value, Const):
        return not outcome.value.value
    return isinstance(outcome.value, Unknown) and not outcome.trail
