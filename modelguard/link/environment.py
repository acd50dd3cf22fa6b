"""Environment look-ups, answered in the environment of the consumer whose entry point reaches them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.dotenv import is_example
from modelguard.extract.mentions import called_name
from modelguard.extract.node_modules import is_script
from modelguard.extract.secrets import is_to_fill
from modelguard.link import compose_jobs
from modelguard.link.access import entry
from modelguard.link.frames import DEPLOYMENT, UNREACHED, Context, Frame, is_python
from modelguard.link.values import (
    Const,
    Credential,
    Elements,
    Mapping,
    Outcome,
    Outcomes,
    Step,
    Unknown,
    named,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver


def lookup(resolver: Resolver, key: f.Expr, frame: Frame, at: f.Span, default: f.Expr | None) -> Outcomes:
    """What the variable named by `key` is for whoever runs this frame; `default` is the look-up's own fallback."""
    outcomes: list[Outcome] = []
    for outcome in resolver.evaluate(key, frame):
        name = getattr(outcome.value, "value", None)
        if not isinstance(name, str):
            outcomes.extend(unknown("an environment variable whose name is not known"))
            continue
        found = variable(resolver, name, frame, at, default)
        asked = _asked_by(outcome, key, frame)
        outcomes.extend(through(found, asked) if asked is not None else found)
    return tuple(outcomes)


def _asked_by(name: Outcome, key: f.Expr, frame: Frame) -> Step | None:
    """Where a function that looks up what it is told to is told which variable: `must_get("OPENAI_API_KEY")` reads it too."""
    param = next((p for p in frame.scope.params if p.name == f.last_name(key)), None) if frame.caller else None
    said = name.trail[-1] if name.trail and param is not None else None
    if param is None or said is None or said.kind != "literal" or not (is_python(said.path) or is_script(said.path)):
        return None
    if param.default is not None and (said.path, (said.line, said.column)) == (frame.path, param.default.at):
        return None
    return Step("read", said.path, said.line, said.column)


def variable(resolver: Resolver, name: str, frame: Frame, at: f.Span, default: f.Expr | None) -> Outcomes:
    """One variable: what defines it with the read in front, and the fallback as an outcome of its own."""
    read = Step("read", frame.path, *at, name=frame.scope.name)
    defined = defines(resolver, frame.context, name)
    given = resolver.evaluate(default, frame) if default is not None else ()
    # `getenv("X", "")` names nothing to fall back to.
    plain = named(tuple(o for o in given if not isinstance(o.value, Const) or o.value.value != ""), f"{name}.fallback")
    fallback = through(plain, read)
    if defined and all(isinstance(o.value, Unknown) and not o.trail for o in defined):
        # What would set it is not in the repository: the variable is a field of which only its reads are known.
        why = str(getattr(defined[0].value, "why", ""))
        here = Step("define", frame.path, *at, name=name, role="undefined")
        return (Outcome(Unknown(why, name=name), (read, here)), *weaken(fallback, "likely", f"the fallback, as {why}"))
    if defined:
        why = f"only where `{name}` is not set"
        return (*through(defined, read), *weaken(fallback, "possible", why, dormant=True))
    nearest = _dotenv(resolver, name, frame) or _of_others(resolver, name, frame)
    if nearest:
        why = f"only where `{name}` is not set"
        return (*through(nearest, read), *weaken(fallback, "possible", why, dormant=True))
    with resolver.by_name() as allowed:
        own = _set_by_program(resolver, name, frame) if allowed else ()
    if own:
        return (*through(own, read), *weaken(fallback, "possible", f"only where `{name}` is not set", dormant=True))
    why = f"`{name}` is defined in no file that is read"
    if frame.context.name == DEPLOYMENT.name and frame.context.unit is None:
        why = f"`{name}` is set where it is deployed"
        return (
            Outcome(Unknown(why, "deploy-time", "environment", name), (Step("define", frame.path, *at, name=name),)),
            *weaken(plain, "likely", f"the fallback, as {why}"),
        )
    missing = Outcome(Unknown(why, name=name), (read, Step("define", frame.path, *at, name=name, role="undefined")))
    return (missing, *weaken(fallback, "likely", f"the fallback, as {why}"))


STREAMLIT = "streamlit.secrets"
_SECRETS_FILE = ".streamlit/secrets.toml"


def streamlit_secret(
    resolver: Resolver, key: f.Expr, frame: Frame, at: f.Span, default: f.Expr | None = None
) -> Outcomes:
    """A secret of a Streamlit app: of its `.streamlit/secrets.toml`, which is mostly kept out of the repository. See
    https://docs.streamlit.io/develop/api-reference/connections/st.secrets."""
    found: list[Outcome] = []
    for name in (text_of(o.value) for o in resolver.evaluate(key, frame)):
        if name is None:
            found += unknown("a secret whose name is not known")
            continue
        read = Step("read", frame.path, *at, name=frame.scope.name)
        defined = _of_streamlit(resolver, name, frame)
        here = Step("define", frame.path, *at, name=name, role="undefined")
        why = f"`{name}` is a secret of Streamlit, set where it runs"
        found += through(defined, read) or (Outcome(Unknown(why, "runtime", "streamlit", name), (read, here)),)
        spare = named(resolver.evaluate(default, frame), f"{name}.fallback") if default is not None else ()
        found += weaken(through(spare, read), "possible", f"only where `{name}` is not set", dormant=bool(defined))
    return tuple(found)


