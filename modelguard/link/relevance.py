"""Which functions can matter at all: those that may spend or read what is looked for, and whoever mentions them.

By names only, so it errs on the side of looking: what is left out calls nothing that spends under any name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set

from modelguard.extract import facts as f
from modelguard.extract.mentions import CALLED, called_name, decorators, expressions
from modelguard.extract.node_modules import is_script
from modelguard.link.assigned import may_set
from modelguard.link.forward import selects_model
from modelguard.link.program import Program
from modelguard.link.spending import spends

_BODIES = frozenset({"function", "method"})
ENVIRONMENT = frozenset({"getenv", "environ"})


class Relevance:
    """The relevant scopes of a program, and the names by which they are mentioned."""

    def __init__(self, program: Program, words: Set[str], wanted: Callable[[str, f.Scope], bool] | None = None) -> None:
        """`wanted` says which scopes are looked for, where it is not those that spend or mention one of `words`."""
        self.names: set[str] = set()
        self.functions: set[str] = set()
        """The names of relevant functions and methods themselves."""
        self.spending: set[str] = set()
        """The files with a scope that may spend."""
        self.wrapping: set[str] = set()
        """The names of functions inside of which another one may spend, as one that a decorator returns does."""
        self._scopes: set[int] = set()
        self._seeds: set[int] = set()
        self._spending: set[int] = set()
        self._exprs: dict[int, list[f.Expr]] = {}
        self._kept: list[f.Scope] = []
        index = _Index()
        seeds: list[f.Scope] = []
        declaring: dict[str, list[f.Scope]] = {}
        for path, scope in program.code():
            self._kept.append(scope)
            mentioned = scope.mentioned()
            index.add(path, scope, mentioned)
            if "add_argument" in mentioned.names:
                declaring.setdefault(path, []).append(scope)
            if wanted is not None:
                seeds += [scope] if wanted(path, scope) else []
                continue
            spending = spends(scope, is_script(path))
            if spending:
                self.spending.add(path)
                self._spending.add(id(scope))
            looks_up = scope.model_text and not ENVIRONMENT.isdisjoint(mentioned.names)
            if spending or looks_up or not words.isdisjoint(mentioned.names) or may_set(scope):
                seeds.append(scope)
        self._seeds = {id(s) for s in seeds}
        self._grow(seeds, index)
        if wanted is None:
            self._grow(self._decorated(program, index), index)
            for path, scopes in declaring.items():
                self._read_options(program.scopes(path).values(), scopes)

    def _decorated(self, program: Program, index: _Index) -> list[f.Scope]:
        """The functions that are decorated by one inside of which another spends: whoever calls them calls that."""
        for _, scope in program.code():
            if id(scope) in self._spending and scope.parent not in ("", "<main>") and not scope.owner:
                self.wrapping.update(map(f.simple, scope.parent.split(".")))
        found: list[f.Scope] = []
        for path, scope in index.decorated if self.wrapping else ():
            around = program.scopes(path).get(scope.owner or scope.parent)
            if around is None or self.wrapping.isdisjoint(around.mentions):
                continue
            if any(name in self.wrapping for name, _ in decorators(scope, around.glance().calls)):
                found.append(scope)
        return found

    def include(self, scope: f.Scope) -> None:
        """A scope that was made since, which spends."""
        self._kept.append(scope)
        self._scopes.add(id(scope))
        self._seeds.add(id(scope))

    def __contains__(self, scope: f.Scope) -> bool:
        return id(scope) in self._scopes

    def is_seed(self, scope: f.Scope) -> bool:
        """Whether a scope may itself spend or read, not only call what does."""
        return id(scope) in self._seeds

    def may_spend(self, scope: f.Scope) -> bool:
        """Whether a call that stands in a scope may spend."""
        return id(scope) in self._spending

    def expressions(self, scope: f.Scope) -> list[f.Expr]:
        """Every expression of a scope, the parts of expressions too."""
        if id(scope) not in self._exprs:
            self._kept.append(scope)
            self._exprs[id(scope)] = list(expressions(scope))
        return self._exprs[id(scope)]

    def _read_options(self, scopes: Iterable[f.Scope], declaring: Sequence[f.Scope]) -> None:
        """Take in the functions of a program that read an option by which it is told a model, for a file's name, say. Who
        calls them matters only for what else it does, so nothing grows from here."""
        if not any(scope in self for scope in scopes):
            return
        options = {name for scope in declaring for name in _options(scope) if selects_model(name)}
        for scope in scopes if options else ():
            if scope not in self and scope.kind in _BODIES and not options.isdisjoint(scope.mentions):
                self._scopes.add(id(scope))
                self.names.update(simple_names(scope))

    def _grow(self, seeds: list[f.Scope], index: _Index) -> None:
        # What calls a thing that it was given, or keeps, says nothing of what that is.
        todo: list[str] = [CALLED] if seeds else []

        def add(scope: f.Scope) -> None:
            found = [scope]
            while found:
                scope = found.pop()
                if id(scope) not in self._scopes:
                    self._scopes.add(id(scope))
                    names = simple_names(scope)
                    self.functions.update(names if scope.kind != "class" else ())
                    todo.extend(names)
                    # A function that imports a module runs what stands at its top.
                    found += index.importing.get(index.modules.get(id(scope), ""), ())

        for seed in seeds:
            add(seed)
        # A function that imports what a module makes when it is loaded runs that module's calls.
        made = {name for seed in seeds if seed.kind == "module" for name in _made(seed)}
        for name in sorted(made):
            for scope in index.mentioning.get(name, ()):
                if scope.kind != "module" and any(found.name == name for found in scope.imports):
                    add(scope)
        while todo:
            name = todo.pop()
            if name in self.names:
                continue
            self.names.add(name)
            todo.extend(index.aliases.get(name, ()))
            for scope in index.mentioning.get(name, ()):
                add(scope)


class _Index:
    """Who mentions each name, and the names that are given something it is mentioned in."""

    def __init__(self) -> None:
        self.mentioning: dict[str, list[f.Scope]] = {}
        self.aliases: dict[str, list[str]] = {}
        self.modules: dict[int, str] = {}
        """What each module is called, without the folders."""
        self.decorated: list[tuple[str, f.Scope]] = []
        self.importing: dict[str, list[f.Scope]] = {}
        """The functions that import a module that is called so."""
        self._names: dict[str, str] = {}

    def add(self, path: str, scope: f.Scope, mentioned: f.Mentions) -> None:
        """A scope with what it mentions. Equal names are kept once."""
        if scope.decorators and scope.kind in _BODIES and path.endswith(".py"):
            self.decorated.append((path, scope))
        if scope.kind == "module":
            self.modules[id(scope)] = _stem(path)
        elif scope.kind not in ("class", "main"):
            written = [i.module if is_script(path) else i.module.replace(".", "/") for i in scope.imports]
            for name in ({_stem(module) for module in written} | {i.name for i in scope.imports}) - {""}:
                self.importing.setdefault(name, []).append(scope)
        for name in mentioned.names:
            self.mentioning.setdefault(name, []).append(scope)
        for alias, inner in mentioned.aliases:
            kept = self._names.setdefault(alias, alias)
            for name in inner:
                self.aliases.setdefault(name, []).append(kept)


def _stem(path: str) -> str:
    """The name of a module by its path or specifier: that of its folder where it is the folder's own."""
    folder, _, name = path.rpartition("/")
    stem = name.split(".", 1)[0]
    return folder.rpartition("/")[2] if stem in ("__init__", "index") else stem


def _made(module: f.Scope) -> set[str]:
    """The names that a module's top level gives to something it makes by a call."""
    return {b.name.split("#", 1)[0] for b in module.glance().binds if isinstance(b.value, (f.CallRef, f.Op, f.Get))}


def _options(scope: f.Scope) -> set[str]:
    """The attributes that options fill which a scope declares by `add_argument`."""
    declared = [c for c in scope.glance().calls if called_name(c) == "add_argument"]
    texts = [(a.name, a.value.value) for c in declared for a in c.args if isinstance(a.value, f.Lit)]
    named = [str(text) for name, text in texts if name == "dest" or (name == "" and str(text).startswith("--"))]
    return {text.lstrip("-").replace("-", "_") for text in named}


def simple_names(scope: f.Scope) -> list[str]:
    """The names by which a scope is called: a method's own, its class's where making an object runs it."""
    last = scope.simple_name
    if scope.kind in ("module", "main") or not last:
        return []
    owner = f.simple(scope.owner)
    return [last, owner] if owner and last.startswith("__") else [last]
