"""Tasks of Step Functions that a CDK program puts together: which model one asks, what it hands to a Lambda function.

Source: aws-cdk-lib/aws-stepfunctions-tasks (`BedrockInvokeModel`, `LambdaInvoke`) and aws-bedrock (`FoundationModel`, whose
identifiers are constants that spell the model's id).
"""

from __future__ import annotations

import re

from modelguard.catalog.identity import looks_like_model
from modelguard.extract import facts as f
from modelguard.extract import step_functions
from modelguard.link.declared import Declared, Parts
from modelguard.link.resolve import Resolver
from modelguard.link.values import Const, External, Made, Outcome, Outcomes, Step, Unknown

_FROM = re.compile(r"[fF]rom_?(?:[fF]oundation_?[mM]odel_?[iI]d|[pP]rovisioned_?[mM]odel_?[aA]rn)\(\)\Z")
_VERSION = re.compile(r"_v(\d+)_(\d+)\Z")
_MODEL = "model"


def bedrock(resolver: Resolver, path: str, name: str, at: f.Span, model: Outcomes) -> Declared:
    """A task that asks Bedrock, as a state machine of its own with one call."""
    parts = Parts(resolver, path, at)
    label = f"states:{name}"
    service = f.Import("states", "bedrock", 0, at)
    call = f.Call(f.Get(service, f.Lit("invokeModel", at), at, True), (f.Arg("ModelId", f.Var(_MODEL, at)),), at)
    scope = f.Scope(label, step_functions.KIND, at, params=(f.Param(_MODEL, None, None, "", at),), calls=(call,))
    resolver.program.add_scope(path, resolver.keep(scope))
    given = parts.expr(tuple(o for m in model for o in _model(resolver, m)))
    unit = f.Unit(
        name,
        step_functions.PLATFORM,
        at,
        command=f.Seq((f.Lit(label, at),), at),
        given=(f.Item(f.Lit(_MODEL, at), given, at),) if given is not None else (),
    )
    return path, unit, parts.frame


def _model(resolver: Resolver, outcome: Outcome) -> Outcomes:
    """The id of a model that is looked up by it."""
    made = outcome.value
    if not isinstance(made, Made) or not _FROM.search(made.name):
        return (Outcome(Unknown("a model that is known once the stack is deployed"), outcome.trail),)
    found = resolver.calls.argument(made.call, made.frame, "foundation_model_id", 2) or ()
    return tuple(_spelled(o, made) for o in found)


def _spelled(outcome: Outcome, made: Made) -> Outcome:
    """`ANTHROPIC_CLAUDE_3_HAIKU_20240307_V1_0` as the id that it spells, where there is such a model."""
    value = outcome.value
    if not isinstance(value, External):
        return outcome
    constant = value.name.rpartition(".")[2]
    maker, _, rest = constant.lower().partition("_")
    spelled = _VERSION.sub(r"-v\1:\2", rest).replace("_", "-")
    text = f"{maker}.{spelled}"
    step = Step("literal", made.frame.path, *made.call.at, name=constant, value=text)
    if not looks_like_model(text):
        return Outcome(Unknown(f"the model of `{constant}`"), outcome.trail)
    return Outcome(Const(text), (step,))


def payload(resolver: Resolver, outcome: Outcome) -> Outcomes:
    """`TaskInput.fromObject({...})`: what it is made of."""
    made = outcome.value
    if isinstance(made, Made) and re.search(r"TaskInput\.from_?[oO]bject\(\)\Z", made.name):
        return resolver.calls.argument(made.call, made.frame, "obj", 0) or ()
    return ()
