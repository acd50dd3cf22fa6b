"""What a scope sets for a library as a whole, or in the environment: `openai.api_key = …`, `genai.configure(api_key=…)`,
`os.environ["OPENAI_API_KEY"] = …`. As it is written; what it means is in ambient.py."""

from __future__ import annotations

from collections.abc import Iterator

from modelguard.catalog.clients_index import catalogue
from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name

_SETTERS = frozenset({"setdefault", "putenv", "update"})


def may_set(scope: f.Scope) -> bool:
    """Whether a scope may set a credential for a library as a whole, at a look at the names that it mentions."""
    return not catalogue().setting_names.isdisjoint(scope.mentions) and any(True for _ in assigned(scope.glance()))


def assigned(scope: f.Scope | f.Body) -> Iterator[tuple[f.Expr, str, f.Expr]]:
    """What a scope assigns, or hands to a call, that may be a setting: of what, under which name, which value. An argument
    goes by its name in parentheses."""
    settings = catalogue().setting_names
    variables = catalogue().credential_names
    for store in scope.stores:
        key = store.key.value if isinstance(store.key, f.Lit) else None
        if isinstance(key, str) and (key in settings or key in variables):
            yield store.base, key, store.value
    for call in scope.calls:
        name = called_name(call)
        if name in settings:
            yield from ((call.func, f"({a.name})", a.value) for a in call.args if a.name)
        elif isinstance(call.func, f.Get) and name in _SETTERS:
            yield from ((call.func.base, key, value) for key, value in _pairs(call) if key in variables)


def _pairs(call: f.Call) -> Iterator[tuple[str, f.Expr]]:
    """What `environ.setdefault("X", y)`, `os.putenv("X", y)` or `environ.update({"X": y})` sets."""
    if len(call.args) == 2:
        yield from _pair(call.args[0].value, call.args[1].value)
    for arg in call.args:
        for item in arg.value.items if isinstance(arg.value, f.Rec) else ():
            yield from _pair(item.key, item.value)


def _pair(key: f.Expr | None, value: f.Expr) -> Iterator[tuple[str, f.Expr]]:
    if isinstance(key, f.Lit) and isinstance(key.value, str):
        yield key.value, value
