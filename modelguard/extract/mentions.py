"""What a scope mentions, by name: the cheap index by which the linker finds what can matter at all.

Made when a file is read, in parallel and kept in the cache with the facts, since going through every expression of a
large repository costs more than everything that comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from modelguard.extract import facts as f

_SELECTING = re.compile(r"(?i)model|llm|deployment|engine")
_MODEL_WORD = re.compile(r"(?i)model|llm|embed|api_?key|token")


_NONE = f.Mentions()


@dataclass(frozen=True, slots=True)
class Notes:
    """What is noted of a scope when it is read, for those who look at many."""

    mentions: f.Mentions = _NONE
    imports: tuple[f.Import, ...] = ()
    model_text: bool = False
    names_model: bool = False
    lists_modules: bool = False
    sets_globals: bool = False
    puts_given: bool = False


CALLED = "()"
"""What a scope mentions that calls a thing by a name that is its own: what it was given, keeps in itself, or looks up."""


def noted(scope: f.Scope, code: bool, functions: Set[str] = frozenset(), around: Set[str] = frozenset()) -> Notes:
    """The notes of a scope; of one that is no code, only what is cheap. `functions` are the names of those of its file,
    `around` the parameters of those around it."""
    body = scope.glance()
    if not code:
        return Notes(names_model=True)
    texts: list[str] = []
    mentions: set[str] = set()
    aliases: list[tuple[str, tuple[str, ...]]] = []
    imports: list[f.Import] = []
    given = [(b.name.split("#", 1)[0], b.value) for b in body.binds]
    given += [
        (s.key.value if isinstance(s.key, f.Lit) and isinstance(s.key.value, str) else "", s.value) for s in body.stores
    ]
    for name, value in given:
        inside: set[str] = set()
        _collect([value], inside, texts, imports)
        mentions |= inside
        if inside and name:
            aliases.append((name, tuple(sorted(inside))))
    _collect(_not_given(scope), mentions, texts, imports)
    for call in body.calls:
        mentions.update(_looked_up(call))
    mentions.update(name for store in body.stores if (name := _set_for_all(store)))
    if any(_calls_value(call.func, body, functions, around) for call in body.calls):
        mentions.add(CALLED)
    # No pattern goes over the end of a line, so all texts are searched as one.
    model_text = _MODEL_WORD.search("\n".join(t for t in texts if len(t) < 80)) is not None
    return Notes(
        f.Mentions(tuple(sorted(mentions)), tuple(aliases)),
        tuple(dict.fromkeys(imports)),
        model_text,
        _names_model(scope),
        any(_lists_modules(c) for c in body.calls),
        any(isinstance(s.base, f.Closure) and s.base.scope == "" for s in body.stores),
        any(puts_given(store, body) for store in body.stores),
    )


def puts_given(store: f.Store, body: f.Body) -> bool:
    """Whether a function puts what it was given somewhere: `REGISTRY[name] = cls`."""
    value = store.value
    return isinstance(value, f.Var) and any(p.name == value.name.removesuffix("#0") for p in body.params)


def _set_for_all(store: f.Store) -> str:
    """The name of what is set for a whole module (`openai.api_key = …`), or of an object's key."""
    if not isinstance(store.base, f.Var) or store.base.name in ("self", "this", "cls"):
        return ""
    name = store.key.value if isinstance(store.key, f.Lit) else None
    return name if isinstance(name, str) and name.endswith("_key") else ""


def _names_model(scope: f.Scope) -> bool:
    """Whether a text is given to a name, a parameter or an argument that may select a model."""
    body = scope.glance()
    for bind in body.binds:
        # The default of a field is inside the call that declares it.
        stated = isinstance(bind.value, f.Lit) or (scope.kind == "class" and isinstance(bind.value, f.CallRef))
        if stated and _SELECTING.search(bind.name):
            return True
    named = [(p.name, p.default) for p in body.params] + [(a.name, a.value) for c in body.calls for a in c.args]
    return any(isinstance(value, f.Lit) and _SELECTING.search(name) for name, value in named)


def _calls_value(func: f.Expr, body: f.Body, functions: Set[str], given: Set[str]) -> bool:
    """Whether what is called was given to a function, is kept in an attribute of `self` or taken out of a mapping, as far as
    one file tells."""
    if isinstance(func, f.CallRef) or (isinstance(func, f.Get) and not func.attr):
        return True  # what another call gave, as `getattr(self, name)()`
    if isinstance(func, f.Var):
        return func.name in given or any(p.name == func.name.removesuffix("#0") for p in body.params)
    if not isinstance(func, f.Get) or not isinstance(func.base, f.Var) or func.base.name not in ("self", "this"):
        return False
    return isinstance(func.key, f.Lit) and func.key.value not in functions


NAMING_MODULES = frozenset(
    "run serve Config import_module __import__ include load_extension load_extensions from_object config_from_object enqueue"
    " enqueue_in enqueue_at add_job import_string wire run_module locate".split()
)
"""What is called that may be given modules, or functions in them, by their names."""
_DOTTED = re.compile(r"\.*[A-Za-z_]\w*(?:\.\w*)*(?::\w+)?\Z")


def called_name(call: f.Call) -> str:
    """The last name of what a call calls, as written."""
    if isinstance(call.func, f.Get) and isinstance(call.func.key, f.Lit):
        return str(call.func.key.value)
    return call.func.name.split("#", 1)[0] if isinstance(call.func, f.Var) else ""


