"""The resolver: what an expression may stand for, for every language and format the same.

Demand-driven: nothing is evaluated that no call, credential or field asks for. Results are remembered by expression and
frame; a cycle contributes nothing; bounds that were hit become Unknown with the reason, never a silent cut.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from modelguard.catalog.identity import looks_like_model
from modelguard.extract import facts as f
from modelguard.extract import github_actions
from modelguard.link import access, by_name, calls, compose_files, environment, files, names, stacks, workflows
from modelguard.link.frames import Frame
from modelguard.link.program import Program
from modelguard.link.values import (
    Class,
    Const,
    Credential,
    Elements,
    External,
    Instance,
    Listing,
    Mapping,
    Merged,
    Outcome,
    Outcomes,
    Pieces,
    RepoPath,
    Step,
    Trail,
    Unknown,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link import registries, state
    from modelguard.link.omega import Tree

MAX_OUTCOMES = 24
"""Most things one expression may be; a field that may be more is reported as unknown."""

MAX_DEPTH = 400
"""Deepest nesting of evaluations; each call, name and attribute on the way counts."""
MAX_STEPS = 5_000_000
"""Most evaluations in one run of the program: far beyond any repository seen, a stop for hostile ones."""

MAX_BY_NAME = 100_000
"""Most evaluations in one run for what is found by names alone (what programs keep in objects, registries, setters): beyond
it, such values stay unknown, as in a very large tree everything is called like something else."""
MAX_TRIES = 3
"""How often something inside a cycle is evaluated, each time from another way in, before it counts as nothing."""

_EVALUATING: Outcomes = ()

T = TypeVar("T")


class Resolver:
    """Evaluates expressions of a program. One instance serves all consumers; their contexts are in the frames."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.steps = 0
        self._depth = 0
        self.frames: dict[str, Frame] = {}
        self.sets_by_name: dict[tuple[int, int], bool] = {}
        self.providers: dict[int, dict[object, Outcome]] = {}
        """What NestJS's modules provide, by context; see nest.py."""
        self.bases: dict[tuple[int, int], tuple[Class | External, ...]] = {}
        self.composed: dict[int, Tree] = {}
        """Of configurations that were put together, by the id of the mapping, what they were before references were followed."""
        self.stores: dict[int, dict[str, list[tuple[f.Scope, list[f.Store]]]]] = {}
        self.entries: dict[tuple[int, int, str, str], Outcomes] = {}
        self.keys: dict[tuple[int, int], Outcomes] = {}
        self.opened: dict[tuple[int, int, int], Frame] = {}
        """The activations of functions whose caller is not seen: see opened.py."""
        self.kept_state: dict[str, list[state.Put]] | None = None
        """What programs keep in objects of frameworks, by the kind of holder, once that was asked for: see state.py."""
        self.overridden: dict[int, set[tuple[str, int, int]]] = {}
        """Of each context whose command gives options, by its id, where the defaults stand that it overrides."""
        self.fillers: dict[str, list[registries.Filler]] | None = None
        self.register_uses: dict[str, list[tuple[str, f.Scope]]] | None = None
        self.registering: dict[str, list[registries.Use]] = {}
        """What fills each mapping by its name, who mentions that, and its uses, once they were asked for: see registries.py."""
        self.handed_literals: dict[str, frozenset[f.Span]] = {}
        """Of files of code, where the literals stand that calls are given; see taken.py."""
        self.setting_calls: dict[str, tuple[tuple[str, f.Scope, f.Call], ...]] = {}
        self.environment_set: dict[str, list[tuple[str, f.Scope, f.Expr]]] | None = None
        """What programs put into the environment themselves, once that was asked for: see environment.py."""
        self.js_puts: dict[tuple[str, str], list[tuple[str, f.Scope, f.Expr, str]]] | None = None
        """What scripts put into objects of web frameworks, once it was asked for; see js_state.py."""
        self.importers: dict[str, set[str]] | None = None
        self.above: dict[str, frozenset[str]] = {}
        """Of each module, those that import it, and all above it: see related.py."""
        self.class_stores: dict[int, tuple[tuple[f.Scope, f.Store], ...]] = {}
        self.called_on_self: dict[int, dict[str, f.Call]] = {}
        self.filling: dict[tuple[int, int], tuple[by_name.Filled, ...]] = {}
        self._asked: set[tuple[int, int, int]] = set()
        self._tried: dict[tuple[int, int], int] = {}
        self._by_name_since: int | None = None
        self._by_name_spent = 0
        self._kept: list[object] = []
        self._inside: set[tuple[int, int, str]] = set()
        self.calls = calls.Calls(self)
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))

    def evaluate(self, expr: f.Expr, frame: Frame) -> Outcomes:
        """Everything this expression may stand for here; at least one outcome, except inside a cycle."""
        memory, key = frame.known, id(expr)
        known = memory.get(key)
        if known is not None:
            return known[1]
        self.steps += 1
        if self._depth > MAX_DEPTH or self.steps > MAX_STEPS:
            return unknown("too long a way to follow" if self.steps <= MAX_STEPS else "too much to follow in one run")
        memory[key] = (expr, _EVALUATING)
        self._depth += 1
        try:
            outcomes = _bounded(_READERS[type(expr)](self, expr, frame))
        finally:
            self._depth -= 1
        if outcomes or self.gave_up(expr, frame):
            memory[key] = (expr, outcomes)
        else:
            del memory[key]
        return outcomes

    def gave_up(self, what: f.Expr | f.Call, frame: Frame) -> bool:
        """Whether something inside a cycle was tried often enough: nothing came of it from any way in."""
        key = id(what), id(frame)
        if key not in self._tried:
            self._kept.append((what, frame))
        self._tried[key] = self._tried.get(key, 0) + 1
        return self._tried[key] >= MAX_TRIES

    @contextmanager
    def by_name(self) -> Iterator[bool]:
        """Whether something may be looked for by names alone; what is evaluated meanwhile is counted for it."""
        outermost = self._by_name_since is None
        if self._by_name_since is None:
            self._by_name_since = self.steps
        try:
            yield self._by_name_spent + self.steps - self._by_name_since < MAX_BY_NAME
        finally:
            if outermost:
                self._by_name_spent += self.steps - self._by_name_since
                self._by_name_since = None

    @contextmanager
    def within(self, expr: f.Expr, frame: Frame, key: str = "") -> Iterator[bool]:
        """Whether a collection is gone through (for an entry) for the first time just now: one that spreads itself
        (`d = {**d}` in a loop) has nothing more from the second."""
        place = (id(expr), id(frame), key)
        first = place not in self._inside
        if first:
            self._inside.add(place)
        try:
            yield first
        finally:
            if first:
                self._inside.discard(place)

    def settle(self, expr: f.Expr, frame: Frame, outcomes: Outcomes) -> None:
        """What an expression is in a frame, where that was decided elsewhere: one turn of a loop."""
        frame.known[id(expr)] = (expr, outcomes)

    def ask(self, instance: Instance) -> None:
        """Note that something depends on what an object was made with, not only on its class."""
        self._asked.add(_made_with(instance))

    def was_asked(self, instance: Instance) -> bool:
        """Whether anything depends on what an object was made with."""
        return _made_with(instance) in self._asked

    def keep(self, made: T) -> T:
        """Hold on to something made here, as results are remembered by identity."""
        self._kept.append(made)
        return made

    def read(self, outcome: Outcome, expr: f.Get, frame: Frame, base: Outcome) -> Outcome:
        """The outcome with the read in front, where code takes it out of configuration."""
        return _read_step(self, outcome, expr, frame, base)

    def known_or(self, expr: f.Expr, frame: Frame, why: str) -> Outcomes:
        """The outcomes, or an unknown one where a cycle left none."""
        return self.evaluate(expr, frame) or unknown(why)

    def texts(self, expr: f.Expr | None, frame: Frame) -> list[str]:
        """The known texts an expression may be."""
        if expr is None:
            return []
        return [t for o in self.evaluate(expr, frame) if (t := text_of(o.value)) is not None]

    def text(self, expr: f.Expr | None, frame: Frame) -> str | None:
        """The one text an expression is, or None."""
        found = set(self.texts(expr, frame))
        return found.pop() if len(found) == 1 else None


