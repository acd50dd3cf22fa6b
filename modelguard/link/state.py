"""What programs keep in an object that a framework hands around: `app.state.x`, `current_app.config["X"]`,
`st.session_state["x"]`, `cl.user_session.set("x", …)`, `context.bot_data["x"]`, `ctx.obj["x"]`, `g.x`, an attribute of the
application itself.

Where the object comes from is not seen where it is taken out, so it is known by what its holder is called, and only where
nothing of the tree is found under that name. What counts is what the nearest files put in, of those that the
same program may run.

Sources: https://www.starlette.io/applications/ (state), https://flask.palletsprojects.com/en/stable/config/ and appcontext,
https://docs.streamlit.io/develop/api-reference/caching-and-state/st.session_state,
https://docs.chainlit.io/concepts/user-session, https://docs.aiohttp.org/en/stable/web_advanced.html (data sharing),
https://docs.python-telegram-bot.org/en/stable/telegram.ext.callbackcontext.html,
https://click.palletsprojects.com/en/stable/complex/.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link import opened
from modelguard.link.frames import Frame
from modelguard.link.related import related, shared_folders
from modelguard.link.values import Class, External, Instance, Made, Module, Outcome, Outcomes, Unknown, named, weaken

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver

_APPLICATION = "app"
_HOLDERS = {
    **{name: name for name in "state config session_state user_session bot_data chat_data user_data obj g".split()},
    **dict.fromkeys(("app", "application", "current_app", "bot"), _APPLICATION),
}
"""What holders are called, and which of them are one."""
_OUTSIDE = ("flask.", "quart.", "streamlit.", "chainlit.", "fastapi.", "starlette.", "aiohttp.", "click.", "sanic.")
_GIVES = frozenset({"get", "pop", "setdefault"})
_TAKES = frozenset({"setdefault", "set", "update", "from_mapping", "from_object"})


@dataclass(frozen=True, eq=False)
class Put:
    """A place that puts something in; `key` empty is an object whose attributes are all put in."""

    path: str
    scope: f.Scope
    key: str
    value: f.Expr


def kept(resolver: Resolver, expr: f.Get, key: str, found: Outcomes, frame: Frame) -> Outcomes:
    """What `holder.key` or `holder[key]` was given, where `found` says nothing of it; empty where nothing is seen to be put in."""
    holder = _holder(expr.base)
    if not holder or key in _HOLDERS or frame.script or not all(_is_outside(o, holder) for o in found):
        return ()  # what stands in a holder of an application is put in there, not the holder itself
    with resolver.by_name() as allowed:
        return _put_in(resolver, holder, key, frame) if allowed else ()


def given(resolver: Resolver, call: f.Call, func: Outcomes, frame: Frame) -> Outcomes:
    """The same for `holder.get("key")`."""
    if not isinstance(call.func, f.Get) or not isinstance(call.func.key, f.Lit) or call.func.key.value not in _GIVES:
        return ()
    holder = _holder(call.func.base)
    key = call.args[0].value if call.args else None
    if not holder or frame.script or not isinstance(key, f.Lit) or not all(_is_outside(o, holder) for o in func):
        return ()
    with resolver.by_name() as allowed:
        return _put_in(resolver, holder, str(key.value), frame) if allowed else ()


def _holder(expr: f.Expr) -> str:
    """The kind of holder that an expression is by its last name."""
    return _HOLDERS.get(f.last_name(expr), "")


def _is_outside(outcome: Outcome, holder: str) -> bool:
    """Whether a value is a library's, or not known at all."""
    value = outcome.value
    if isinstance(value, Unknown):
        # Many objects have a configuration: a library's is meant only where it is seen to be one.
        return holder != "config"
    if isinstance(value, External):
        return value.made is not None or value.name.startswith(_OUTSIDE)
    return isinstance(value, Made)


def _put_in(resolver: Resolver, holder: str, key: str, frame: Frame) -> Outcomes:
    places = [p for p in _places(resolver, holder) if p.key in (key, "") and related(resolver, p.path, frame.path)]
    near = max((shared_folders(p.path, frame.path) for p in places), default=0)
    found: list[Outcome] = []
    for place in places:
        if shared_folders(place.path, frame.path) == near:
            inner = opened.alone(resolver, place.path, place.scope, frame.context)
            outcomes = resolver.evaluate(place.value, inner) if inner is not None else ()
            found += named(outcomes, key) if place.key else _attribute(resolver, outcomes, key, frame)
    distinct = tuple(dict.fromkeys(found))
    if len({o.value for o in distinct}) <= 1:
        return distinct
    return weaken(distinct, "possible", f"several places put in `{key}`")


def _attribute(resolver: Resolver, outcomes: Outcomes, key: str, frame: Frame) -> Outcomes:
    """An attribute of an object whose upper-case attributes are all put in: Flask's `config.from_object`."""
    from modelguard.link import names, objects

    found: list[Outcome] = []
    for value in (o.value for o in outcomes):
        if isinstance(value, Class):
            found += objects.class_attribute(resolver, value, key)
        elif isinstance(value, Instance):
            found += objects.attribute(resolver, value, key, frame)
        elif isinstance(value, Module):
            found += names.member(resolver, value.path, key, frame) or ()
    return tuple(o for o in found if not (isinstance(o.value, Unknown) and not o.trail))


# -- what is put in ----------------------------------------------------------------------------------------------------


def _places(resolver: Resolver, holder: str) -> list[Put]:
    if resolver.kept_state is None:
        resolver.kept_state = defaultdict(list)
        for found, place in _all(resolver.program):
            resolver.kept_state[found].append(place)
    return resolver.kept_state.get(holder, [])


def _all(program: Program) -> Iterator[tuple[str, Put]]:
    for path, scope in program.code():
        if path.endswith(".py") and not _HOLDERS.keys().isdisjoint(scope.mentions):
            body = scope.glance()
            for store in body.stores:
                if (holder := _holder(store.base)) and isinstance(store.key, f.Lit):
                    yield holder, Put(path, scope, str(store.key.value), store.value)
            for call in body.calls:
                yield from ((h, Put(path, scope, key, value)) for h, key, value in _handed(call))


def _handed(call: f.Call) -> Iterator[tuple[str, str, f.Expr]]:
    """What `state.setdefault("x", y)`, `session.set("x", y)`, `config.update(x=y)` or `config.from_object(y)` puts in."""
    func = call.func
    name = f.last_name(func)
    holder = _holder(func.base) if isinstance(func, f.Get) and name in _TAKES else ""
    if not holder:
        return
    plain = [a.value for a in call.args if not a.name]
    if name in ("set", "setdefault") and len(plain) == 2 and isinstance(plain[0], f.Lit):
        yield holder, str(plain[0].value), plain[1]
    elif name == "from_object" and plain:
        yield holder, "", plain[0]
    else:
        yield from ((holder, a.name, a.value) for a in call.args if a.name.isidentifier())
        items = [i for value in plain if isinstance(value, f.Rec) for i in value.items]
        yield from ((holder, str(i.key.value), i.value) for i in items if isinstance(i.key, f.Lit))
