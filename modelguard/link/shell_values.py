"""Words of a command that a shell puts variables into: `--model "$MODEL"`, `${MODEL:-gpt-4o}`, Kubernetes' `$(MODEL)`.

A variable is what the script or the command itself assigns, else what the consumer's environment has, else the default
that is written with it. Nothing is run or expanded by a shell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import get
from modelguard.link import environment
from modelguard.link.access import entry
from modelguard.link.frames import Context
from modelguard.link.values import Const, Mapping, Outcome, Outcomes, Step, Unknown, text_of, through, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

VARIABLE = re.compile(
    r"\$(?:\{(?P<braced>[\w.-]+?)(?P<sign>:?[-=])(?P<default>[^{}]*)\}|\{(?P<plain>[\w.-]+)\}|\((?P<pod>[A-Za-z_]\w*)\)"
    r"|(?P<bare>\w+))"
)
MAX_DEPTH = 10
"""Longest chain of variables that are assigned from each other."""


def put_in(resolver: Resolver, context: Context, word: str, at: Step, depth: int = 0) -> Outcomes:
    """What a word with variables comes to for this consumer. `at` is the place of the word, as a definition of its own
    where the value is written there or is not known; a value from elsewhere passes it."""
    matches = list(VARIABLE.finditer(word))
    known = [_variable(resolver, context, m, at, depth) for m in matches]
    if len(matches) == 1 and matches[0][0] == word:
        return known[0]
    texts: list[str] = []
    trail: list[Step] = []
    end = 0
    for match, outcomes in zip(matches, known, strict=True):
        text = text_of(outcomes[0].value) if len(outcomes) == 1 else None
        if text is None:
            return (_open(at, f"`{word}` is put together by a shell"),)
        texts += [word[end : match.start()], text]
        trail += outcomes[0].trail
        end = match.end()
    whole = "".join([*texts, word[end:]])
    if "$" in whole or "`" in whole or not matches:
        return (_open(at, f"`{word}` is put together by a shell"),)
    return (Outcome(Const(whole), (_defined(at, whole), *trail)),)


def _defined(at: Step, value: str | None) -> Step:
    return Step("define", at.path, at.line, at.column, name=at.name, value=value)


def _open(at: Step, why: str) -> Outcome:
    return Outcome(Unknown(why), (_defined(at, None),))


def _variable(resolver: Resolver, context: Context, match: re.Match[str], at: Step, depth: int) -> Outcomes:
    name = match["braced"] or match["plain"] or match["pod"] or match["bare"]
    passed = Step("pass", at.path, at.line, at.column, name=at.name)
    found = _assigned(resolver, context, name, at, depth) or environment.defines(resolver, context, name)
    default = match["default"].strip("\"'") if match["default"] else ""
    spare: Outcomes = ()
    if default and depth < MAX_DEPTH:
        spare = (
            put_in(resolver, context, default, at, depth + 1)
            if "$" in default
            else (Outcome(Const(default), (_defined(at, default),)),)
        )
    if found:
        return (
            *through(found, passed),
            *weaken(spare, "possible", f"only where `{name}` is not set", dormant=True),
        )
    why = f"`{name}` is set where it runs"
    return weaken(spare, "likely", f"the default of `{name}`, which may be set where it runs") or (_open(at, why),)


def _assigned(resolver: Resolver, context: Context, name: str, at: Step, depth: int) -> Outcomes:
    """What the script in which the word stands gives a variable, or the command itself (`MODEL=x; python …`)."""
    facts = resolver.program.store.facts(at.path)
    own = get(facts.document, "variables") if facts is not None and facts.format == "shell" else None
    if isinstance(own, f.Rec) and (written := get(own, name)) is not None:
        if isinstance(written, f.Opaque):
            return (_open(at, f"`{name}` is {written.why}"),)
        return entry(resolver, Outcome(Mapping(own, resolver.program.document_frame(at.path))), name)
    words = [w for w in context.argv[: len(context.argv) - len(context.places)] if w.startswith(f"{name}=")]
    value = words[-1].partition("=")[2] if words else ""
    if not value or depth >= MAX_DEPTH or f"${name}" in value or f"${{{name}" in value:
        return ()
    if "$" in value or "`" in value:
        return put_in(resolver, context, value, at, depth + 1)
    return (Outcome(Const(value), (_defined(at, value),)),)
