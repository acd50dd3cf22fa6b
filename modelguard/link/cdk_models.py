"""What names a model in CDK: models that aws-bedrock looks up, and inference profiles that are made for one.

Source: aws-cdk-lib/aws-bedrock (`FoundationModel`, whose identifiers are constants that spell the model's id, and
`CfnApplicationInferenceProfile`).
"""

from __future__ import annotations

import re

from modelguard.catalog.identity import looks_like_model
from modelguard.extract.node_modules import is_script
from modelguard.link.access import entry
from modelguard.link.cdk_values import label, snake
from modelguard.link.declared import written_at
from modelguard.link.names import defines
from modelguard.link.resolve import Resolver
from modelguard.link.values import Const, External, Made, Outcome, Outcomes, Pieces, Step, Unknown, text_of

_FROM = re.compile(r"[fF]rom_?(?:[fF]oundation_?[mM]odel_?[iI]d|[pP]rovisioned_?[mM]odel_?[aA]rn)\(\)\Z")
_VERSION = re.compile(r"_v(\d+)_(\d+)\Z")


def model(resolver: Resolver, outcome: Outcome) -> Outcomes:
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


def of_a_model(outcome: Outcome) -> Outcome:
    """A model's name; where its end is not known, what else is put into it (a region, an account) is no choice of a model."""
    value = outcome.value
    if text_of(value) is not None or (isinstance(value, Pieces) and value.parts[-1] is not None):
        return outcome
    why = value.why if isinstance(value, (Pieces, Unknown)) else "an object that is known once the stack is deployed"
    return Outcome(Unknown(why))


def copied(resolver: Resolver, made: Made) -> Outcomes:
    """The model that an application inference profile was made for, defined where the profile names it."""
    found: list[Outcome] = []
    for source in property_of(resolver, (Outcome(made),), "modelSource"):
        place = written_at(resolver, source, "copyFrom")
        if place is None and isinstance(source.value, Made):
            at = next((a.value.at for a in source.value.call.args if a.name == snake("copyFrom")), source.value.call.at)
            place = source.value.frame.path, at
        path, at = place or (made.frame.path, made.call.at)
        found += defines(property_of(resolver, (source,), "copyFrom"), path, at, f"{label(resolver, made)}.copyFrom")
    return tuple(found)


def property_of(resolver: Resolver, base: Outcomes, name: str) -> Outcomes:
    """A property of a construct or of an options object: a key in TypeScript, a keyword of the call in Python."""
    found: list[Outcome] = []
    for outcome in base:
        made = outcome.value
        if not isinstance(made, Made):
            found += entry(resolver, outcome, name)
        elif is_script(made.frame.path):
            props = resolver.calls.argument(made.call, made.frame, "", 2) or ()
            found += (o for b in props for o in entry(resolver, b, name))
        else:
            found += resolver.calls.argument(made.call, made.frame, snake(name)) or ()
    return tuple(found)
