"""The cheap look at calls: which may spend at all, by their names and what they are given; and what a sink is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from modelguard.catalog.clients_index import Argument, Catalogue, catalogue
from modelguard.extract import facts as f
from modelguard.extract.mentions import CALLED, called_name
from modelguard.link.frames import Frame
from modelguard.link.values import Certainty, Made, Outcomes


@dataclass(frozen=True, eq=False)
class Sink:
    """One call that spends, in one activation. `proxied`: it goes to an address of its own, not to the vendor's."""

    api: str
    kind: str
    call: f.Call
    frame: Frame
    models: Outcomes
    tokens: Outcomes
    proxied: bool = False
    certainty: Certainty = "certain"
    why: str = ""
    makes: bool = False
    """It only makes a model (see makers.py)."""
    given: tuple[Made, ...] = ()
    """The models that other calls made for it."""
    handed: bool = False
    """The method that spends is handed to what is called, which may be a function of the tree."""
    opens: bool = False
    """It only makes a client, which holds the credential that it is given."""
    ambient: tuple[str, ...] = ()
    """Where its credential comes from as it is given none: what a program may have set for the library, then variables."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """What calls of one name have in common: keywords of which a sink has one (in JavaScript keys of an object that it
    is given), and whether it may be given everything by position."""

    keywords: frozenset[str] = frozenset()
    positional: bool = False


@lru_cache(maxsize=4)
def _signs(known: Catalogue) -> dict[tuple[str, bool], _Sign]:
    """By last name, and whether it is TypeScript or JavaScript."""
    found: dict[tuple[str, bool], _Sign] = {}

    def add(name: str, arguments: tuple[Argument, ...], free: bool) -> None:
        script = name.startswith(("npm:", "js."))
        key = re.split(r"[./]", name.removesuffix("()"))[-1].removeprefix("npm:"), script
        before = found.get(key, _Sign())
        inside = {n for a in arguments for n in ((*a.path[:1], *a.also) if script else a.names)}
        whole = any(a.position is not None and not (script and a.path) for a in arguments)
        found[key] = _Sign(before.keywords | inside | {"**"}, before.positional or free or whole)

    for spec in known.calls.values():
        taken = spec.credential if spec.opens and spec.credential is not None else spec.model
        add(spec.name, (taken,), bool(spec.model.implied))
    for request in known.http.values():
        bodies = (*request.json, *request.text)
        add(request.name, bodies, not bodies)
    return found


def spends(scope: f.Scope, script: bool) -> bool:
    """Whether any call of a scope may spend; its body is only looked at where it mentions a name that a sink may have."""
    known = catalogue()
    mentions = scope.mentions
    if mentions and CALLED not in mentions and not any(_may_be_sink(name, script, known) for name in mentions):
        return False
    body = scope.glance()
    return any(may_spend(call, body, script) for call in body.calls)


@lru_cache(maxsize=65_536)
def _may_be_sink(name: str, script: bool, known: Catalogue) -> bool:
    return (name, script) in _signs(known) or REQUESTS.search(name) is not None


def may_spend(call: f.Call, scope: f.Scope | f.Body, script: bool) -> bool:
    """The cheap look at a call: a name that a sink may have, and an argument that one must have."""
    name = called_name(call)
    if any(may_be_handed(a, call, script) for a in call.args):
        return True
    if not _may_be_sink(name, script, catalogue()):
        if script:
            return bool(call.args) and _is_provider(call.func, scope, catalogue())
        return _calls_class(call, scope)
    if REQUESTS.search(name) and any(is_body(a.value, scope) for a in call.args):
        return True
    sign = _signs(catalogue()).get((name, script))
    if sign is None:
        return False
    if sign.positional or any(a.name in sign.keywords for a in call.args):
        return True
    return script and any(_may_hold(a.value, sign.keywords) for a in call.args)


def may_be_handed(arg: f.Arg, call: f.Call, script: bool) -> bool:
    """Whether an argument is named like a method that spends, and the call is given what that takes:
    `to_thread(client.chat.completions.create, model=…)`."""
    if arg.name not in ("", "func", "fn") or not isinstance(arg.value, f.Get) or not arg.value.attr:
        return False
    sign = _signs(catalogue()).get((f.last_name(arg.value), script))
    return sign is not None and any(a.name in sign.keywords and a.name != "**" for a in call.args)


def _calls_class(call: f.Call, scope: f.Scope | f.Body) -> bool:
    """Whether a call may be of a class under another name: one that was chosen before, handed over or looked up."""
    if not any(a.name in _model_keywords(catalogue()) for a in call.args):
        return False
    if isinstance(call.func, f.Get):
        return not call.func.attr
    if not isinstance(call.func, f.Var):
        return False
    name = call.func.name
    own = any(b.name == name and isinstance(b.value, _CHOICES) for b in scope.binds)
    return own or any(p.name == name.removesuffix("#0") for p in scope.params)


_CHOICES = (f.Var, f.Get, f.OneOf, f.Cond, f.Fallback)


@lru_cache(maxsize=4)
def _model_keywords(known: Catalogue) -> frozenset[str]:
    """The keywords by which calls are given their model."""
    return frozenset(n for spec in known.calls.values() if not spec.model.path for n in spec.model.names if n)


def _is_provider(func: f.Expr, scope: f.Scope | f.Body, known: Catalogue) -> bool:
    """Whether a name of this scope holds a provider of models, whatever it is called: `const llm = createOpenAI()`."""
    return isinstance(func, f.Var) and any(
        b.name == func.name
        and isinstance(b.value, f.CallRef)
        and b.value.index < len(scope.calls)
        and called_name(scope.calls[b.value.index]) in _creators(known)
        for b in scope.binds
    )


@lru_cache(maxsize=4)
def _creators(known: Catalogue) -> frozenset[str]:
    """The last names of functions that make a provider of models."""
    made = [s.name for s in known.calls.values() if s.makes and s.name.endswith("()")]
    return frozenset(re.split(r"[./]", n.removesuffix("()"))[-1] for n in made)


REQUESTS = re.compile(
    r"(?i)^(?!(?:set|use|on|handle|update|save|insert|log|build|make|parse|format|get|is|to)(?:_|(?-i:[A-Z])))"
    r".*(?:request|completion|complete|invoke|infer|embed|llm)|^(?:post|chat|send|generate|ask)(?:_|(?-i:[A-Z])|$)"
)
"""What a function that sends a request to a model is called, whoever wrote it."""
CONTENT = frozenset({"messages", "prompt", "input", "contents"})


def is_body(expr: f.Expr, scope: f.Scope | f.Body) -> bool:
    """Whether an expression is, or names, an object like the body of a model request: `model` and what to answer."""
    if isinstance(expr, f.Var):
        return any(b.name == expr.name and isinstance(b.value, f.Rec) and is_body(b.value, scope) for b in scope.binds)
    keys = {i.key.value for i in expr.items if isinstance(i.key, f.Lit)} if isinstance(expr, f.Rec) else set()
    return "model" in keys and not CONTENT.isdisjoint(keys)


def _may_hold(expr: f.Expr, keys: frozenset[str]) -> bool:
    """Whether an argument may be an object with one of these keys: one that is not written out may."""
    if isinstance(expr, f.Rec):
        return any(i.key is None or not isinstance(i.key, f.Lit) or i.key.value in keys for i in expr.items)
    return isinstance(expr, (f.Var, f.Get, f.CallRef, f.OneOf, f.Fallback, f.Cond))
