"""Facts: what one file says, in one small language for every format. Nothing here looks at a second file.

Expressions are the flows (a reference, an interpolation, an argument, a look-up), definitions and scopes are what has
a name. Python, YAML and HCL all become the same expressions, so one resolver (modelguard.link) composes them.

The records are msgspec structs rather than dataclasses: frozen and comparable all the same, and they go to the facts
cache and between processes as MessagePack about ten times faster than pickled dataclasses, without running code.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

Span = tuple[int, int]
"""(line, column), both from 1."""


CODE = frozenset({"python", "notebook", "typescript", "shell"})
"""Formats of programming languages, whose scopes are bodies of code."""


class _Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of all facts: immutable, stored as arrays."""


class Lit(_Node, tag="lit", frozen=True):
    """A literal scalar. Strings longer than MAX_TEXT are kept as Opaque: no prompt or document is a model's name."""

    value: str | int | float | bool | None
    at: Span


class Redacted(_Node, tag="secret", frozen=True):
    """A literal that is a credential: its value was dropped when the file was read. `digest` only joins equal ones."""

    digest: str
    at: Span


class Opaque(_Node, tag="opaque", frozen=True):
    """Something this reader does not follow, with the reason in words."""

    why: str
    at: Span


class Var(_Node, tag="var", frozen=True):
    """A name, looked up in the scope it is written in. Local versions carry `#n` (`model#2`); `#0` is the parameter."""

    name: str
    at: Span


class Get(_Node, tag="get", frozen=True):
    """`base.key` (attr) or `base[key]` (item)."""

    base: Expr
    key: Expr
    at: Span
    attr: bool = False


class CallRef(_Node, tag="call", frozen=True):
    """The value of the enclosing scope's call number `index`."""

    index: int
    at: Span


class Join(_Node, tag="join", frozen=True):
    """Strings put end to end: f-strings, `+`, templates."""

    parts: tuple[Expr, ...]
    at: Span


class OneOf(_Node, tag="oneof", frozen=True):
    """Any of these: branches that meet, versions that reach. `why` says what decides."""

    options: tuple[Expr, ...]
    at: Span
    why: str = ""


class Fallback(_Node, tag="or", frozen=True):
    """`first or second`: the second where the first is empty or missing."""

    first: Expr
    second: Expr
    at: Span


class Cond(_Node, tag="cond", frozen=True):
    """`then if test else other`."""

    test: Expr
    then: Expr
    other: Expr
    at: Span


class Item(_Node, frozen=True):
    """One entry of a mapping. `key` None spreads `value` (`**value`, merge keys, envFrom)."""

    key: Expr | None
    value: Expr
    at: Span


class Rec(_Node, tag="rec", frozen=True):
    """A mapping; a later item wins over an earlier one."""

    items: tuple[Item, ...]
    at: Span


class Seq(_Node, tag="seq", frozen=True):
    """A list, tuple or set."""

    items: tuple[Expr, ...]
    at: Span


class Each(_Node, tag="each", frozen=True):
    """Any one element of a collection: a loop variable, `each.value`, a splat. `keys`: its key instead."""

    base: Expr
    at: Span
    keys: bool = False


class Spread(_Node, tag="spread", frozen=True):
    """`*base` in a list or a call."""

    base: Expr
    at: Span


class Comp(_Node, tag="comp", frozen=True):
    """`element` for each of `source`; `key` set makes a mapping. Binds `var` and `index` where they are named."""

    source: Expr
    element: Expr
    key: Expr | None
    var: str
    index: str
    at: Span
    test: Expr | None = None


class Op(_Node, tag="op", frozen=True):
    """An operator applied to its parts, named as written (`==`, `/`, `%`, `and`, `not`, `slice`)."""

    name: str
    parts: tuple[Expr, ...]
    at: Span


class Closure(_Node, tag="fn", frozen=True):
    """The function or class whose scope is called `scope` in this file."""

    scope: str
    at: Span


class Import(_Node, tag="import", frozen=True):
    """A module (`name` empty) or a name in it. `level` counts the leading dots of a relative import."""

    module: str
    name: str
    level: int
    at: Span


class External(_Node, tag="ext", frozen=True):
    """Something that another file defines under a global name: (`k8s.ConfigMap`, `settings`), (`route`, `fast`)."""

    kind: str
    name: Expr
    at: Span


