"""The files of a tree as one program: modules by import, documents, Terraform folders, names that are global."""

from __future__ import annotations

import itertools
import posixpath
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from modelguard.catalog.clients_index import Catalogue, catalogue
from modelguard.extract.dotenv import is_example, is_of_another
from modelguard.extract.facts import CODE, Bind, Call, Export, Lit, Rec, Route, Scope, Seq, Unit, Var
from modelguard.extract.node_modules import BUILT, SUFFIXES, is_script
from modelguard.extract.store import FactsStore
from modelguard.link import django_files, stacks
from modelguard.link.frames import NOBODY, Context, Frame
from modelguard.link.terraform_tree import Stage, TerraformTree

if TYPE_CHECKING:
    from modelguard.link.compose_jobs import Start

EMPTY = Scope("", "document", (1, 1))
FRAMEWORKS = frozenset(
    "fastapi flask starlette sanic quart litestar aiohttp celery dramatiq chainlit streamlit gradio click typer slack_bolt"
    " discord telegram telebot aws_lambda_powertools chalice mcp fastmcp prefect dagster modal ray bentoml"
    " apscheduler functions_framework flytekit zenml metaflow azure django ninja rest_framework strawberry huey arq faust"
    " bedrock_agentcore taskiq taskiq_aio_pika taskiq_redis taskiq_nats rq saq faststream procrastinate".split()
)
"""Libraries that call the functions that are decorated with or handed to them."""
_LOADED = (".env", ".envrc", ".dev.vars")
"""What programs, shells (direnv) and Wrangler load by themselves."""


def _rank(path: str) -> tuple[int, int, str]:
    """Of several examples in one folder, the plainest name comes first: `.env.example` before `.env.test.example`."""
    base = posixpath.basename(path)
    return "example" not in base.lower(), len(re.split(r"[._-]+", base.lstrip("."))), base


def folders_above(path: str) -> Iterator[str]:
    """The folder of a file and all above it, the root last."""
    while path:
        path = posixpath.dirname(path)
        yield path