def _made_with(instance: Instance) -> tuple[int, int, int]:
    return id(instance.call), id(instance.frame), id(instance.source)


def _bounded(outcomes: Outcomes) -> Outcomes:
    if len(outcomes) < 2:  # hashing a trail takes longer than most evaluations
        return outcomes
    unique = tuple(dict.fromkeys(outcomes))
    if len(unique) > MAX_OUTCOMES:
        return (*unique[:MAX_OUTCOMES], Outcome(Unknown(f"more than {MAX_OUTCOMES} possibilities"), unique[-1].trail))
    return unique


def _literal(resolver: Resolver, expr: f.Lit, frame: Frame) -> Outcomes:
    value = Const(expr.value)
    return (Outcome(value, (Step("literal", frame.path, *expr.at, value=text_of(value)),)),)


def _redacted(resolver: Resolver, expr: f.Redacted, frame: Frame) -> Outcomes:
    return (Outcome(Credential("literal", digest=expr.digest), (Step("literal", frame.path, *expr.at),)),)


def _opaque(resolver: Resolver, expr: f.Opaque, frame: Frame) -> Outcomes:
    return unknown(expr.why, (Step("literal", frame.path, *expr.at),))


def _var(resolver: Resolver, expr: f.Var, frame: Frame) -> Outcomes:
    if frame.folder is not None:
        return names.terraform(resolver, expr, frame)
    if frame.format != "code":
        return names.document(resolver, expr, frame)
    return names.code(resolver, expr, frame)


