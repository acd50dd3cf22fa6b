"""Tasks of Step Functions that a CDK program puts together: which model one asks, what it hands to a Lambda function.

Source: aws-cdk-lib/aws-stepfunctions-tasks (`BedrockInvokeModel`, `LambdaInvoke`).
"""

from __future__ import annotations

import re

from modelguard.extract import facts as f
from modelguard.extract import step_functions
from modelguard.link.cdk_models import model
from modelguard.link.declared import Declared, Parts
from modelguard.link.resolve import Resolver
from modelguard.link.values import Made, Outcome, Outcomes

_MODEL = "model"


def bedrock(resolver: Resolver, path: str, name: str, at: f.Span, given: Outcomes) -> Declared:
    """A task that asks Bedrock, as a state machine of its own with one call."""
    parts = Parts(resolver, path, at)
    label = f"states:{name}"
    service = f.Import("states", "bedrock", 0, at)
    call = f.Call(f.Get(service, f.Lit("invokeModel", at), at, True), (f.Arg("ModelId", f.Var(_MODEL, at)),), at)
    scope = f.Scope(label, step_functions.KIND, at, params=(f.Param(_MODEL, None, None, "", at),), calls=(call,))
    resolver.program.add_scope(path, resolver.keep(scope))
    asked = parts.expr(tuple(o for m in given for o in model(resolver, m)))
    unit = f.Unit(
        name,
        step_functions.PLATFORM,
        at,
        command=f.Seq((f.Lit(label, at),), at),
        given=(f.Item(f.Lit(_MODEL, at), asked, at),) if asked is not None else (),
    )
    return path, unit, parts.frame


def payload(resolver: Resolver, outcome: Outcome) -> Outcomes:
    """`TaskInput.fromObject({...})`: what it is made of."""
    made = outcome.value
    if isinstance(made, Made) and re.search(r"TaskInput\.from_?[oO]bject\(\)\Z", made.name):
        return resolver.calls.argument(made.call, made.frame, "obj", 0) or ()
    return ()
