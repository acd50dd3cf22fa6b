"""The walk: from each consumer's entry points through every call that may matter, noting what spends.

Each function is visited once for each call path that leads to it, in the context of the consumer, so that a wrapper
that two consumers share keeps what each of them passes apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from modelguard.extract import facts as f
from modelguard.extract.mentions import CALLED, NAMING_MODULES, called_name
from modelguard.extract.node_modules import is_script
from modelguard.link import decorated, indirect, js_handed, named_modules, objects, opened, options, routes, web
from modelguard.link.access import elements
from modelguard.link.called_back import CalledBack
from modelguard.link.django_files import STARTERS
from modelguard.link.explored import Explored
from modelguard.link.following import Following, Looked
from modelguard.link.frames import Argument, Context, Frame
from modelguard.link.program import Program
from modelguard.link.relevance import Relevance, simple_names
from modelguard.link.resolve import Resolver
from modelguard.link.runners import EVENT, Entry, Runner
from modelguard.link.sinks import sink
from modelguard.link.spending import Sink, may_spend
from modelguard.link.values import (
    Bound,
    Class,
    Elements,
    External,
    Function,
    Instance,
    Listing,
    Made,
    Mapping,
    Module,
    Outcome,
)

MAX_ORPHANS = 50
"""Most activations that are followed from one function that no consumer reaches; what they do not come to is visited by
itself."""
_MAX_HELD = 4
"""Deepest nesting of objects in which a library's functions are looked for."""
MAX_ORPHAN_STEPS = 5_000
"""Most evaluations for them."""


@dataclass(frozen=True, eq=False)
class Visit:
    """A frame that a consumer (or, where `runner` is None, nobody that is known) reaches."""

    runner: Runner | None
    frame: Frame


class Interest(Protocol):
    """What activations are visited for, beside the calls that spend."""

    def is_notable(self, scope: f.Scope) -> bool:
        """Whether activations of a scope are wanted."""

    def look(self, resolver: Resolver, frame: Frame) -> bool:
        """Evaluate all that is wanted of an activation; whether one that is like it in all of that may be left out."""


@dataclass
class Walked:
    """Everything the walk came by."""

    visits: list[Visit] = field(default_factory=list)
    sinks: list[tuple[Runner | None, Sink]] = field(default_factory=list)
    cut: list[Runner] = field(default_factory=list)


