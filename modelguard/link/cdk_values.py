"""What values of CDK come to when a stack is deployed: secrets, stored parameters, stack parameters, context."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import cloudformation
from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import get
from modelguard.link.frames import Frame
from modelguard.link.values import Const, Credential, External, Made, Outcome, Outcomes, Step, Unknown, text_of, through

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_SECRET = re.compile(r"aws[_-]secretsmanager\.(?:Secret|CfnSecret)\b")
_TAKEN = re.compile(r"\.secret_?[vV]alue|ecs[./](?:Secret)\.from|SecretValue\.")
_NAME_OF = re.compile(r"\.secret_?(?:Name|name|Arn|arn|FullArn|full_arn)\Z")
_STORED = re.compile(r"aws[_-]ssm\.StringParameter\b.*\.(?:value|string|from)")
_PROFILE = re.compile(
    r"aws[_-]bedrock\.CfnApplicationInferenceProfile\(\)\.(?:ref|attr_?[iI]nference_?[pP]rofile_?(?:[aA]rn|[iI]d|[iI]dentifier))\Z"
)
"""An application inference profile, which is called in the place of the model that it was made for."""
_FOUND = re.compile(r"[mM]odel\.from_?\w+\(\)\.model_?(?:[iI]d|[aA]rn)\Z")
"""The id or ARN of a model that aws-bedrock looked up."""
_GIVEN = "given to cdk"
"""Marks what is nothing unless the command line of cdk gives it."""
_CONTEXT = ("tryGetContext", "try_get_context", "getContext", "get_context")


def value_of(resolver: Resolver, outcome: Outcome) -> Outcomes:
    """A value that is put into an environment, as it is when the stack has been deployed."""
    value = outcome.value
    if isinstance(value, Const) and value.value is None and any(s.role == _GIVEN for s in outcome.trail):
        # What is put into an environment from there is none of the program's own: it is given with each deployment.
        why = "given on the command line of cdk, which is not in this repository"
        return (Outcome(Unknown(why), tuple(replace(s, certainty="certain", why="") for s in outcome.trail)),)
    if isinstance(value, Const) and isinstance(value.value, str) and "{{resolve:" in value.value:
        step = outcome.trail[0] if outcome.trail else None
        at = (step.line, step.column) if step is not None else (1, 1)
        return resolver.evaluate(
            resolver.keep(cloudformation.expression(f.Lit(value.value, at))),
            resolver.program.document_frame(step.path if step is not None else ""),
        )
    if not isinstance(value, (External, Made)):
        return (outcome,)
    made = _origin(resolver, value)
    if made is None:
        return (outcome,)
    name = value.name.replace("-", "_")
    return _deployed(resolver, name, made) or (outcome,)


def _origin(resolver: Resolver, value: External | Made) -> Made | None:
    """The call that a chain of attributes and methods starts from."""
    current: External | Made | None = value
    made = None
    for _ in range(20):
        made = current if isinstance(current, Made) else current.made if current is not None else None
        if made is None:
            return current if isinstance(current, Made) else None
        funcs = [o.value for o in resolver.evaluate(made.call.func, made.frame)]
        inner = next((v for v in funcs if isinstance(v, External) and v.made is not None), None)
        if inner is None:
            return made
        current = inner
    return made


def _deployed(resolver: Resolver, name: str, made: Made) -> Outcomes:
    here = made.frame.path, made.call.at
    if _SECRET.search(name) and _NAME_OF.search(name):
        # An ARN stands for the secret that it is of: either is only used to ask for it.
        return (Outcome(Const(label(resolver, made)), (Step("literal", here[0], *here[1]),)),)
    if _TAKEN.search(name):
        called = label(resolver, made)
        step = Step("define", here[0], *here[1], name=called.rsplit("/", 1)[-1])
        store = "ssm" if "ssm" in name.lower() else "secretsmanager"
        return (Outcome(Credential("deploy-time", store, called), (step,)),)
    if _STORED.search(name):
        called = label(resolver, made)
        why = f"the SSM parameter `{called}`, read when the stack is deployed"
        step = Step("define", here[0], *here[1], name=called.rsplit("/", 1)[-1])
        return (Outcome(Unknown(why, "deploy-time", "ssm", called), (step,)),)
    if name.rsplit("/", 1)[-1].replace("npm:", "").split("(", 1)[0].endswith("CfnParameter"):
        return _parameter(resolver, made)
    if _PROFILE.search(name) or _FOUND.search(name):
        from modelguard.link import cdk_models

        return cdk_models.copied(resolver, made) if _PROFILE.search(name) else cdk_models.model(resolver, Outcome(made))
    return ()


def snake(name: str) -> str:
    """A property's name in Python."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def label(resolver: Resolver, made: Made) -> str:
    """The name of a secret or parameter, else a construct's id: where the call that finds or makes it is given one."""
    call, frame = made.call, made.frame
    for position, keyword in ((2, "secret_name"), (1, "parameter_name"), (0, "secret_id"), (0, "secret")):
        for outcome in resolver.calls.argument(call, frame, keyword, position) or ():
            if (text := text_of(outcome.value)) is not None:
                return text
            inner = outcome.value.made if isinstance(outcome.value, External) else outcome.value
            if isinstance(inner, Made) and inner is not made and _SECRET.search(inner.name.replace("-", "_")):
                return label(resolver, inner)
    for outcome in resolver.calls.argument(call, frame, "id", 1) or ():
        if (text := text_of(outcome.value)) is not None:
            return text
    return "secret"