Expr = (
    Lit
    | Redacted
    | Opaque
    | Var
    | Get
    | CallRef
    | Join
    | OneOf
    | Fallback
    | Cond
    | Rec
    | Seq
    | Each
    | Spread
    | Comp
    | Op
    | Closure
    | Import
    | External
)


class Arg(_Node, frozen=True):
    """One argument. `name` "" is positional, "*" and "**" spread."""

    name: str
    value: Expr


class Call(_Node, frozen=True):
    """A call: of a function, a constructor or a template function."""

    func: Expr
    args: tuple[Arg, ...]
    at: Span


class Param(_Node, frozen=True):
    """A parameter; `kind` is "", "*" (rest), "**" (keywords) or "kw" (keyword only)."""

    name: str
    default: Expr | None
    annotation: Expr | None
    kind: str
    at: Span


class Bind(_Node, frozen=True):
    """A definition in a scope: `name` (with its version) is `value`; `annotation` where the source states a type."""

    name: str
    value: Expr
    at: Span
    annotation: Expr | None = None


class Store(_Node, frozen=True):
    """`base.key = value` or `base[key] = value`."""

    base: Expr
    key: Expr
    value: Expr
    at: Span


class Body(_Node, frozen=True):
    """What a scope says. `binds` has each version of a name and, under the plain name, what reaches the end of the scope.
    `loose` has what is evaluated and then dropped (tests, bare expressions)."""

    params: tuple[Param, ...] = ()
    binds: tuple[Bind, ...] = ()
    calls: tuple[Call, ...] = ()
    stores: tuple[Store, ...] = ()
    returns: tuple[Expr, ...] = ()
    loose: tuple[Expr, ...] = ()


Aliases = tuple[tuple[str, tuple[str, ...]], ...]
"""Names and attributes that are given something, each with the names that are mentioned in it."""


class Mentions(_Node, frozen=True):
    """The names that a scope mentions, and its aliases: see mentions.py."""

    names: tuple[str, ...] = ()
    aliases: Aliases = ()


class Source(Protocol):
    """Where the scopes of one file are unpacked from when they are asked for what they say."""

    def body(self, index: int) -> Body:
        """The body of scope number `index`."""

    def mentions(self, index: int) -> Mentions:
        """What scope number `index` mentions."""


_NO_MENTIONS = Mentions()


def simple(name: str) -> str:
    """The last part of a scope's name, without the number that tells it from others of that name."""
    return name.rsplit(".", 1)[-1].split("~", 1)[0]


def last_name(expr: Expr) -> str:
    """A name, or that of an attribute, as written; empty for anything else."""
    if isinstance(expr, Var):
        return expr.name.split("#", 1)[0]
    key = expr.key if isinstance(expr, Get) and expr.attr else None
    return key.value if isinstance(key, Lit) and isinstance(key.value, str) else ""