class Program:
    """Finds things by name. Everything is made once and then shared, so that evaluation can remember by identity."""

    def __init__(self, store: FactsStore) -> None:
        self.store = store
        self._scopes: dict[str, dict[str, Scope]] = {}
        self._modules: dict[tuple[str, str, int], str | None] = {}
        self._methods: dict[str, dict[str, list[Scope]]] = {}
        self._setting: dict[str, tuple[Scope, ...]] = {}
        self._binds: dict[int, dict[str, list[Bind]]] = {}
        self._starred: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._frames: dict[tuple[str, str, int], Frame] = {}
        self._declared: dict[int, Frame] = {}
        self._stacks: dict[str, list[tuple[str, Export]]] | None = None
        self._layers: tuple[str, ...] | None = None
        self._called: dict[str, list[tuple[str, Call]]] = {}
        self._examples: dict[str, list[tuple[str, str]]] | None = None
        self._variables: dict[str, set[str]] | None = None
        self.exports: dict[tuple[str, str], list[tuple[str, Export]]] = defaultdict(list)
        self.routes: list[tuple[str, Route]] = []
        self.fallbacks: list[tuple[str, Route]] = []
        self.units: list[tuple[str, Unit]] = []
        self.made: list[Scope] = []
        self.search_path: tuple[tuple[str, str], ...] = ()
        self.cdk_context: tuple[Any, ...] | None = None
        """What commands give the context of CDK applications, once that was asked for: see cdk_context.py."""
        self.compose_starts: dict[str, list[Start]] | None = None
        """The steps of jobs that start services of a Compose file, once that was asked for: see compose_jobs.py."""
        self.console_scripts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        """Of each console script the files that declare one of that name, with the function that it calls."""
        self.exported_names: dict[str, frozenset[str]] = {}
        """What modules of JavaScript export, once it was asked for; see routes.py."""
        self.terraform = TerraformTree(store)
        self.templates = _chart_templates(store)
        """Templates of Helm charts, which say nothing until they are put together, also where they happen to be YAML."""
        for path, facts in store.loaded():
            if path in self.templates:
                continue
            for export in facts.exports:
                self.exports[export.kind, export.name].append((path, export))
            self.routes.extend((path, route) for route in facts.routes if not route.fallback)
            self.fallbacks.extend((path, route) for route in facts.routes if route.fallback)
            self.units.extend((path, unit if unit.name else _named_after(path, unit)) for unit in facts.units)
            for unit in facts.units:
                if unit.platform == "console-script" and (called := _called(unit)):
                    self.console_scripts[unit.name].append((path, called))

    # -- scopes ----------------------------------------------------------------------------------------------------

    def scopes(self, path: str) -> dict[str, Scope]:
        """The scopes of a Python file by name; empty where there are none."""
        if path not in self._scopes:
            facts = self.store.facts(path)
            self._scopes[path] = {s.name: s for s in facts.scopes} if facts else {}
        return self._scopes[path]

    def add_scope(self, path: str, scope: Scope) -> None:
        """A scope that is worked out from others: the calls of a state machine that a program puts together."""
        self.scopes(path)[scope.name] = scope
        self.made.append(scope)

    def methods(self, path: str, owner: str) -> list[Scope]:
        """The methods of a class, in the order they are written."""
        if path not in self._methods:
            grouped: dict[str, list[Scope]] = defaultdict(list)
            for scope in self.scopes(path).values():
                if scope.owner:
                    grouped[scope.owner].append(scope)
            self._methods[path] = grouped
        return self._methods[path].get(owner, [])

    def setting_globals(self, path: str) -> tuple[Scope, ...]:
        """The scopes of a file that assign to names of its module."""
        if path not in self._setting:
            self._setting[path] = tuple(s for s in self.scopes(path).values() if s.sets_globals)
        return self._setting[path]

    def code(self) -> list[tuple[str, Scope]]:
        """Every scope of the code read so far."""
        return [(p, s) for p, f in self.store.loaded() for s in f.scopes if f.format in CODE or s.kind == "states"]

    def calls_of(self, name: str) -> list[tuple[str, Call]]:
        """The calls at the top level of modules to something that is imported under this name."""
        if name not in self._called:
            self._called[name] = [
                (p, c)
                for p, s in self.code()
                if s.kind == "module" and name in s.mentions
                for c in s.calls
                if isinstance(c.func, Var) and c.func.name.split("#", 1)[0] == name
            ]
        return self._called[name]

    def imported_packages(self) -> frozenset[str]:
        """The first names of everything that the code read so far imports."""
        return frozenset(found.module.split(".", 1)[0] for _, s in self.code() for found in s.imports)

    @cached_property
    def uses_nest(self) -> bool:
        """Whether any script imports NestJS."""
        return any(found.module.startswith("@nestjs/") for _, s in self.code() for found in s.imports)

    def binds(self, scope: Scope) -> dict[str, list[Bind]]:
        """A scope's definitions by name."""
        found = self._binds.get(id(scope))
        if found is None:
            found = defaultdict(list)
            for bind in scope.binds:
                found[bind.name].append(bind)
            self._binds[id(scope)] = found
        return found

    def starred(self, path: str) -> tuple[str, ...]:
        """The modules of the tree from which a module imports everything (`from x import *`)."""
        if path not in self._starred:
            top = self.scopes(path).get("")
            imports = [i for i in top.imports if i.name == "*"] if top else []
            found = [p for i in imports if (p := self.module(path, i.module, i.level)) is not None and p != path]
            self._starred[path] = tuple(dict.fromkeys(found))
        return self._starred[path]

    def used_unimported(self, path: str) -> tuple[str, ...]:
        """The files whose exports a script mentions without importing them, as its framework allows."""
        near = self.store.node_modules.unimported(path)
        mentioned = {name for scope in self.scopes(path).values() for name in scope.mentions} if near else set()
        return tuple(p for p in near if not mentioned.isdisjoint(self.names(p)))

    def names(self, path: str) -> frozenset[str]:
        """Every name that a module has at its top level, those that come in by `*` too."""
        if path not in self._names:
            seen, todo, names = {path}, [path], set[str]()
            while todo:
                here = todo.pop()
                top = self.scopes(here).get("")
                if top is not None:
                    names.update(b.name for b in top.binds)
                more = [p for p in self.starred(here) if p not in seen]
                seen.update(more)
                todo.extend(more)
            self._names[path] = frozenset(names)
        return self._names[path]

    def module_frame(self, path: str, context: Context, scope: str = "") -> Frame | None:
        """The top level of a Python module as this context runs it; `scope` may be its `<main>` block."""
        key = (path, scope, id(context))
        if key not in self._frames:
            found = self.scopes(path).get(scope)
            if found is None:
                return None
            frame = Frame(path, found, context, args={})
            if scope == "<main>":
                frame.outer = self.module_frame(path, context)
            self._frames[key] = frame
        return self._frames[key]

    def document_frame(self, path: str) -> Frame:
        """The frame of a document, whose expressions mean the same for everybody."""
        key = (path, "", 0)
        if key not in self._frames:
            facts = self.store.facts(path)
            scope = facts.scopes[0] if facts and facts.scopes and facts.format not in CODE else EMPTY
            self._frames[key] = Frame(path, scope, NOBODY, args={}, format=facts.format if facts else "yaml")
        return self._frames[key]

    @cached_property
    def django_starters(self) -> tuple[tuple[str, str], ...]:
        """The files that start programs of Django projects, each with the settings module that it names."""
        return tuple(django_files.starters(self.store))

    # -- modules --------------------------------------------------------------------------------------------

    def module(self, importer: str, dotted: str, level: int = 0) -> str | None:
        """The path of the module that an import in `importer` means, or None for a library's.

        A Python module lies under some folder of the import path; the one that is nearest above the importer wins. From
        elsewhere only a name with a package, or under a `src` folder, and found once is taken.
        """
        if is_script(importer):
            return self.store.node_modules.resolve(importer, dotted)
        key = (posixpath.dirname(importer), dotted, level)
        if key not in self._modules:
            found = self._module(importer, dotted, level)
            self._modules[key] = self.store.examples.get(found, found) if found is not None else None
        return self._modules[key]

    def _module(self, importer: str, dotted: str, level: int) -> str | None:
        if level:
            parts = importer.split("/")[:-1]
            parts = parts[: len(parts) - (level - 1)] if level > 1 else parts
            return self._file("/".join([*parts, *(dotted.split(".") if dotted else [])]))
        top = dotted.split(".", 1)[0]
        if not dotted or top in _library_modules(catalogue()):
            return None
        here = posixpath.dirname(importer)
        # A package's own `celery.py` is not what its modules mean by `celery`: a package is no folder to import from.
        inside = f"{here}/__init__.py" in self.store and top in FRAMEWORKS
        found = [
            p for p in self.store.modules(dotted) if p != importer and not (inside and self._root(p, dotted) == here)
        ]
        roots = {p: self._root(p, dotted) for p in found}
        above = [p for p in found if roots[p] == "" or here == roots[p] or here.startswith(roots[p] + "/")]
        if top in sys.stdlib_module_names:
            above, found = [p for p in above if roots[p] == here], []
        if above:
            return max(above, key=lambda p: len(roots[p]))
        # The folder of a Lambda layer is unpacked where every function finds it.
        elsewhere = [
            p
            for p in found
            if "." in dotted
            or posixpath.basename(roots[p]) in ("src", "lib", "app", "python")
            or roots[p] in self.layers()
        ]
        if len(elsewhere) == 1:
            return elsewhere[0]
        return self._added(importer, {roots[p]: p for p in reversed(found)})

    def _added(self, importer: str, by_root: dict[str, str]) -> str | None:
        """The module in a folder that a program added to the search path: the nearest one to the importer."""
        added = [(folder, by) for folder, by in self.search_path if folder in by_root]
        if not added:
            return None
        folder, _ = max(added, key=lambda a: (a[1] == importer, len(posixpath.commonprefix([a[1], importer]))))
        return by_root[folder]

    def searching(self, added: tuple[tuple[str, str], ...]) -> None:
        """From now on, modules are looked for in these folders too, each added by a file; see search_path.py."""
        self.search_path = added
        self._modules.clear()

    def code_file(self, stem: str) -> str | None:
        """The file of code with this path but for its ending: Python's, else TypeScript's or JavaScript's."""
        for suffix in (".py", *SUFFIXES):
            if stem + suffix in self.store:
                return stem + suffix
        return None

    def by_layout(self, stem: str) -> str | None:
        """The file of code with this path but for its ending, or the one that a compiler made it of (`dist/a` of `src/a`)."""
        candidates = [stem, *(posixpath.normpath(BUILT.sub(folder, stem, count=1)) for folder in (r"\1src/", r"\1"))]
        return next((found for c in candidates if (found := self.code_file(c)) is not None), None)

    def source_of(self, path: str) -> str | None:
        """The file itself; of a file that a build makes (`dist/server.js`), the source that it is made from."""
        if path in self.store:
            return path
        if not is_script(path):
            return None
        found = self.by_layout(posixpath.splitext(path)[0])
        if found is not None or not BUILT.search(path):
            return found
        # A bundle of the package's own program.
        folder = posixpath.dirname(BUILT.split(path, maxsplit=1)[0])
        return self.store.node_modules.program(folder if folder != "." else "")

    def nearest_package(self, path: str) -> tuple[str, Mapping[str, object]]:
        """The folder and the contents of the nearest package.json upwards; empty where there is none."""
        folder = posixpath.dirname(path)
        while True:
            found = self.store.node_modules.package(folder)
            if found is not None or not folder:
                return folder, found or {}
            folder = posixpath.dirname(folder)

    def _file(self, stem: str) -> str | None:
        for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
            if candidate.lstrip("/") in self.store or candidate.lstrip("/") in self.store.examples:
                return candidate.lstrip("/")
        return None

    @staticmethod
    def _root(path: str, dotted: str) -> str:
        """The folder of the import path under which this file has that dotted name."""
        bare = path.removesuffix("/__init__.py").removesuffix(".py")
        return bare[: len(bare) - len(dotted)].rstrip("/")

    def unit_frame(self, path: str, stage: Stage | None = None) -> Frame:
        """The frame in which the parts of a unit that this file declares are looked up."""
        facts = self.store.facts(path)
        found = self.terraform.frame(path, stage) if facts is not None and facts.format == "terraform" else None
        return found if found is not None else self.document_frame(path)

    # -- global names ----------------------------------------------------------------------------------------------

    def declare(self, path: str, export: Export, frame: Frame) -> None:
        """A global name that is worked out from several files, with the frame its value is looked up in."""
        self.exports[export.kind, export.name].append((path, export))
        self._declared[id(export)] = frame

    def export_frame(self, path: str, export: Export) -> Frame:
        """The frame in which an export's value is looked up."""
        return self._declared.get(id(export)) or self.document_frame(path)

    def nearest_exports(self, kind: str, name: str, user: str) -> list[tuple[str, Export]]:
        """The definitions of a global name that lie nearest to the file that uses it; several that lie equally near
        are alternatives, such as one for each stage."""
        found = self.exports.get((kind, name), [])
        near = [len(posixpath.commonpath(["/" + path, "/" + user])) for path, _ in found]
        return sorted((e for e, n in zip(found, near, strict=True) if n == max(near)), key=lambda e: e[0])

    def layers(self) -> tuple[str, ...]:
        """The folders that Lambda layers are made of."""
        if self._layers is None:
            found = [
                posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
                for (kind, name), exports in self.exports.items()
                for path, _ in (exports if kind == "layer" else ())
            ]
            self._layers = tuple(sorted(found))
        return self._layers

    def stacks_of(self, path: str) -> list[tuple[str, Export]]:
        """The nested stacks that deploy this template, each with the path of the template that says so."""
        if self._stacks is None:
            self._stacks = defaultdict(list)
            for (kind, name), found in self.exports.items():
                for where, export in found if kind == "cfn.Stack" else ():
                    target = stacks.template(self, where, name)
                    if target is not None:
                        self._stacks[target].append((where, export))
        return self._stacks.get(path, [])

    def dotenv(self, path: str) -> str | None:
        """The nearest `.env` upwards from a file, else the nearest example of one."""
        own = (self.dotenv_in(folder) for folder in folders_above(path))
        examples = (self.example_in(folder) for folder in folders_above(path))
        return next((found for found in itertools.chain(own, examples) if found is not None), None)

    def shown_elsewhere(self, name: str) -> str | None:
        """The one example of a dotenv file that shows a variable and is nobody's own: no code lies in or below its
        folder, so that it is there for whoever runs something. None where there is none, or several that differ."""
        if self._examples is None:
            self._examples = defaultdict(list)
            code = {f for p in self.store.paths() if p.endswith((".py", *SUFFIXES)) for f in folders_above(p)}
            for path, facts in self.store.loaded():
                if facts.format == "dotenv" and is_example(path) and posixpath.dirname(path) not in code:
                    for item in facts.document.items if isinstance(facts.document, Rec) else ():
                        shown = str(getattr(item.value, "value", ""))
                        self._examples[str(getattr(item.key, "value", ""))].append((path, shown))
        found = self._examples.get(name, [])
        return min(found)[0] if len({value for _, value in found}) == 1 else None

    def shown_for(self, name: str, path: str) -> str:
        """Where several projects of a tree have dotenv files with a variable of their own: the folder of the nearest one
        upwards from a file. Empty where at most one folder has any."""
        if self._variables is None:
            self._variables = defaultdict(set)
            for where, facts in self.store.loaded():
                if facts.format == "dotenv" and isinstance(facts.document, Rec):
                    for item in facts.document.items:
                        self._variables[str(getattr(item.key, "value", ""))].add(posixpath.dirname(where))
        folders = self._variables.get(name, set())
        return next((f"{f}/" for f in folders_above(path) if f in folders), "") if len(folders) > 1 else ""

    def dotenv_in(self, folder: str) -> str | None:
        """The dotenv file of a folder that is loaded without being named."""
        return next((c for n in _LOADED if (c := posixpath.join(folder, n)) in self.store), None)

    def example_in(self, folder: str) -> str | None:
        """What shows a folder's `.env` that is kept out of the repository: its values are likely, its credentials none."""
        return next((p for p in self._shown.get(folder, ()) if not is_of_another(p)), None)

    def example_of(self, path: str) -> str | None:
        """What shows a dotenv file that is named and not in the repository: its own example, else that of its folder."""
        folder = posixpath.dirname(path)
        own = (p for p in self._shown.get(folder, ()) if p.startswith(path))
        return next(own, None) or self.example_in(folder)

    @cached_property
    def _shown(self) -> dict[str, list[str]]:
        """The examples that each folder has, the plainest name first."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted((p for p in self.store.paths() if is_example(p)), key=_rank):
            found[posixpath.dirname(path)].append(path)
        return found


def _named_after(path: str, unit: Unit) -> Unit:
    """A unit that goes by the name of its file."""
    return replace(unit, name=posixpath.basename(path).split(".", 1)[0])


def _chart_templates(store: FactsStore) -> frozenset[str]:
    charts = {posixpath.dirname(p) for p in store.paths() if posixpath.basename(p) == "Chart.yaml"}
    inside = tuple(posixpath.join(chart, "templates", "") for chart in charts)
    found = (p for p, _ in store.loaded() if inside and p.startswith(inside))
    return frozenset(p for p in found if b"{{" in (store.data(p) or b""))


def _called(script: Unit) -> str:
    """The function that a console script calls, as `package.module:function`."""
    words = script.command.items if isinstance(script.command, Seq) else ()
    return str(words[-1].value) if words and isinstance(words[-1], Lit) else ""


def imports_cdk(scope: Scope) -> bool:
    """Whether a module's top level imports CDK."""
    return any("cdk" in found.module for found in scope.imports)


@lru_cache(maxsize=4)
def _library_modules(known: Catalogue) -> frozenset[str]:
    """Top-level modules of the catalogue: always the library, even where a folder of the tree has that name."""
    names = {n.split(".", 1)[0] for table in (known.calls, known.http, known.secrets) for n in table}
    return frozenset(names | {"kfp", "pydantic", "pydantic_settings", "yaml"})