def _parameter(resolver: Resolver, made: Made) -> Outcomes:
    """A CfnParameter: its default, which may be overridden when the stack is deployed."""
    from modelguard.link.access import entry
    from modelguard.link.values import weaken

    props = resolver.calls.argument(made.call, made.frame, "", 2) or ()
    found = resolver.calls.argument(made.call, made.frame, "default") or tuple(
        o for base in props for o in entry(resolver, base, "default")
    )
    why = "the default of a parameter, which may be given when the stack is deployed"
    return weaken(tuple(found), "likely", why)


def context(resolver: Resolver, func: External, call: f.Call, frame: Frame) -> Outcomes | None:
    """`node.tryGetContext(key)`: what cdk.json says; else nothing, unless it is given when the stack is deployed."""
    if func.name.rsplit(".", 1)[-1] not in _CONTEXT or ".node." not in func.name or not call.args:
        return None
    keys = resolver.texts(call.args[0].value, frame)
    folder = posixpath.dirname(frame.path)
    while True:
        path = posixpath.join(folder, "cdk.json")
        facts = resolver.program.store.facts(path) if path in resolver.program.store else None
        given = get(facts.document, "context", keys[0]) if facts is not None and len(keys) == 1 else None
        if given is not None:
            where = resolver.program.document_frame(path)
            step = Step("define", path, *given.at, name=keys[0])
            return tuple(
                Outcome(o.value, (step,) if isinstance(o.value, Const) else o.trail)
                for o in resolver.evaluate(given, where)
            )
        if not folder:
            break
        folder = posixpath.dirname(folder)
    name = keys[0] if len(keys) == 1 else "?"
    from modelguard.link import cdk_context

    here = Step("pass", frame.path, *call.at)
    found = cdk_context.given(resolver, name, _application(resolver, frame.path))
    if found:
        return through(found, here)
    why = f"unless the context `{name}` is given when it is deployed"
    return (Outcome(Const(None), (replace(here, certainty="likely", why=why, role=_GIVEN),)),)


def _application(resolver: Resolver, path: str) -> str:
    """The folder of the nearest cdk.json above a file; the root where there is none."""
    folder = posixpath.dirname(path)
    while folder and posixpath.join(folder, "cdk.json") not in resolver.program.store:
        folder = posixpath.dirname(folder)
    return folder