def _of_streamlit(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    folder = posixpath.dirname(frame.path)
    while True:
        path = posixpath.join(folder, _SECRETS_FILE)
        facts = resolver.program.store.facts(path) if path in resolver.program.store else None
        if facts is not None and facts.document is not None:
            document = resolver.evaluate(facts.document, resolver.program.document_frame(path))
            return tuple(o for base in document for o in entry(resolver, base, name))
        if not folder:
            return ()
        folder = posixpath.dirname(folder)


def defines(resolver: Resolver, context: Context, name: str) -> Outcomes:
    """What a consumer's own environment says about a variable, else what lies below; nothing where neither sets it."""
    for expr, frame in context.inline:
        own = tuple(o for base in resolver.evaluate(expr, frame) for o in entry(resolver, base, name))
        if own:
            return own
    found = _of_unit(resolver, context, name)
    for expr, frame in context.layers:
        below = tuple(o for base in resolver.evaluate(expr, frame) for o in entry(resolver, base, name))
        if found and below and name.startswith("INPUT_"):
            return (*found, *weaken(below, "possible", "the action's default, where the job gives none", dormant=True))
        found = found or below
    return found


def _of_unit(resolver: Resolver, context: Context, name: str) -> Outcomes:
    if context.unit is None or context.unit.env is None or context.unit_frame is None:
        return ()
    found: list[Outcome] = []
    for base in resolver.evaluate(context.unit.env, context.unit_frame):
        value = base.value
        if isinstance(value, Mapping) and not value.prefix:
            base = Outcome(Mapping(value.rec, value.frame, context.name), base.trail)  # noqa: PLW2901
        if isinstance(value, Unknown):
            continue
        found.extend(entry(resolver, base, name))
    return tuple(found)


def _set_by_program(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    """What the nearest code puts into the environment itself: `os.environ["MODEL"] = "…"`."""
    from modelguard.link import opened
    from modelguard.link.related import related, shared_folders

    if resolver.environment_set is None:
        resolver.environment_set = {}
        for path, scope in resolver.program.code():
            if path.endswith(".py") and "environ" in scope.mentions:
                for key, value in _environment_stores(scope.glance()):
                    resolver.environment_set.setdefault(key, []).append((path, scope, value))
    places = [p for p in resolver.environment_set.get(name, []) if related(resolver, p[0], frame.path)]
    near = max((shared_folders(path, frame.path) for path, _, _ in places), default=0)
    found: list[Outcome] = []
    for path, scope, value in places:
        inner = opened.alone(resolver, path, scope, frame.context)
        if inner is not None and shared_folders(path, frame.path) == near:
            found += named(resolver.evaluate(value, inner), name)
    known = tuple(o for o in found if not isinstance(o.value, Unknown))
    return weaken(known, "likely", "the program sets it itself")


def _environment_stores(body: f.Body) -> Iterator[tuple[str, f.Expr]]:
    for store in body.stores:
        on_environ = isinstance(store.base, f.Get) and getattr(store.base.key, "value", "") == "environ"
        if on_environ and isinstance(store.key, f.Lit) and isinstance(store.key.value, str):
            yield store.key.value, store.value
    for call in body.calls:
        if called_name(call) == "setdefault" and len(call.args) == 2 and isinstance(call.func, f.Get):
            base, key = call.func.base, call.args[0].value
            if isinstance(base, f.Get) and getattr(base.key, "value", "") == "environ" and isinstance(key, f.Lit):
                yield str(key.value), call.args[1].value


_TOLD = frozenset({"container-app", "function-app", "web-app"})
"""Platforms whose manifests tell all that a program has: no file of the tree is loaded there."""


def _dotenv(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    unit = frame.context.unit
    if unit is not None and unit.platform in _TOLD and frame.context.unit_frame is not None:
        return ()
    path = resolver.program.dotenv(frame.path)
    found = _in_file(resolver, path, name) if path is not None else ()
    if found:
        return weaken(found, "likely", f"set in {path}, which is taken to be loaded")
    shown = resolver.program.shown_elsewhere(name)
    why = f"shown in {shown} alone, which is taken to be for whatever is run here"
    return weaken(_in_file(resolver, shown, name), "likely", why) if shown is not None else ()


def _of_others(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    """For code that nothing was seen to run: what the services and workloads that are declared nearest to it set a variable
    to, as whichever of them runs it would have that. Nothing for anybody else."""
    context = frame.context
    if context.name != UNREACHED or context.unit is not None:
        return ()
    program = resolver.program
    declared = [(p, u) for p, u in program.units if u.env is not None and u.platform.startswith(_DECLARED)]
    near = {p: len(posixpath.commonpath([f"/{p}", f"/{frame.path}"])) for p, _ in declared}
    found: list[tuple[int, Outcome]] = []
    for path, unit in declared:
        outcomes = _of_unit(resolver, Context(unit.name, unit, program.unit_frame(path)), name)
        found += [(near[path], o) for o in outcomes if o.trail]
    most = max((n for n, _ in found), default=0)
    why = f"where what sets `{name}` runs this, which is not seen"
    return weaken(tuple(dict.fromkeys(o for n, o in found if n == most)), "possible", why)


_DECLARED = ("compose", "kubernetes")
"""Platforms whose containers may run any code of the repository."""


def _in_file(resolver: Resolver, path: str, name: str) -> Outcomes:
    """What a dotenv file says about a variable; of an example, a credential's place is all that can be taken."""
    facts = resolver.program.store.facts(path)
    if facts is None or not isinstance(facts.document, f.Rec):
        return ()
    found = entry(resolver, Outcome(Mapping(facts.document, resolver.program.document_frame(path))), name)
    example = is_example(path)
    return tuple(_shown(o, path, name) if example or _waits(o) else o for o in found)


def _waits(outcome: Outcome) -> bool:
    """Whether a value waits to be replaced (`your-key-here`)."""
    text = text_of(outcome.value)
    return text is not None and is_to_fill(text)


def _shown(outcome: Outcome, path: str, name: str) -> Outcome:
    value = outcome.value
    empty = isinstance(value, Const) and value.value in (None, "")
    if not empty and not isinstance(value, Credential) and not name.endswith(("_KEY", "_TOKEN", "_SECRET")):
        return outcome
    why = f"`{name}` is set where it runs; {path} only shows its name"
    step = replace(outcome.trail[0], value=None) if outcome.trail else Step("define", path, 1, 1, name=name)
    return Outcome(Unknown(why, "deploy-time", "environment", name), (step,))


def file(resolver: Resolver, name: str | None, frame: Frame, at: f.Span) -> Outcomes:
    """The variables of an `env_file`; where it is not in the repository, of the example beside it."""
    if name is None:
        return unknown("an env_file whose name is not known")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(frame.path), name))
    program = resolver.program
    found = path if path in program.store else program.example_of(path)
    facts = program.store.facts(found) if found is not None else None
    if found is None or facts is None or not isinstance(facts.document, f.Rec):
        return unknown(f"the env_file `{name}` is not in the repository")
    if found == path:
        return (Outcome(Mapping(facts.document, program.document_frame(found))),)
    keys = [str(i.key.value) for i in facts.document.items if isinstance(i.key, f.Lit)]
    why = f"set in {found}, as `{name}` is not in the repository"
    values = [weaken(_in_file(resolver, found, key), "likely", why)[-1] for key in keys]
    return (Outcome(Elements(tuple(values), tuple(keys))),)


def interpolated(resolver: Resolver, expr: f.Op, frame: Frame) -> Outcomes:
    """`${NAME:-default}` of a Compose file: the file's `.env` or an example of it, else the default.

    Every place where one variable is put in belongs to one setting, which stands where it is mentioned first.
    """
    name = str(getattr(expr.parts[0], "value", ""))
    here = _mentioned(resolver, name, expr, frame)
    return (*_put_in(resolver, name, expr, frame, here), *compose_jobs.given(resolver, name, frame.path, expr.at, here))


def _mentioned(resolver: Resolver, name: str, expr: f.Op, frame: Frame) -> Step:
    places = [(p, e.at) for p, e in resolver.program.exports.get(("compose.var", name), ()) if p == frame.path]
    path, at = min(places, default=(frame.path, expr.at))
    return Step("define", path, *at, name=name)


def _put_in(resolver: Resolver, name: str, expr: f.Op, frame: Frame, here: Step) -> Outcomes:
    """What the file itself and what lies beside it say."""
    folder = posixpath.dirname(frame.path)
    default = resolver.evaluate(expr.parts[1], frame) if len(expr.parts) > 1 else ()
    default = tuple(o for o in default if not (isinstance(o.value, Const) and o.value.value in (None, "")))
    program = resolver.program
    for source in (program.dotenv_in(folder), program.example_in(folder)):
        found = _in_file(resolver, source, name) if source is not None else ()
        if found:
            if source is not None and is_example(source):
                found = weaken(found, "likely", f"set in {source}, as there is no .env in the repository")
            spare = weaken(default, "possible", f"only where `{name}` is not set", dormant=True)
            # An example holds no key: a credential is set where it is deployed, and is found where it is put in.
            named_here = [
                Outcome(o.value, (here,) if isinstance(o.value, Unknown) else (here, *o.trail)) for o in found
            ]
            return (*named_here, *spare)
    if not default:
        why = f"`{name}` is set where it is deployed"
        return (Outcome(Unknown(why, "deploy-time", "environment", name), (here,)),)
    why = f"unless `{name}` is set where it is deployed"
    return tuple(
        Outcome(o.value, (replace(here, certainty="likely", why=why, value=text_of(o.value)),)) for o in default
    )