def _get(resolver: Resolver, expr: f.Get, frame: Frame) -> Outcomes:
    outcomes: list[Outcome] = []
    for base in resolver.evaluate(expr.base, frame):
        found = access.get(resolver, base, expr, frame)
        outcomes.extend(_read_step(resolver, o, expr, frame, base) for o in found)
    return tuple(outcomes)


def _read_step(resolver: Resolver, outcome: Outcome, expr: f.Get, frame: Frame, base: Outcome) -> Outcome:
    """Code that takes a value out of a configuration or settings object reads it there."""
    if frame.format != "code":
        return outcome
    origin = next((s for s in outcome.trail if s.kind != "pass"), None)
    # A mapping that code made of a document's entries.
    in_code = isinstance(base.value, Mapping) and base.value.frame.path.endswith(".py")
    copied = in_code and origin is not None and origin.kind == "define"
    if not copied and not access.is_configuration(resolver, base.value, frame):
        return names.member_read(resolver, outcome, expr, frame, base)
    if origin is None or (origin.kind == "read" and not isinstance(base.value, (Instance, Class))):
        return outcome
    if (origin.kind, origin.path, origin.line, origin.column) == ("read", frame.path, *expr.at):
        return outcome
    step = Step("read", frame.path, *expr.at, name=frame.scope.name)
    return Outcome(outcome.value, (step, *outcome.trail))


def _call(resolver: Resolver, expr: f.CallRef, frame: Frame) -> Outcomes:
    if not 0 <= expr.index < len(frame.scope.calls):
        return unknown("a call that is not there")
    return resolver.calls.value(frame.scope.calls[expr.index], frame)


def _join(resolver: Resolver, expr: f.Join, frame: Frame) -> Outcomes:
    combined = [Pieces(())]
    trails: list[Trail] = [()]
    first = expr.parts[0] if expr.parts else None
    arn = isinstance(first, f.Lit) and str(first.value).startswith("arn:")
    listings: list[Outcome] = []
    for part in expr.parts:
        options = resolver.known_or(part, frame, "part of a text that refers to itself")
        listings += [o for o in options if isinstance(o.value, (Listing, Elements))]
        pairs = [(c, t, o) for c, t in zip(combined, trails, strict=True) for o in options][: MAX_OUTCOMES + 1]
        combined = [_longer(c, o) for c, _, o in pairs]
        # A literal written into the text is no definition of its own.
        trails = [t if isinstance(part, f.Lit) else _of_parts(t, o, arn) for _, t, o in pairs]
    if listings and len(listings) == len(expr.parts):
        return (Outcome(Elements(tuple(e for o in listings for e in access.elements(resolver, o) or ())), ()),)
    return tuple(_joined(c, t, expr, frame) for c, t in zip(combined, trails, strict=True))


def _of_parts(trail: Trail, part: Outcome, arn: bool) -> Trail:
    """The ways of a text's parts; in an ARN only that of the one that names a model, as region and account decide none."""
    text = text_of(part.value) if arn else None
    return part.trail if text is not None and looks_like_model(text) else (*trail, *part.trail)


def _longer(text: Pieces, option: Outcome) -> Pieces:
    """The text with one more part; a part that is a secret is remembered as what it is."""
    value = option.value
    if isinstance(value, Pieces):
        return Pieces((*text.parts, *value.parts), text.why or value.why, text.secret or value.secret)
    part = text_of(value)
    if part is not None:
        return Pieces((*text.parts, part), text.why, text.secret)
    why = value.why if isinstance(value, Unknown) else "a value that is not text"
    secret = value if isinstance(value, (Credential, Unknown)) else None
    return Pieces((*text.parts, None), text.why or why, text.secret or secret)