class Scope:
    """A body of code: module (""), its `__main__` block ("<main>"), function, method, class or HCL folder.

    Decorators, defaults and bases belong to the parent scope; `parent` is where free names are looked up, `owner` the
    class of a method. A scope that comes from a store is unpacked when it is first asked for its body: most of a large
    tree never is. Some of what the body says is known without it: `imports`, `model_text` (a text that names a model or
    a credential), `names_model` (a text is given to a name that may select a model), `lists_modules` (a call may be
    given modules to load), `sets_globals` (it assigns to names of its module),
    `puts_given` (it puts what it is given into something). Compared by identity.
    """

    __slots__ = (
        "_body",
        "_index",
        "_source",
        "at",
        "bases",
        "decorators",
        "imports",
        "kind",
        "lists_modules",
        "model_text",
        "name",
        "names_model",
        "owner",
        "parent",
        "puts_given",
        "sets_globals",
    )

    def __init__(
        self,
        name: str,
        kind: str,
        at: Span,
        params: tuple[Param, ...] = (),
        binds: tuple[Bind, ...] = (),
        calls: tuple[Call, ...] = (),
        stores: tuple[Store, ...] = (),
        returns: tuple[Expr, ...] = (),
        decorators: tuple[Expr, ...] = (),
        bases: tuple[Expr, ...] = (),
        loose: tuple[Expr, ...] = (),
        parent: str = "",
        owner: str = "",
    ) -> None:
        self.name, self.kind, self.at, self.decorators, self.bases = name, kind, at, decorators, bases
        self.parent, self.owner = parent, owner
        self._body: Body | None = Body(params, binds, calls, stores, returns, loose)
        self._source: Source | None = None
        self._index = 0
        self.imports: tuple[Import, ...] = tuple(b.value for b in binds if isinstance(b.value, Import))
        self.model_text = self.names_model = self.lists_modules = self.sets_globals = False
        self.puts_given = False

    @property
    def simple_name(self) -> str:
        """What it is called by, without what is around it; the same for each of several that have one name."""
        return simple(self.name)

    def decorator_names(self) -> set[str]:
        """The last names of decorators that are written without a call."""
        return {name for d in self.decorators if (name := last_name(d))}

    def packed_in(self, source: Source, index: int) -> None:
        """From now on, the body and what is mentioned come from there."""
        self._source, self._index, self._body = source, index, None

    def glance(self) -> Body:
        """The body, without keeping it: for a look at many scopes, few of which matter."""
        if self._body is not None:
            return self._body
        assert self._source is not None
        return self._source.body(self._index)

    def _unpacked(self) -> Body:
        self._body = self.glance()
        return self._body

    @property
    def mentions(self) -> tuple[str, ...]:
        """The names that it mentions, sorted."""
        return self.mentioned().names

    def mentioned(self) -> Mentions:
        """The names that it mentions, and its aliases."""
        return self._source.mentions(self._index) if self._source is not None else _NO_MENTIONS

    @property
    def params(self) -> tuple[Param, ...]:
        """Its parameters."""
        return (self._body or self._unpacked()).params

    @property
    def binds(self) -> tuple[Bind, ...]:
        """What it defines."""
        return (self._body or self._unpacked()).binds

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls in it, by number."""
        return (self._body or self._unpacked()).calls

    @property
    def stores(self) -> tuple[Store, ...]:
        """What it assigns to attributes and entries."""
        return (self._body or self._unpacked()).stores

    @property
    def returns(self) -> tuple[Expr, ...]:
        """What it may return or yield."""
        return (self._body or self._unpacked()).returns

    @property
    def loose(self) -> tuple[Expr, ...]:
        """What is evaluated and dropped."""
        return (self._body or self._unpacked()).loose


class Unit(_Node, frozen=True):
    """Something that runs, as an infrastructure file declares it. Every part is an expression in the file's scope.

    `build` has the `context` and `dockerfile` of an image that is built here; `arguments` says that `command` is only
    what follows the image's own entry point. `uses` are the actions that it runs: folders of the
    tree, or repositories. `steps` are the parts of a job or an action that have an environment of their own. `mounts` are
    files and folders that are put in, by where they are in the container: a mapping is a folder of its entries.
    `given` are arguments that its function is started with, by parameter.
    `extends` is another unit, as `file#name`, whose parts it takes over where it has none of its own.
    `stage` tells one deployment of it from another; `switch` is what must be turned on for it to be deployed at all.
    """

    name: str
    platform: str
    at: Span
    env: Expr | None = None
    command: Expr | None = None
    handler: Expr | None = None
    source: Expr | None = None
    workdir: Expr | None = None
    each: Expr | None = None
    count: Expr | None = None
    account: Expr | None = None
    aliases: tuple[Expr, ...] = ()
    image: Expr | None = None
    build: Expr | None = None
    arguments: bool = False
    uses: tuple[Expr, ...] = ()
    mounts: tuple[Item, ...] = ()
    given: tuple[Item, ...] = ()
    extends: str = ""
    stage: str = ""
    switch: str = ""
    steps: tuple[Unit, ...] = ()


class Export(_Node, frozen=True):
    """A global name that this file defines for others: see External."""

    kind: str
    name: str
    value: Expr
    at: Span


class Route(_Node, frozen=True):
    """A gateway's route: clients that ask for `alias` reach `model`. With `fallback` (when it is taken), `model` is the
    name of another route, which they reach where the first one fails."""

    alias: str
    model: Expr
    at: Span
    alias_at: Span
    fallback: str = ""


class Facts(_Node, frozen=True):
    """Everything one file says. `format` names the extractor, `problem` is set where only a part could be read."""

    format: str
    document: Expr | None = None
    scopes: tuple[Scope, ...] = ()
    units: tuple[Unit, ...] = ()
    exports: tuple[Export, ...] = ()
    routes: tuple[Route, ...] = ()
    problem: str = ""
    problem_line: int = 0