def _lists_modules(call: f.Call) -> bool:
    """Whether a call may be told which modules to load, as Celery is, or names one."""
    if called_name(call) in NAMING_MODULES:
        values = [a.value for a in call.args]
        texts = [*values, *(i for v in values if isinstance(v, f.Seq) for i in v.items)]
        texts = [v.parts[0] if isinstance(v, f.Join) and v.parts else v for v in texts]
        if any(isinstance(t, f.Lit) and isinstance(t.value, str) and _DOTTED.match(t.value) for t in texts):
            return True
    return any(
        isinstance(a.value, f.Seq)
        and (
            a.name in ("include", "imports")
            or (isinstance(call.func, f.Get) and getattr(call.func.key, "value", "") == "autodiscover_tasks")
        )
        for a in call.args
    )


def _not_given(scope: f.Scope) -> list[f.Expr]:
    """The expressions of a scope that are not what a name or an attribute is given."""
    found: list[f.Expr] = [e for p in scope.params for e in (p.default, p.annotation) if e is not None]
    for call in scope.calls:
        found.append(call.func)
        found += [a.value for a in call.args]
    for store in scope.stores:
        found += (store.base, store.key)
    for group in (scope.returns, scope.decorators, scope.bases, scope.loose):
        found += group
    return found


def _collect(todo: list[f.Expr], names: set[str], texts: list[str], imports: list[f.Import]) -> None:
    """The names and the texts in expressions and their parts. Every expression of a tree comes by here: it is quick."""
    while todo:
        expr = todo.pop()
        if isinstance(expr, f.Var):
            names.add(expr.name.split("#", 1)[0] if "#" in expr.name else expr.name)
        elif isinstance(expr, f.Lit):
            if isinstance(expr.value, str):
                texts.append(expr.value)
        elif not isinstance(expr, f.CallRef):
            if isinstance(expr, f.Import):
                imports.append(expr)
            names.update(_names(expr))
            todo += _inside(expr)


def _looked_up(call: f.Call) -> Iterator[str]:
    """The name that `getattr(x, "name", …)` or `x.get("name")` takes out of something."""
    func = call.func
    by_name = isinstance(func, f.Var) and func.name == "getattr"
    if by_name or (isinstance(func, f.Get) and isinstance(func.key, f.Lit) and func.key.value == "get"):
        for arg in call.args[by_name : by_name + 1]:
            if isinstance(arg.value, f.Lit) and isinstance(arg.value.value, str):
                yield arg.value.value


def _names(expr: f.Expr) -> Iterator[str]:
    if isinstance(expr, f.Var):
        yield expr.name.split("#", 1)[0]
    elif isinstance(expr, f.Get) and isinstance(expr.key, f.Lit) and isinstance(expr.key.value, str):
        yield expr.key.value
    elif isinstance(expr, f.Import):
        yield expr.name or expr.module.rsplit(".", 1)[-1]
    elif isinstance(expr, f.Closure):
        yield expr.scope.rsplit(".", 1)[-1]


def expressions(scope: f.Scope) -> Iterator[f.Expr]:
    """Every expression that belongs to a scope."""
    for param in scope.params:
        if param.default is not None:
            yield from parts(param.default)
        if param.annotation is not None:
            yield from parts(param.annotation)
    for bind in scope.binds:
        yield from parts(bind.value)
    for call in scope.calls:
        yield from parts(call.func)
        for arg in call.args:
            yield from parts(arg.value)
    for store in scope.stores:
        yield from parts(store.base)
        yield from parts(store.key)
        yield from parts(store.value)
    for group in (scope.returns, scope.decorators, scope.bases, scope.loose):
        for expr in group:
            yield from parts(expr)


def parts(expr: f.Expr) -> Iterator[f.Expr]:
    """An expression and everything in it."""
    todo: list[f.Expr] = [expr]
    while todo:
        current = todo.pop()
        yield current
        todo += _inside(current)


def _inside(expr: f.Expr) -> Sequence[f.Expr]:
    """The parts that an expression is made of."""
    if isinstance(expr, f.Get):
        return (expr.base, expr.key)
    if isinstance(expr, (f.Join, f.Op)):
        return expr.parts
    if isinstance(expr, f.OneOf):
        return expr.options
    if isinstance(expr, f.Seq):
        return expr.items
    if isinstance(expr, f.Rec):
        return [e for i in expr.items for e in (i.key, i.value) if e is not None]
    if isinstance(expr, f.Fallback):
        return (expr.first, expr.second)
    if isinstance(expr, f.Cond):
        return (expr.test, expr.then, expr.other)
    if isinstance(expr, (f.Each, f.Spread)):
        return (expr.base,)
    if isinstance(expr, f.Comp):
        return [e for e in (expr.source, expr.element, expr.key, expr.test) if e is not None]
    return ()


def decorators(scope: f.Scope, calls: Sequence[f.Call]) -> Iterator[tuple[str, f.Call | None]]:
    """The decorators of a scope: the last name of each, and its call, if it is one; `calls` are those of the scope that it
    stands in."""
    for decorator in scope.decorators:
        call = calls[decorator.index] if isinstance(decorator, f.CallRef) and decorator.index < len(calls) else None
        yield called_name(call) if call is not None else f.last_name(decorator), call