def _joined(text: Pieces, trail: tuple[Step, ...], expr: f.Join, frame: Frame) -> Outcome:
    known = "".join(p for p in text.parts if p is not None)
    whole = all(p is not None for p in text.parts)
    if not trail:
        trail = (Step("literal", frame.path, *expr.at, value=known if whole else None),)
    return Outcome(Const(known) if whole else text, trail)


def _one_of(resolver: Resolver, expr: f.OneOf, frame: Frame) -> Outcomes:
    outcomes = tuple(dict.fromkeys(o for option in expr.options for o in resolver.evaluate(option, frame)))
    if len({o.value for o in outcomes}) <= 1:
        return outcomes
    return weaken(outcomes, "possible", expr.why or "one of several")


def _fallback(resolver: Resolver, expr: f.Fallback, frame: Frame) -> Outcomes:
    first = resolver.known_or(expr.first, frame, "refers to itself")
    kept = tuple(o for o in first if not (isinstance(o.value, Const) and not o.value.value))
    if kept and not any(isinstance(o.value, Unknown) for o in kept):
        if any(step.kind in ("read", "define") for o in kept for step in o.trail):
            second = _read_with(resolver.evaluate(expr.second, frame), kept, frame)
            return kept + weaken(second, "possible", "only where the value before `or` is empty", dormant=True)
        return kept
    second = _read_with(resolver.evaluate(expr.second, frame), kept, frame)
    doubt = next((s for o in first for s in o.trail if s.certainty != "certain"), None) if not kept else None
    if doubt is not None:
        return weaken(second, doubt.certainty, doubt.why)
    return kept + (weaken(second, "likely", "nothing in the repository sets the value before `or`") if kept else second)


def _read_with(second: Outcomes, first: Outcomes, frame: Frame) -> Outcomes:
    """A literal fallback is read where what it stands in for is looked up: `process.env.X ?? "x"`."""
    read = next(
        (o.trail[0] for o in first if o.trail and o.trail[0].kind == "read" and o.trail[0].path == frame.path), None
    )
    if read is None:
        return second
    literal = [bool(o.trail) and o.trail[0].kind == "literal" and o.trail[0].path == frame.path for o in second]
    return tuple(Outcome(o.value, (read, *o.trail)) if own else o for o, own in zip(second, literal, strict=True))


def _cond(resolver: Resolver, expr: f.Cond, frame: Frame) -> Outcomes:
    decided = {truth(o) for o in resolver.evaluate(expr.test, frame)}
    if decided == {True}:
        return resolver.evaluate(expr.then, frame)
    if decided == {False}:
        return resolver.evaluate(expr.other, frame)
    both = resolver.evaluate(expr.then, frame) + resolver.evaluate(expr.other, frame)
    return both if len({o.value for o in both}) <= 1 else weaken(both, "possible", "a condition decides")


def truth(outcome: Outcome) -> bool | None:
    """Whether a value counts as true; None where it is not known."""
    if isinstance(outcome.value, Const):
        return bool(outcome.value.value)
    return None if isinstance(outcome.value, (Unknown, Pieces)) else True


def _rec(resolver: Resolver, expr: f.Rec, frame: Frame) -> Outcomes:
    return (Outcome(Mapping(expr, frame)),)


def _seq(resolver: Resolver, expr: f.Seq | f.Comp, frame: Frame) -> Outcomes:
    return (Outcome(Listing(expr, frame)),)


def _each(resolver: Resolver, expr: f.Each, frame: Frame) -> Outcomes:
    outcomes: list[Outcome] = []
    for base in resolver.evaluate(expr.base, frame):
        # A loop of Python over a mapping goes through its keys.
        keys = expr.keys or (frame.python and isinstance(base.value, (Mapping, Merged)))
        elements = access.elements(resolver, base, keys=keys)
        if elements is None:
            outcomes.extend(unknown("an element of a collection that is not known", base.trail))
        else:
            outcomes.extend(elements)
    return tuple(outcomes) if len(outcomes) <= 1 else weaken(tuple(outcomes), "possible", "any element of a collection")


def _spread(resolver: Resolver, expr: f.Spread, frame: Frame) -> Outcomes:
    return resolver.evaluate(expr.base, frame)


