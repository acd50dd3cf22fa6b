"""Calls: which function a call enters with which arguments, and what comes back.

An activation (Frame) is made once for each call, caller and function, so that what was evaluated in it is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import js_state, library, loaders, objects, state
from modelguard.link.access import elements, entry, laid_over, places
from modelguard.link.frames import Argument, Frame
from modelguard.link.values import (
    Bound,
    Class,
    Const,
    Credential,
    Elements,
    External,
    Function,
    Instance,
    Listing,
    Made,
    Mapping,
    Outcome,
    Outcomes,
    Step,
    Unknown,
    Value,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

MAX_CALLS = 40
"""Deepest call path that is followed."""


class Calls:
    """The results of calls, remembered by call and frame."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._shifted: dict[int, f.Call] = {}
        self._kept: list[object] = []

    def value(self, call: f.Call, frame: Frame) -> Outcomes:
        """What a call may give; nothing inside a cycle."""
        memory, key = frame.given, id(call)
        if key in memory:
            return memory[key][1]
        memory[key] = (call, ())
        func = self._resolver.known_or(call.func, frame, "a function that refers to itself")
        outcomes = list((js_state if frame.script else state).given(self._resolver, call, func, frame))
        for one in func if not outcomes else ():
            outcomes.extend(self.apply(one, call, frame))
        if outcomes or self._resolver.gave_up(call, frame):
            memory[key] = (call, tuple(outcomes))
        else:
            del memory[key]
        return tuple(outcomes)

    def apply(self, func: Outcome, call: f.Call, frame: Frame) -> Outcomes:
        """What calling one value gives."""
        value = func.value
        if isinstance(value, Function):
            return self._function(value, call, frame)
        if isinstance(value, Class):
            return objects.construct(self._resolver, value, call, frame)
        if isinstance(value, External):
            return library.call(self._resolver, value, call, frame)
        if isinstance(value, Made) and value.name in loaders.LOOKUPS:
            return loaders.lookup(self._resolver, call, frame)
        if isinstance(value, Made):
            return (Outcome(Made(f"{value.name}()", call, frame)),)
        if isinstance(value, Bound):
            return library.method(self._resolver, value, call, frame)
        if isinstance(value, Instance):
            method = objects.method(self._resolver, value, "__call__")
            return self._function(method, call, frame) if method else unknown("an object that can't be called")
        if isinstance(value, Credential) or (isinstance(value, Unknown) and _keeps(call)):
            return (func,)
        return unknown(value.why if isinstance(value, Unknown) else "a call of something that is no function")

    def without_self(self, call: f.Call) -> f.Call:
        """A call of a method by its class as one by its object."""
        if id(call) not in self._shifted:
            self._kept.append(call)
            self._shifted[id(call)] = f.Call(call.func, call.args[1:], call.at)
        return self._shifted[id(call)]

    def _function(self, function: Function, call: f.Call, frame: Frame) -> Outcomes:
        if function.scope.kind == "fill" and isinstance(function.bound, Class):
            given = self.argument(call, frame, "obj", 0) or unknown("filled from nothing")
            return objects.fill(self._resolver, function.bound, given)
        inner = self.enter(function, call, frame)
        if inner is None:
            return unknown(f"`{function.scope.name}` calls itself, or calls go deeper than {MAX_CALLS}")
        given = self.returned(inner)
        return self.yielded(given) if _is_managed(function.scope) else given

    def yielded(self, given: Outcomes) -> Outcomes:
        """What a generator gives, as whoever enters or awaits it has it: `with client() as c`."""
        return tuple(
            inside
            for outcome in given
            for inside in (
                (elements(self._resolver, outcome) or (outcome,)) if isinstance(outcome.value, Listing) else (outcome,)
            )
        )

    def returned(self, inner: Frame) -> Outcomes:
        """What an activation returns."""
        returns = inner.scope.returns
        if not returns:
            return (Outcome(Const(None)),)
        outcomes: list[Outcome] = []
        for expr in returns:
            found = self._resolver.evaluate(expr, inner)
            outcomes.extend(through(found, Step("pass", inner.path, *expr.at, name=inner.scope.name)))
        if len(returns) > 1 and len({o.value for o in outcomes}) > 1:
            kept = tuple(o for o in outcomes if not (isinstance(o.value, Const) and o.value.value is None))
            return weaken(kept, "possible", f"one of several returns of `{inner.scope.name}`") or tuple(outcomes[:1])
        return tuple(outcomes)

    def enter(self, function: Function, call: f.Call, frame: Frame) -> Frame | None:
        """The activation that a call makes; None where it would not end."""
        key = (id(call), id(function.scope), id(function.bound))
        known = frame.inner.get(key)
        if known is not None:
            return known[0]
        if frame.depth >= MAX_CALLS:
            frame.refuse_depth()
            return None
        above = next((other for other in frame.stack() if other.scope is function.scope), None)
        if above is not None:
            frame.refuse(above)
            return None
        inner = self._activation(function, call, frame)
        frame.inner[key] = inner, call, function
        return inner

    def _activation(self, function: Function, call: f.Call, frame: Frame) -> Frame:
        inner = Frame(function.path, function.scope, frame.context, outer=function.frame, bound=function.bound)
        inner.caller, inner.depth = (frame, call), frame.depth + 1
        inner.args = self._bind(function, call, frame)
        return inner

    def refused(self, function: Function, call: f.Call, frame: Frame) -> None:
        """Note with what a function would have been entered, had it not been followed already. Its arguments are looked
        at, so that all that they depend on is noted too."""
        above = next((other for other in frame.stack() if other.scope is function.scope), None)
        if above is not None:
            instead = self._activation(function, call, frame)
            for argument in (instead.args or {}).values():
                if argument.expr is not None and argument.frame is not None:
                    self._resolver.evaluate(argument.expr, argument.frame)
            frame.refuse(above, instead)

    # -- arguments -------------------------------------------------------------------------------------------------

    def _bind(self, function: Function, call: f.Call, frame: Frame) -> dict[str, Argument]:
        params = list(function.scope.params)
        args: dict[str, Argument] = {}
        if function.bound is not None and params and params[0].kind == "":
            args[params.pop(0).name] = Argument(known=(Outcome(function.bound),))
        if function.partial is not None:
            early, where = function.partial
            self._assign(params, _Given(early.args[1:], early.at), where, args)
            params = [p for p in params if p.name not in args]
        self._assign(params, _Given(call.args, call.at), frame, args)
        return args

    def _assign(self, params: list[f.Param], given: _Given, frame: Frame, args: dict[str, Argument]) -> None:
        positional = iter([p for p in params if p.kind == ""])
        rest = next((p for p in params if p.kind == "*"), None)
        keywords = next((p for p in params if p.kind == "**"), None)
        names = {p.name for p in params if p.kind in ("", "kw")}
        left: list[Outcomes] = []
        extra: list[f.Item] = []
        for argument in self._positional(given, frame):
            param = next(positional, None)
            if param is not None:
                args[param.name] = argument
            elif argument.expr is not None and argument.frame is not None:
                left.append(self._resolver.evaluate(argument.expr, argument.frame))
            else:
                left.append(argument.known)
        for arg in given.args:
            if arg.name in names:
                args[arg.name] = Argument(arg.value, frame)
            elif arg.name == "**":
                extra.append(f.Item(None, arg.value, arg.value.at))
                self._spread(arg, [n for n in names if n not in args], frame, args)
            elif arg.name not in ("", "*"):
                extra.append(f.Item(f.Lit(arg.name, arg.value.at), arg.value, arg.value.at))
        if rest is not None:
            flat = tuple(o for at in left for o in at)
            args[rest.name] = Argument(known=(Outcome(Elements(flat, places=tuple(left))),))
        if keywords is not None:
            args[keywords.name] = Argument(known=(Outcome(Mapping(f.Rec(tuple(extra), given.at), frame)),))

    def _positional(self, given: _Given, frame: Frame) -> Iterator[Argument]:
        for arg in given.args:
            if arg.name == "":
                yield Argument(arg.value, frame)
            elif arg.name == "*":
                lists = [places(self._resolver, base) or () for base in self._resolver.evaluate(arg.value, frame)]
                yield from (Argument(known=known) for known in laid_over(lists))

    def _spread(self, arg: f.Arg, names: list[str], frame: Frame, args: dict[str, Argument]) -> None:
        for base in self._resolver.evaluate(arg.value, frame):
            for name in names:
                found = entry(self._resolver, base, name)
                if found:
                    args[name] = Argument(known=found, perhaps=isinstance(base.value, Unknown))

    def texts(self, call: f.Call, frame: Frame, name: str, position: int | None = None) -> list[str]:
        """The texts that a call may be given for a parameter; what is no text, or not known, is left out."""
        given = self.argument(call, frame, name, position) or ()
        return [text for o in given if (text := text_of(o.value)) is not None]

    def argument(self, call: f.Call, frame: Frame, name: str, position: int | None = None) -> Outcomes | None:
        """What a call is given for a parameter, by keyword, position or `**mapping`; None where it is not given."""
        for arg in call.args:
            if name and arg.name == name:
                return self._resolver.known_or(arg.value, frame, "an argument that refers to itself")
        if position is not None:
            plain = list(self._positional(_Given(call.args, call.at), frame))
            if position < len(plain):
                given = plain[position]
                if given.expr is None or given.frame is None:
                    return given.known
                return self._resolver.known_or(given.expr, given.frame, "an argument that refers to itself")
        for arg in call.args:
            if name and arg.name == "**":
                found = [o for b in self._resolver.evaluate(arg.value, frame) for o in entry(self._resolver, b, name)]
                if found:
                    return tuple(found)
        return None


def _is_managed(scope: f.Scope) -> bool:
    """Whether a function is made a context manager, which gives what it yields."""
    return not _MANAGED.isdisjoint(scope.decorator_names())


_MANAGED = frozenset({"contextmanager", "asynccontextmanager"})
_KEEPING = frozenset({"strip", "rstrip", "lstrip", "trim", "toString", "get_secret_value", "decode", "encode"})


def _keeps(call: f.Call) -> bool:
    """Whether a call is of a method that gives back what it is called on, as far as a name or a key goes."""
    return isinstance(call.func, f.Get) and getattr(call.func.key, "value", "") in _KEEPING


class _Given:
    """The arguments of a call and where it stands."""

    def __init__(self, args: tuple[f.Arg, ...], at: f.Span) -> None:
        self.args = args
        self.at = at


__all__ = ["MAX_CALLS", "Calls", "Value"]