class Walk:
    """Visits frames. One instance serves all consumers of a program."""

    def __init__(self, program: Program, resolver: Resolver, relevance: Relevance, interest: Interest) -> None:
        self._program = program
        self.interest = interest
        self.resolver = resolver
        self.relevance = relevance
        self._targets: dict[int, tuple[str, ...]] = {}
        self._called_back = CalledBack(program, resolver, relevance)
        self._bodies: dict[str, tuple[f.Scope, ...]] = {}
        self._found: dict[tuple[int, bool], Looked] = {}
        self._indirect: dict[tuple[int, int], tuple[f.Call, f.Call | None]] = {}
        self._handed_to: dict[int, Frame] = {}
        """Activations that were handed a function which may spend, whatever they mention themselves."""
        self._servers: dict[str, bool] = {}
        self._explored = Explored(resolver)
        self._serving: dict[str, bool] = {}
        self._by_folder: frozenset[str] | None = None
        self._properties: set[str] | None = None
        """The names of properties that matter, once they were asked for."""
        self._undecided: list[Frame] = []
        self.walked = Walked()

    def run(self, runner: Runner) -> None:
        """Visit everything that a consumer's entry points reach."""
        following = Following(self, runner, Explored(self.resolver))
        following.follow(self._start(runner))
        if following.cut:
            self.walked.cut.append(runner)
        self._keep(runner, following.visited, following.sinks)

    def spends(self, runner: Runner) -> bool:
        """Whether a call that spends is reached from entry points; nothing is kept of the visit."""
        probe = Following(self, runner, self._explored, probing=True)
        found = probe.follow(self._start(runner))
        if probe.cut:
            self.walked.cut.append(runner)
            self._undecided += probe.entered
        return found

    def scopes(self, runner: Runner) -> set[int]:
        """The scopes of a consumer's entry points, by their ids."""
        return {id(self._program.scopes(e.path)[e.scope]) for e in runner.entries if e.scope}

    def all_asked(self) -> None:
        """No more is asked of whom `spends` was: what was evaluated to answer it is forgotten."""
        self.forget(self._undecided)
        self._undecided = []

    def _start(self, runner: Runner) -> list[Frame]:
        return [frame for entry in runner.entries for frame in self._entered(entry, runner.context)]

    def _keep(self, runner: Runner | None, frames: Iterable[Frame], sinks: Iterable[Sink]) -> None:
        self.walked.visits.extend(Visit(runner, frame) for frame in frames)
        self.walked.sinks.extend((runner, found) for found in sinks)

    def orphan(self, path: str, scope: f.Scope, context: Context) -> None:
        """Visit a function that no consumer reaches, by itself."""
        frame = opened.alone(self.resolver, path, scope, context)
        if frame is not None:
            looked = self._calls(frame, False) if scope in self.relevance else None
            if looked is not None:
                self._keep(None, [frame], looked.sinks)

    def orphans(self, path: str, scopes: Sequence[f.Scope], context: Context) -> None:
        """Visit functions of a file that no consumer reaches, and that may come to spend: as others of them call them,
        where any does."""
        ours = {id(scope) for scope in scopes}
        met: set[int] = set()
        for scope in [*_uncalled(scopes), *_uncalled(scopes, but_by_parent=True), *scopes]:
            frame = opened.alone(self.resolver, path, scope, context) if id(scope) not in met else None
            if frame is not None:
                self._orphan(frame, ours, met)

    def _orphan(self, start: Frame, ours: set[int], met: set[int]) -> None:
        todo, seen = [start], set[int]()
        before = self.resolver.steps
        while todo and len(seen) < MAX_ORPHANS and self.resolver.steps - before < MAX_ORPHAN_STEPS:
            frame = todo.pop()
            if id(frame) in seen or id(frame.scope) not in ours:
                continue
            seen.add(id(frame))
            met.add(id(frame.scope))
            looked = self.looked(frame)
            if looked is not None:
                self._keep(None, [frame], looked.sinks)
                todo += [*looked.entered, *(self.opened_function(function) for function in looked.handed)]

    def _entered(self, entry: Entry, context: Context) -> list[Frame]:
        module = self._program.module_frame(entry.path, context)
        if module is None:
            return []
        if entry.scope:
            scope = self._program.scopes(entry.path).get(entry.scope)
            around = opened.around(self.resolver, entry.path, scope, module) if scope is not None else None
            if scope is None or around is None:
                return []
            return [self._given(entry, opened.opened(self.resolver, entry.path, scope, around))]
        frames = [module]
        if entry.main and (main := self._program.module_frame(entry.path, context, "<main>")) is not None:
            frames.append(main)
        if entry.function:
            for outcome in self.resolver.evaluate(self.resolver.keep(f.Var(entry.function, (1, 1))), module):
                if isinstance(outcome.value, Function):
                    frames.append(self._given(entry, self.opened_function(outcome.value)))
                elif isinstance(outcome.value, Instance):
                    method = objects.method(self.resolver, outcome.value, "__call__")
                    frames += [self.opened_function(method)] if method else []
                elif isinstance(outcome.value, Mapping):  # a Worker's `export default {fetch, scheduled}`
                    inside = [o.value for o in elements(self.resolver, outcome) or ()]
                    frames += [self._of_worker(entry, v) for v in inside if isinstance(v, Function)]
        return frames

    def _of_worker(self, entry: Entry, function: Function) -> Frame:
        """`fetch(request, env)` of a Worker: its second argument has the variables that wrangler.toml sets."""
        frame = self._given(entry, self.opened_function(function))
        params = [p for p in frame.scope.params if p.name != "this"]
        if len(params) < 2:
            return frame
        args = {params[1].name: Argument(known=(Outcome(External("js.process.env")),))}
        return self.resolver.keep(Frame(frame.path, frame.scope, frame.context, frame.outer, args, frame.bound))

    def _given(self, entry: Entry, frame: Frame) -> Frame:
        """The activation with the arguments that whatever starts it is known to give."""
        if not entry.given:
            return frame
        names = [p.name for p in frame.scope.params]
        # A handler calls its event as it likes.
        given = [(names[0] if n == EVENT and n not in names and names else n, known) for n, known in entry.given]
        args = {name: Argument(known=known) for name, known in given}
        started = Frame(frame.path, frame.scope, frame.context, frame.outer, args, frame.bound)
        return self.resolver.keep(started)

    def opened_function(self, function: Function) -> Frame:
        """The activation of a function that something calls which is not seen."""
        return opened.opened(self.resolver, function.path, function.scope, function.frame, function)

    # -- visiting ------------------------------------------------------------------------------------------------------

    def looked(self, frame: Frame) -> Looked | None:
        """What a frame spends and where it goes on to; None where nothing in it matters."""
        return self._calls(frame, True) if frame.scope in self.relevance or id(frame) in self._handed_to else None

    def forget(self, frames: Iterable[Frame]) -> None:
        """Drop what is remembered of functions' frames that nobody will come back to; modules and classes are shared."""
        for frame in frames:
            if frame.scope.kind not in ("module", "class"):
                self._found.pop((id(frame), True), None)
                frame.forget()

    def imports(self, frame: Frame, paths: set[str]) -> list[Frame]:
        """The modules that running a frame imports, of those that are not in `paths` yet, which gets them."""
        return self._imports(frame, paths) if frame.scope.imports or frame.scope.lists_modules else []

    def run_by(self, module: Frame, runner: Runner) -> list[Frame]:
        """What importing a module runs beside its own statements: its classes' bodies, and what a framework then calls; of
        a function that makes an application, its routes."""
        if module.scope.kind != "module":
            return [
                opened.opened(self.resolver, module.path, scope, module) for scope in self._called_back.inside(module)
            ]
        if module.path in self._loaded():
            return [*self._class_bodies(module), *self._of_loaded(module)]
        called = self._called_back.of(module)
        if runner.platform.startswith("github-action"):
            # A job that imports a service, to test or describe it, serves no requests.
            called = tuple(s for s in called if options.is_command(s, module.scope.calls))
        if runner.platform == "script" and not self._serves(runner):
            called = tuple(s for s in called if not self._called_back.is_request(s, module))
        if runner.platform == "prefect":
            called = ()  # a deployment runs the flow that it names
        if runner.platform in ("script", "task"):
            # Whoever imports a queue's tasks hands them to it; a worker runs them.
            tasks = self._called_back.tasks(module)
            called = tuple(s for s in called if id(s) not in tasks)
        return [
            *self._class_bodies(module),
            *(opened.opened(self.resolver, module.path, scope, module) for scope in called),
        ]

    def _loaded(self) -> frozenset[str]:
        """The scripts that others load without naming them."""
        if self._by_folder is None:
            scripts = [p for p, scope in self._program.code() if scope.name == "" and is_script(p)]
            self._by_folder = frozenset(p for s in scripts for p in self._program.store.loaded_folders(s))
        return self._by_folder

    def _of_loaded(self, module: Frame) -> list[Frame]:
        """The functions that a loaded module exports, which whoever loads it calls: `{ data, execute }` of a bot's command."""
        frames: list[Frame] = []
        for name in ("default", "=", *sorted(routes.exported(self._program, module.path))):
            for outcome in self.resolver.evaluate(self.resolver.keep(f.Var(name, (1, 1))), module):
                inside = elements(self.resolver, outcome) if isinstance(outcome.value, Mapping) else (outcome,)
                found = [o.value for o in inside or () if isinstance(o.value, Function)]
                frames += [self.opened_function(v) for v in found if v.scope in self.relevance]
        return list(dict.fromkeys(frames))

    def _serves(self, runner: Runner) -> bool:
        """Whether a script has, or serves, a web application; whatever else imports one answers no requests."""
        return any(self._is_server(path) for path in {entry.path for entry in runner.entries})

    def _is_server(self, path: str) -> bool:
        if path not in self._serving:
            top = self._program.scopes(path).get("")
            own = top is not None and web.makes_application(top)
            self._serving[path] = own or is_script(path) or web.serves(self._program, path)
        return self._serving[path]

    def _calls(self, frame: Frame, onwards: bool) -> Looked:
        """What a frame spends and where it goes on to; the same for all who share the frame."""
        key = (id(frame), onwards)
        if key not in self._found:
            self._found[key] = self._looked_at(self.resolver.keep(frame), onwards)
        return self._found[key]

    def _looked_at(self, frame: Frame, onwards: bool) -> Looked:
        sinks: list[Sink] = []
        entered: list[Frame] = []
        kept: list[Function] = []
        entered += self._properties_read(frame) if onwards else []
        for call in frame.scope.calls:
            name = called_name(call)
            if may_spend(call, frame.scope, frame.script):
                found = sink(self.resolver, call, frame)
                if found is not None:
                    sinks.append(found)
                    if not found.handed:
                        continue
            if not onwards:
                continue
            keeps, runs = self._handed(call, frame)
            runs = [*runs, *self._named(call, frame)] if name in NAMING_MODULES else runs
            if keeps or name in self.relevance.names or not name or self._may_be_any(call.func, frame):
                into = self._entering(call, frame)
                entered += into
                self._handed_to.update((id(inner), inner) for inner in into if keeps)
            kept += keeps
            entered += runs
        return Looked(tuple(sinks), tuple(reversed(entered)), tuple(kept))

    def _properties_read(self, frame: Frame) -> list[Frame]:
        """The activations of properties that a frame reads: they run as methods do."""
        if self._properties is None:
            self._properties = {
                scope.simple_name
                for _, scope in self._program.code()
                if scope.owner and scope.decorators and scope in self.relevance and objects.is_property(scope)
            }
        if self._properties.isdisjoint(frame.scope.mentions):
            return []
        found: dict[int, Frame] = {}
        for expr in self.relevance.expressions(frame.scope):
            if (
                isinstance(expr, f.Get)
                and expr.attr
                and isinstance(expr.key, f.Lit)
                and expr.key.value in self._properties
            ):
                for outcome in self.resolver.evaluate(expr.base, frame):
                    if isinstance(outcome.value, Instance):
                        inner = objects.property_frame(self.resolver, outcome.value, str(expr.key.value))
                        found.update({id(inner): inner} if inner is not None else {})
        return list(found.values())

    def _entering(self, call: f.Call, frame: Frame) -> list[Frame]:
        """The activations that a call makes: of functions, constructors and callable objects."""
        entered: list[Frame] = []
        for outcome in self.resolver.evaluate(call.func, frame):
            value = outcome.value
            function: Function | None = None
            if isinstance(value, Function):
                function = value
            elif isinstance(value, Class):
                for made in self.resolver.calls.value(call, frame):
                    if isinstance(made.value, Instance):
                        function = objects.method(self.resolver, made.value, "__init__")
                        called = [*self._called_back.on_making(made.value), *self._called_back.by_library(made.value)]
                        entered += [self.opened_function(m) for m in called]
            elif isinstance(value, Instance):
                function = objects.method(self.resolver, value, "__call__")
            if function is not None and self._is_request(function, frame):
                continue
            if function is not None and function.scope.decorators and self.relevance.wrapping:
                wrappers = decorated.around(self.resolver, function)
                entered += [i for w in wrappers if (i := self.resolver.calls.enter(w, call, frame)) is not None]
            inner = self.resolver.calls.enter(function, call, frame) if function is not None else None
            if inner is not None:
                entered.append(inner)
            elif function is not None:
                self.resolver.calls.refused(function, call, frame)
        return entered

    def _handed(self, call: f.Call, frame: Frame) -> tuple[list[Function], list[Frame]]:
        """Functions that a call is given: those that whatever has them may call where it is followed, or later, and the
        activations of those that a library's threads, executors and callbacks will call."""
        given = [(a, v) for a in call.args for v in _inside(a.value) if self._mentions(v, frame)]
        if not given:
            return [], []
        library = all(isinstance(o.value, (External, Made, Bound)) for o in self.resolver.evaluate(call.func, frame))
        evaluated = [(arg, o) for arg, value in given for o in self._listed(value, frame)]
        functions = [(arg, o.value) for arg, o in evaluated if isinstance(o.value, Function)]
        found = [(arg, function) for arg, function in functions if not self._is_request(function, frame)]
        if not library:
            return [function for _, function in found], []
        if frame.script:
            found += [(arg, inner) for arg, o in evaluated for inner in self._held(o, 0, frame.context)]
        run = [(arg, function) for arg, function in found if not self._called_back.is_alone(function)]
        return [], [self._run_indirectly(call, arg, function, frame) for arg, function in run]

    def _listed(self, value: f.Expr, frame: Frame) -> list[Outcome]:
        """What an argument is, with the elements of a list: tools that an agent is given."""
        found: list[Outcome] = []
        for outcome in self.resolver.evaluate(value, frame):
            listed = isinstance(outcome.value, (Listing, Elements)) and not frame.script
            found += (elements(self.resolver, outcome) or ()) if listed else (outcome,)
        return found

    def _is_request(self, function: Function, frame: Frame) -> bool:
        """Whether calling a function is a request to the server, from a component that runs in the browser: the module of
        the function, whose functions are endpoints, is a consumer of its own."""
        if not frame.path.endswith((".tsx", ".jsx")) or function.path == frame.path:
            return False
        if function.path not in self._servers:
            self._servers[function.path] = routes.is_server(self._program, function.path)
        return self._servers[function.path]

    def _held(self, outcome: Outcome, depth: int, context: Context) -> Iterator[Function]:
        """The functions in an object that a library is given (resolvers, a command with what it executes), or in a module."""
        if depth < _MAX_HELD and isinstance(outcome.value, Mapping) and outcome.value.frame.script:
            for inside in elements(self.resolver, outcome) or ():
                if isinstance(inside.value, Function) and inside.value.scope in self.relevance:
                    yield inside.value
                yield from self._held(inside, depth + 1, context)
        elif isinstance(outcome.value, Module) and is_script(outcome.value.path):
            yield from self._exported(outcome.value, context)

    def _exported(self, module: Module, context: Context) -> Iterator[Function]:
        """The functions that a module of the tree exports, of those that may matter."""
        found = self._program.scopes(module.path)
        wanted = routes.exported(self._program, module.path)
        for scope in found.values():
            if scope.kind == "function" and scope.parent == "" and scope.name in wanted and scope in self.relevance:
                around = self._program.module_frame(module.path, context)
                if around is not None:
                    yield Function(module.path, scope, around)

    def _named(self, call: f.Call, frame: Frame) -> list[Frame]:
        """The activations of functions that a call names by a text."""
        found: list[Frame] = []
        for path, name in named_modules.functions(self._program, frame.path, call) if not frame.script else ():
            module = self._program.module_frame(path, frame.context)
            var = self.resolver.keep(f.Var(name, (1, 1)))
            values = [o.value for o in self.resolver.evaluate(var, module)] if module is not None else []
            found += [self.opened_function(v) for v in values if isinstance(v, Function)]
        return found

    def _run_indirectly(self, call: f.Call, arg: f.Arg, function: Function, frame: Frame) -> Frame:
        """The activation of a function that a library is given to call, with what it is known to give it."""
        key = id(call), id(arg)
        if key not in self._indirect:
            args = indirect.arguments(called_name(call), call, arg)
            args = js_handed.arguments(self.resolver, call, frame) if args is None and frame.script else args
            self._indirect[key] = call, f.Call(arg.value, args, call.at) if args is not None else None
        made = self._indirect[key][1]
        inner = self.resolver.calls.enter(function, made, frame) if made is not None else None
        return inner if inner is not None else self.opened_function(function)

    def _may_be_any(self, func: f.Expr, frame: Frame) -> bool:
        """Whether what is called goes by a name that says nothing of it: what the scope made by a call (`functools.partial`,
        a factory) or takes out of a list, what it, or a function around it, was given, or what an object keeps."""
        if isinstance(func, f.Get):
            return (
                isinstance(func.base, f.Var) and func.base.name in ("self", "this") and CALLED in frame.scope.mentions
            )
        if not isinstance(func, f.Var):
            return False
        binds = self._program.binds(frame.scope).get(func.name, ())
        if any(isinstance(b.value, (f.CallRef, f.Each)) for b in binds):
            return True
        around: Frame | None = frame
        while around is not None and around.scope.kind not in ("module", "main"):
            if any(p.name == func.name.removesuffix("#0") for p in around.scope.params):
                return True
            around = around.outer
        return False

    def _named_after(self, expr: f.Var, scope: f.Scope) -> bool:
        """Whether a local name is given what may be a function: another name, an attribute, or a choice of them."""
        binds = self._program.binds(scope).get(expr.name, ())
        return any(isinstance(b.value, (f.Var, f.Get, f.Closure, f.OneOf, f.Cond, f.Fallback, f.Seq)) for b in binds)

    def _mentions(self, expr: f.Expr, frame: Frame) -> bool:
        """Whether an argument may be a function that may spend."""
        if isinstance(expr, f.Var):
            name = expr.name.split("#", 1)[0]
            if id(frame) in self._handed_to and any(p.name == name for p in frame.scope.params):
                return True
            named_after = name in self.relevance.names and self._named_after(expr, frame.scope)
            if named_after or name in self.relevance.functions or self._imported_function(name, frame):
                return True
            return frame.script and (
                (name in self.relevance.names and self._is_object(name, frame)) or self._is_namespace(name, frame)
            )
        if isinstance(expr, f.Import):
            return frame.script and self._may_be_function(expr, frame)
        if isinstance(expr, f.Get) and isinstance(expr.key, f.Lit):
            known = self.relevance.names if frame.script else self.relevance.functions
            return expr.key.value in known or (frame.script and self._is_element(expr.base, frame))
        if isinstance(expr, f.CallRef):
            name = called_name(frame.scope.calls[expr.index])
            # What makes the function that handles something: `bot.on("message", handler(client))`.
            return name == "partial" or (frame.script and name in self.relevance.functions)
        return isinstance(expr, f.Closure)

    def _bound_to(self, name: str, frame: Frame) -> list[f.Expr]:
        """What a name is given in the innermost scope around a frame that binds it."""
        around: Frame | None = frame
        while around is not None:
            binds = self._program.binds(around.scope).get(name, ())
            if binds:
                return [b.value for b in binds]
            around = around.outer
        return []

    def _imported_function(self, name: str, frame: Frame) -> bool:
        """Whether a name is what a script imports under another name than the function has, as every default export."""
        given = self._bound_to(name, frame) if frame.script else ()
        return any(isinstance(value, f.Import) and self._may_be_function(value, frame) for value in given)

    def _is_object(self, name: str, frame: Frame) -> bool:
        """Whether a script's name is imported, or is given an object that is written out."""
        return any(isinstance(value, (f.Import, f.Rec)) for value in self._bound_to(name, frame))

    def _is_element(self, expr: f.Expr, frame: Frame) -> bool:
        """Whether a name is any element of a list (`for (const tool of tools)`), whose functions go by other names."""
        binds = self._program.binds(frame.scope).get(expr.name, ()) if isinstance(expr, f.Var) else ()
        return any(isinstance(b.value, f.Each) for b in binds)

    def _is_namespace(self, name: str, frame: Frame) -> bool:
        """Whether a script's name is a whole module of the tree: `import * as activities from "./activities"`."""
        wholes = [value for value in self._bound_to(name, frame) if isinstance(value, f.Import) and value.name == ""]
        return any(self._program.module(frame.path, whole.module) is not None for whole in wholes)

    def _may_be_function(self, found: f.Import, frame: Frame) -> bool:
        if found.name not in ("default", "="):
            return found.name in self.relevance.functions
        return self._program.module(frame.path, found.module) is not None

    def _imports(self, frame: Frame, paths: set[str]) -> list[Frame]:
        """The modules that running a scope imports, however indirectly, of which something matters.

        `paths` are the modules that were met before. Most modules only lead on to others; those need no activation.
        """
        found: list[Frame] = []
        todo = list(self.imported(frame.path, frame.scope))
        while todo:
            path = todo.pop()
            if path in paths:
                continue
            paths.add(path)
            top = self._program.scopes(path).get("")
            if top is None:
                continue
            todo.extend(self.imported(path, top))
            module = self._program.module_frame(path, frame.context)
            if module is None:
                continue
            called = self._called_back.of(module) or self._class_bodies(module) or path in self._loaded()
            if top in self.relevance or called:
                found.append(module)
        return found

    def imported(self, path: str, scope: f.Scope) -> tuple[str, ...]:
        """Files of the tree that the imports of one scope run; the same for every consumer."""
        if id(scope) not in self._targets:
            found = dict.fromkeys(p for i in scope.imports for p in _imported_paths(self._program, path, i))
            if scope.lists_modules:
                found.update(dict.fromkeys(_discovered(self._program, path, scope)))
                if not is_script(path):
                    found.update(dict.fromkeys(named_modules.modules(self._program, path, scope)))
            if scope.kind == "module" and is_script(path):
                found.update(dict.fromkeys(self._program.used_unimported(path)))
                found.update(dict.fromkeys(self._program.store.loaded_folders(path)))
            if scope.kind == "module" and path.endswith(STARTERS):
                found.update(dict.fromkeys(named_modules.of_starter(self._program, path)))
            self._targets[id(scope)] = tuple(found)
        return self._targets[id(scope)]

    def _class_bodies(self, module: Frame) -> list[Frame]:
        """Bodies of the classes of a module, which run when it is imported; a settings class's is no read of its own."""
        if module.path not in self._bodies:
            self._bodies[module.path] = tuple(
                scope
                for scope in self._program.scopes(module.path).values()
                if scope.kind == "class" and scope.parent == "" and scope in self.relevance
            )
        classes = [Class(module.path, scope, module) for scope in self._bodies[module.path]]
        plain = [c for c in classes if objects.family(self.resolver, c) != "settings"]
        return [objects.class_frame(self.resolver, c) for c in plain]

    def may_run(self, path: str) -> bool:
        """Whether a module run by itself may reach a call: by its top level, or by handing functions to a framework."""
        scopes = self._program.scopes(path)
        if routes.exports(self._program, path) and any(s in self.relevance for s in scopes.values()):
            return True
        if any(path == starter for starter, _ in self._program.django_starters):
            return True
        own = [scopes[n] for n in ("", "<main>") if n in scopes]
        if any(s in self.relevance or s.lists_modules or not _SERVING.isdisjoint(s.mentions) for s in own):
            return True
        return self._called_back.may_be(path)