def _op(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    if expr.name == "and" and expr.parts:
        return resolver.evaluate(expr.parts[-1], frame)
    if expr.name == "all" and expr.parts:
        inner = resolver.evaluate(expr.parts[0], frame)
        return (Outcome(Elements(inner)),)
    if expr.name == "documents":
        return (Outcome(Elements(tuple(o for p in expr.parts for o in resolver.evaluate(p, frame)))),)
    if expr.name == "likely" and len(expr.parts) == 2:
        return weaken(resolver.evaluate(expr.parts[0], frame), "likely", resolver.text(expr.parts[1], frame) or "")
    if expr.name == "known" and expr.parts:
        # Where nothing is there at all, so that what comes after it counts.
        return tuple(o for o in resolver.evaluate(expr.parts[0], frame) if not isinstance(o.value, Unknown)) or (
            Outcome(Const(None)),
        )
    if expr.name == "put" and len(expr.parts) == 2:
        return _put(resolver, expr, frame)
    if expr.name == "grown" and len(expr.parts) == 2:
        return _grown(resolver, expr, frame)
    if expr.name == "first known":
        return next((found for part in expr.parts if (found := resolver.evaluate(part, frame))), ())
    if expr.name == github_actions.INPUT:
        return workflows.given(resolver, expr, frame)
    if expr.name == github_actions.HANDED:
        return workflows.handed(resolver, expr, frame)
    if expr.name == "interpolated":
        return environment.interpolated(resolver, expr, frame)
    if expr.name == "/" and len(expr.parts) == 2:
        return _divided(resolver, expr, frame)
    if expr.name in ("==", "!=") and len(expr.parts) == 2:
        left, right = (resolver.text(p, frame) for p in expr.parts)
        if left is not None and right is not None:
            return (Outcome(Const((left == right) == (expr.name == "=="))),)
    if expr.name in ("all of", "any of"):
        return _connected(resolver, expr, frame)
    if expr.name == "split" and len(expr.parts) == 2:
        return _split(resolver, expr, frame)
    if expr.name == "|" and len(expr.parts) == 2:
        return tuple(o for p in expr.parts for o in resolver.evaluate(p, frame))
    if expr.name == "not" and expr.parts:
        decided = {truth(o) for o in resolver.evaluate(expr.parts[0], frame)}
        if len(decided) == 1 and (value := decided.pop()) is not None:
            return (Outcome(Const(not value)),)
    for part in expr.parts:
        resolver.evaluate(part, frame)
    return unknown(f"the result of `{expr.name}`", (Step("literal", frame.path, *expr.at),))


def _put(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """A mapping with entries set in it; anything else is what it was."""
    base, added = expr.parts
    assert isinstance(added, f.Rec)
    found = resolver.evaluate(base, frame)
    kept = tuple(o for o in found if not isinstance(o.value, (Mapping, Merged, Unknown)))
    if len(kept) == len(found) and found:
        return kept
    whole = resolver.keep(f.Rec((f.Item(None, base, base.at), *added.items), expr.at))
    return (*kept, Outcome(Mapping(whole, frame)))


def _grown(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """A list with elements added to it; anything else is what it was. Inside a loop, what earlier rounds added comes first."""
    base, added = expr.parts
    more = access.places(resolver, resolver.evaluate(added, frame)[0]) or ()
    found = resolver.evaluate(base, frame)
    if not found:
        return (Outcome(Elements(tuple(o for at in more for o in at), places=more)),)
    longer: list[Outcome] = []
    for outcome in found:
        before = access.places(resolver, outcome) if isinstance(outcome.value, (Listing, Elements)) else None
        whole = (*before, *more) if before is not None else ()
        grown = Outcome(Elements(tuple(o for at in whole for o in at), places=whole), outcome.trail)
        longer.append(grown if before is not None else outcome)
    return tuple(longer)


def _connected(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """Conditions of infrastructure put together: decided as soon as one part decides, or all parts agree."""
    deciding = expr.name == "any of"
    parts = [{truth(o) for o in resolver.evaluate(part, frame)} for part in expr.parts]
    if any(p == {deciding} for p in parts):
        return (Outcome(Const(deciding)),)
    if all(p == {not deciding} for p in parts):
        return (Outcome(Const(not deciding)),)
    return unknown("conditions that are not known", (Step("literal", frame.path, *expr.at),))


def _split(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """A text cut at each separator; every part stands where the text does."""
    separator = resolver.text(expr.parts[0], frame)
    found = []
    for outcome in resolver.evaluate(expr.parts[1], frame):
        written = text_of(outcome.value)
        if not separator or written is None:
            return unknown("a text that is not known, cut in parts", outcome.trail)
        cut = tuple(Outcome(Const(part.strip()), _revalued(outcome.trail, part)) for part in written.split(separator))
        found.append(Outcome(Elements(cut)))
    return tuple(found)


def _revalued(trail: tuple[Step, ...], part: str) -> tuple[Step, ...]:
    return tuple(replace(s, value=part.strip()) if s.value is not None else s for s in trail)


def _divided(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """`folder / "file"` of pathlib."""
    outcomes = []
    for left in resolver.evaluate(expr.parts[0], frame):
        for right in resolver.evaluate(expr.parts[1], frame):
            base, name = text_of(left.value), text_of(right.value)
            if base is None or name is None:
                outcomes.append(Outcome(Unknown("a path that is not known"), left.trail + right.trail))
            elif isinstance(left.value, RepoPath):
                outcomes.append(Outcome(access.repo_path(base, name), right.trail))
            else:
                outcomes.append(Outcome(Const(f"{base.rstrip('/')}/{name}"), left.trail + right.trail))
    return tuple(outcomes)


def _closure(resolver: Resolver, expr: f.Closure, frame: Frame) -> Outcomes:
    return names.closure(resolver, expr.scope, frame)


def _import(resolver: Resolver, expr: f.Import, frame: Frame) -> Outcomes:
    if expr.module == "hcl" and frame.folder is not None:
        return (Outcome(External(f"hcl.{expr.name}")),)
    return names.imported(resolver, expr, frame)


def _external(resolver: Resolver, expr: f.External, frame: Frame) -> Outcomes:
    if expr.kind.startswith("secret."):
        return _secret(resolver, expr, frame)
    name = resolver.text(expr.name, frame)
    if expr.kind == "path":
        return (Outcome(access.repo_path(posixpath.dirname(frame.path), name or "")),)
    if expr.kind == "compose.service":
        return compose_files.environment(resolver, name or "")
    if expr.kind == "document":
        return files.beside(resolver, name, frame)
    if expr.kind == "env_file":
        return environment.file(resolver, name, frame, expr.at)
    if expr.kind == "cfn.Stack":
        return stacks.outputs(resolver, name, frame)
    if name is None:
        return unknown(f"a {expr.kind} whose name is not known")
    plain, _, _ = expr.kind.partition("@")
    kind = plain.removeprefix("k8s.")
    prefix = f"{kind}/{name}"
    found = [
        replace(o, value=replace(o.value, prefix=prefix)) if isinstance(o.value, Mapping) else o
        for path, export in resolver.program.nearest_exports(expr.kind, name, frame.path)
        or resolver.program.nearest_exports(plain, name, frame.path)
        for o in resolver.evaluate(export.value, resolver.program.export_frame(path, export))
    ]
    if found:
        return tuple(found)
    if plain == "k8s.Secret":
        step = Step("define", frame.path, *expr.at, name=f"{kind}/{name}")
        return (Outcome(Credential("deploy-time", "kubernetes", name), (step,)),)
    return unknown(
        f"{kind} `{name}` is not in the repository", (Step("define", frame.path, *expr.at, name=f"{kind}/{name}"),)
    )


def _secret(resolver: Resolver, expr: f.External, frame: Frame) -> Outcomes:
    """A secret of a store outside that infrastructure puts in when it is deployed; its name may be a parameter's."""
    store = expr.kind.removeprefix("secret.")
    found = []
    for outcome in resolver.known_or(expr.name, frame, "a name that refers to itself"):
        name = text_of(outcome.value) or ""
        step = Step("define", frame.path, *expr.at, name=name.rsplit("/", 1)[-1])
        more = outcome.trail if isinstance(outcome.value, Unknown) else ()
        secret = Credential("deploy-time", "" if store == "parameter" else store, name)
        found.append(Outcome(secret, (step, *(s for s in more if s.kind == "define"))))
    return tuple(found)


_READERS: dict[type, Callable[[Resolver, Any, Frame], Outcomes]] = {
    f.Lit: _literal,
    f.Redacted: _redacted,
    f.Opaque: _opaque,
    f.Var: _var,
    f.Get: _get,
    f.CallRef: _call,
    f.Join: _join,
    f.OneOf: _one_of,
    f.Fallback: _fallback,
    f.Cond: _cond,
    f.Rec: _rec,
    f.Seq: _seq,
    f.Comp: _seq,
    f.Each: _each,
    f.Spread: _spread,
    f.Op: _op,
    f.Closure: _closure,
    f.Import: _import,
    f.External: _external,
}

__all__ = ["MAX_DEPTH", "MAX_OUTCOMES", "Resolver", "through", "truth"]
