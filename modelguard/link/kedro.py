"""Kedro: each node of a pipeline is a consumer; `params:` are what conf/base/parameters says, conf/local over it.

Source: Kedro's `node(func, inputs, outputs, name=…)` and its configuration folders (docs.kedro.org).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Task
from modelguard.link.values import External, Function, Mapping, Outcome, Outcomes, text_of

_EMPTY = Context("pipeline")
_NODES = frozenset({"kedro.pipeline.node", "kedro.pipeline.node.node", "kedro.pipeline.Node"})
_PARAMETERS = re.compile(r"(?:^|/)conf/(base|local)/(?:[^/]+/)*parameters(?:[^/]*|/.+)\.ya?ml\Z")


def tasks(program: Program, resolver: Resolver) -> Iterator[Task]:
    """The nodes of every pipeline of the tree."""
    parameters = _parameters(program, resolver)
    for path, scope in program.code():
        module = program.module_frame(path, _EMPTY) if {"node", "Node"} & set(scope.mentions) else None
        if module is None:
            continue
        frame = module if scope.kind == "module" else resolver.keep(Frame(path, scope, _EMPTY, outer=module))
        for call in scope.calls:
            made = [o.value for o in resolver.evaluate(call.func, frame)]
            if not any(isinstance(m, External) and m.name in _NODES for m in made):
                continue
            for outcome in resolver.calls.argument(call, frame, "func", 0) or ():
                if isinstance(outcome.value, Function):
                    name = _text(resolver, call, frame, "name", 3) or outcome.value.scope.name
                    given = _given(resolver, call, frame, outcome.value, parameters)
                    yield Task(name, path, call.at[0], outcome.value, given, "kedro")


def _text(resolver: Resolver, call: f.Call, frame: Frame, name: str, position: int) -> str | None:
    found = resolver.calls.argument(call, frame, name, position) or ()
    return next((t for o in found if (t := text_of(o.value)) is not None), None)


def _parameters(program: Program, resolver: Resolver) -> list[Outcome]:
    """The parameter files, those of `local` before those of `base`."""
    found = [(m[1], p) for p in program.store.paths() if (m := _PARAMETERS.search(p)) is not None]
    documents: list[Outcome] = []
    for _, path in sorted(found, reverse=True):
        facts = program.store.facts(path)
        if facts is not None and facts.document is not None:
            documents += resolver.evaluate(facts.document, program.document_frame(path))
    return documents


def _given(
    resolver: Resolver, call: f.Call, frame: Frame, function: Function, parameters: list[Outcome]
) -> tuple[tuple[str, Outcomes], ...]:
    """What the configuration gives to the function's parameters: `inputs` by position, or by name."""
    found: list[tuple[str, Outcomes]] = []
    for base in resolver.calls.argument(call, frame, "inputs", 1) or ():
        written = text_of(base.value)
        names = [p.name for p in function.scope.params]
        keys = element_keys(resolver, base) if isinstance(base.value, Mapping) else None
        values = (base,) if written is not None else elements(resolver, base) or ()
        labels = [text_of(k.value) or "" for k in keys] if keys is not None else names
        for name, value in zip(labels, values, strict=False):
            source = text_of(value.value) or ""
            if source.startswith("params:"):
                found.append((name, _parameter(resolver, parameters, source.removeprefix("params:").split("."))))
            elif source == "parameters" and parameters:
                found.append((name, (parameters[0],)))
    return tuple((n, o) for n, o in found if o)


def _parameter(resolver: Resolver, parameters: list[Outcome], path: list[str]) -> Outcomes:
    for document in parameters:
        found: Outcomes = (document,)
        for key in path:
            found = tuple(o for base in found for o in entry(resolver, base, key))
        if found:
            return found
    return ()