def _inside(expr: f.Expr) -> Iterator[f.Expr]:
    """An argument, and what objects that are written out there hold: `{tools: [{execute: async () => …}]}`."""
    yield expr
    for item in expr.items if isinstance(expr, f.Rec) else ():
        yield from _inside(item.value)
    for element in expr.items if isinstance(expr, f.Seq) else ():
        yield from _inside(element)


def calling(scopes: Sequence[f.Scope], wanted: Callable[[f.Scope], bool]) -> list[f.Scope]:
    """Those of some functions of a file that are wanted, or mention one that is, however indirectly."""
    found: set[int] = set()
    more = [scope for scope in scopes if wanted(scope)]
    while more:
        found.update(id(scope) for scope in more)
        names = {name for scope in more for name in simple_names(scope)}
        more = [s for s in scopes if id(s) not in found and not names.isdisjoint(s.mentions)]
    return [scope for scope in scopes if id(scope) in found]


def _uncalled(scopes: Sequence[f.Scope], but_by_parent: bool = False) -> list[f.Scope]:
    """Those of some functions of a file that no other one of them mentions, but for the one around it where that is
    allowed: mostly one that is made there and handed out."""
    mentioned = Counter(name for scope in scopes for name in scope.mentions)
    around = {scope.name: scope for scope in scopes} if but_by_parent else {}

    def own(scope: f.Scope, name: str) -> int:
        parent = around.get(scope.parent)
        return (name in scope.mentions) + (parent is not None and name in parent.mentions)

    return [s for s in scopes if all(mentioned[n] <= own(s, n) for n in simple_names(s))]


