"""Calls that only make a model (`openai("gpt-…")` of Vercel's AI SDK), beside those that are given it and ask it.

Where the call that asks is seen, it is what spends, and the making is a step on the model's way. A model that stands in an
object beside others which are asked (`models.small`) is asked by nobody. Only where nothing is seen that asks does making
a model count, as some framework is given it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name, parts
from modelguard.link.runners import Runner
from modelguard.link.spending import Sink

_HOLDERS = frozenset({"customProvider", "experimental_customProvider", "createProviderRegistry", "wrapLanguageModel"})
"""Functions that keep the models which they are given for whoever asks for one."""
Place = tuple[str, f.Span]


def kept(found: Sink) -> bool:
    """Whether a model is only made and kept by its module under a name, for others to take, or a client is made of which
    nothing is asked there."""
    scope = found.frame.scope
    if not found.opens and not (found.makes and scope.kind == "module"):
        return False
    index = next((i for i, c in enumerate(scope.calls) if c is found.call), -1)
    if found.opens:
        return not _is_asked_there(scope, index)
    values = [b.value for b in scope.binds]
    values += [a.value for c in scope.calls if called_name(c) in _HOLDERS for a in c.args]
    return any(isinstance(e, f.CallRef) and e.index == index for v in values for e in parts(v))


def _is_asked_there(scope: f.Scope, index: int) -> bool:
    """Whether a scope calls a method of what its call of this number makes."""
    names = {b.name.split("#", 1)[0] for b in scope.binds if isinstance(b.value, f.CallRef) and b.value.index == index}
    for call in scope.calls:
        base: f.Expr = call.func
        while isinstance(base, f.Get):
            base = base.base
        if base is not call.func and isinstance(base, f.Var) and base.name.split("#", 1)[0] in names:
            return True
    return False


def without_makers(sinks: Sequence[tuple[Runner | None, Sink]]) -> list[tuple[Runner | None, Sink]]:
    """The calls that spend, without the makings of models whose asking is among them, and without clients that are only
    there for others."""
    used: set[Place] = set()
    from_there: dict[int, set[Place]] = defaultdict(set)
    for runner, found in sinks:
        for made in found.given:
            used.add((made.frame.path, made.call.at))
            from_there[id(runner)].add((made.frame.path, made.frame.scope.at))
    result: list[tuple[Runner | None, Sink]] = []
    spare: dict[Place, Sink] = {}
    for runner, found in sinks:
        if found.opens and kept(found):
            continue  # whoever has it need not ask anything of it
        if not found.makes:
            result.append((runner, found))
        elif (found.frame.path, found.call.at) in used:
            continue
        elif runner is None or (found.frame.path, found.frame.scope.at) in from_there[id(runner)]:
            spare.setdefault((found.frame.path, found.call.at), found)
        else:
            result.append((runner, found))
    taken = {(s.frame.path, s.call.at) for _, s in result}
    # Nobody asks it, so nobody's key pays for it.
    return result + [(None, replace(s, tokens=())) for place, s in spare.items() if place not in taken]
