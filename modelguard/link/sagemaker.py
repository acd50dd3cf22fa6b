"""SageMaker Pipelines: steps that run a script of the tree, with their arguments and environment.

Source: the SageMaker Python SDK (`ProcessingStep(code=…, job_arguments=…)`, `TrainingStep(estimator=…)`, processors and
estimators with `env`/`environment`, `ParameterString(default_value=…)`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.declared import Declared, Parts
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import External, Made, Outcome, Outcomes, text_of, weaken

_EMPTY = Context("pipeline")
_STEPS = ("ProcessingStep", "TrainingStep")


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """The steps of every pipeline of the tree that name a script."""
    for path, scope in program.code():
        module = program.module_frame(path, _EMPTY) if not set(_STEPS).isdisjoint(scope.mentions) else None
        if module is None:
            continue
        frame = module if scope.kind == "module" else resolver.keep(Frame(path, scope, _EMPTY, outer=module))
        for call in scope.calls:
            for outcome in resolver.evaluate(call.func, frame):
                name = outcome.value.name if isinstance(outcome.value, External) else ""
                if name.startswith("sagemaker.") and name.rpartition(".")[2] in _STEPS:
                    unit = _unit(resolver, Made(name, call, frame), path)
                    yield from [unit] if unit is not None else []


def _unit(resolver: Resolver, step: Made, path: str) -> Declared | None:
    at = step.call.at
    parts = Parts(resolver, path, at)
    runner = next(
        (o.value for n in ("processor", "estimator") for o in _of(resolver, step, n) if isinstance(o.value, Made)), step
    )
    code = [*_of(resolver, step, "code"), *_of(resolver, runner, "entry_point")]
    script = next((t for o in code if (t := text_of(o.value)) is not None), None)
    if script is None:
        return None
    folder = next((t for o in _of(resolver, runner, "source_dir") if (t := text_of(o.value)) is not None), "")
    words: list[f.Expr] = [f.Lit("python", at), f.Lit(posixpath.join(folder, script), at)]
    for base in (*_of(resolver, step, "job_arguments"), *_of(resolver, step, "arguments")):
        words += [e for o in elements(resolver, base) or () if (e := parts.expr(_default(resolver, o))) is not None]
    for base in _of(resolver, runner, "hyperparameters"):
        for key in element_keys(resolver, base) or ():
            option = text_of(key.value) or "?"
            value = parts.expr(tuple(d for o in entry(resolver, base, option) for d in _default(resolver, o)))
            words += [f.Lit(f"--{option}", at), value] if value is not None else []
    environment = [
        f.Item(f.Lit(name, at), value, at)
        for label in ("env", "environment")
        for base in _of(resolver, runner, label)
        for key in element_keys(resolver, base) or ()
        if (name := text_of(key.value)) is not None
        and (value := parts.expr(tuple(d for o in entry(resolver, base, name) for d in _default(resolver, o))))
        is not None
    ]
    named = next((t for o in _of(resolver, step, "name") if (t := text_of(o.value)) is not None), script)
    unit = f.Unit(
        named,
        "step",
        at,
        env=resolver.keep(f.Rec(tuple(environment), at)),
        command=resolver.keep(f.Seq(tuple(words), at)),
    )
    return path, unit, parts.frame


def _of(resolver: Resolver, made: Made, name: str) -> Outcomes:
    return resolver.calls.argument(made.call, made.frame, name, 0 if name == "name" else None) or ()


def _default(resolver: Resolver, outcome: Outcome) -> Outcomes:
    """A pipeline's parameter as its default, which a run may set."""
    made = outcome.value
    if not (isinstance(made, Made) and made.name.endswith("ParameterString()")):
        return (outcome,)
    found = resolver.calls.argument(made.call, made.frame, "default_value", 1) or ()
    return weaken(found, "likely", "the default of a parameter, which a run may set")