_SERVING = frozenset({"include_router", "register_blueprint", "mount", "add_typer", "add_command", "include"})
"""Methods by which an application takes in routes and commands of other modules."""


def _discovered(program: Program, path: str, scope: f.Scope) -> list[str]:
    """Modules that Celery is told to load, by `include`, `imports` or `autodiscover_tasks`."""
    found: list[str] = []
    for call in scope.glance().calls:
        discovers = called_name(call) == "autodiscover_tasks"
        for arg in call.args:
            if isinstance(arg.value, f.Seq) and (discovers or arg.name in ("include", "imports")):
                names = [str(i.value) for i in arg.value.items if isinstance(i, f.Lit)]
                dotted = [d for n in names for d in ((f"{n}.tasks", n) if discovers else (n,))]
                found += [p for d in dotted if (p := program.module(path, d)) is not None]
    return found


def _imported_paths(program: Program, importer: str, found: f.Import) -> list[str]:
    """Files of the tree that an import runs."""
    paths: list[str] = []
    whole = program.module(importer, found.module, found.level)
    if whole is not None:
        paths.append(whole)
    if is_script(importer):
        return [p for p in paths if not p.endswith(".json")]
    if found.name and found.name != "*":
        inner = program.module(importer, f"{found.module}.{found.name}".strip("."), found.level)
        if inner is not None:
            paths.append(inner)
    for path in list(paths):
        folder = path.rsplit("/", 1)[0] if "/" in path else ""
        package = f"{folder}/__init__.py"
        if folder and package in program.store and package not in paths:
            paths.append(package)
    return paths
