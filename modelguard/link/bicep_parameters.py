"""Parameter files of Bicep templates: `main.parameters.json`, with what azd puts in, and `.bicepparam`.

Each file of a template is a deployment of its own. Sources: "Create a parameters file for Bicep deployment" and "Work with
environment variables" of the Azure Developer CLI, both on learn.microsoft.com.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace as dc_replace

from modelguard.extract import bicep
from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import get, text
from modelguard.link.access import STAGED
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import Const, Outcome, Outcomes, Step, Unknown, text_of, weaken

_AZD = re.compile(r"\$\{(\w+)(?:=([^}]*))?\}")
_PARAMETERS = re.compile(r"\.(?:[\w-]+\.)?parameters(?:\.[\w-]+)?\.json")


def deployments(program: Program, resolver: Resolver, path: str) -> list[tuple[str, dict[str, Outcomes]]]:
    """The parameter files of a template, each with its stage; what they give, by parameter."""
    stem, found = path.removesuffix(".bicep"), []
    for other in sorted(program.store.paths()):
        if _PARAMETERS.fullmatch(other.removeprefix(stem)) and other.startswith(f"{stem}."):
            found.append((other, _of_json(program, resolver, other)))
        elif other.endswith(".bicepparam") and _uses(program, other) == path:
            found.append((other, _of_file(program, resolver, other)))
    if not found:
        return [("", {})]
    if len(found) == 1:
        return [("", found[0][1])]
    return [(_stage(other), {n: _staged(o, other) for n, o in given.items()}) for other, given in found]


def _stage(path: str) -> str:
    """What a parameter file is called for: `prod` of prod.bicepparam, main.prod.bicepparam or main.parameters.prod.json."""
    words = [w for w in posixpath.basename(path).split(".") if w not in ("bicepparam", "parameters", "json")]
    return words[-1] if words else path


def _staged(outcomes: Outcomes, path: str) -> Outcomes:
    """What one deployment of several is given, so that a line which all of them pass through is no place they share."""
    mark = Step("pass", path, 1, 1, role=STAGED)
    return tuple(
        Outcome(o.value, (dc_replace(mark, line=o.trail[0].line) if o.trail else mark, *o.trail)) for o in outcomes
    )


def _uses(program: Program, path: str) -> str | None:
    facts = program.store.facts(path)
    named = next(
        (text(b.value) for s in (facts.scopes if facts else ()) for b in s.binds if b.name == bicep.USING), None
    )
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), named)) if named else None


def _of_file(program: Program, resolver: Resolver, path: str) -> dict[str, Outcomes]:
    frame = program.document_frame(path)
    binds = [b for b in frame.scope.binds if b.name.startswith("ref.")]
    return {b.name[4:]: resolver.evaluate(resolver.keep(f.Var(b.name, b.at)), frame) for b in binds}


def _of_json(program: Program, resolver: Resolver, path: str) -> dict[str, Outcomes]:
    facts = program.store.facts(path)
    table = get(facts.document, "parameters") if facts is not None and facts.document is not None else None
    found: dict[str, Outcomes] = {}
    for item in table.items if isinstance(table, f.Rec) else ():
        name, value = str(getattr(item.key, "value", "")), get(item.value, "value")
        if value is not None and name:
            outcomes = resolver.evaluate(value, program.document_frame(path))
            found[name] = tuple(_azd(o, path, value.at, name) for o in outcomes)
    return found


def _azd(outcome: Outcome, path: str, at: f.Span, name: str) -> Outcome:
    """`${NAME=default}`, which azd replaces by a variable of its environment."""
    written = text_of(outcome.value)
    match = _AZD.fullmatch(written) if written is not None else None
    if match is None:
        step = Step("define", path, *at, name=name, value=written)
        return Outcome(outcome.value, (step,) if isinstance(outcome.value, Const) else outcome.trail)
    if match[2] is None:
        why = f"`{match[1]}` is set in the environment of azd"
        return Outcome(Unknown(why, "deploy-time", "environment", match[1]), (Step("define", path, *at, name=name),))
    step = Step("define", path, *at, name=name, value=match[2])
    why = f"the default of `{match[1]}`, which may be set in the environment of azd"
    return weaken((Outcome(Const(match[2]), (step,)),), "likely", why)[0]
