"""The link stage as one function: a tree's facts in, what consumers reach out."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from modelguard.catalog.clients_index import catalogue
from modelguard.extract import facts as f
from modelguard.extract.node_modules import is_script
from modelguard.extract.registry import format_named
from modelguard.extract.store import FactsStore, leading_to
from modelguard.link import ambient, direct, dockers, invoked, js_served, pages, routes, web
from modelguard.link.consumers import queued, runners
from modelguard.link.entries import started as started_scripts
from modelguard.link.forward import ARGUMENT, TESTS, named_fields, selects_model
from modelguard.link.frames import UNREACHED, Context
from modelguard.link.makers import without_makers
from modelguard.link.program import Program, imports_cdk
from modelguard.link.reads import Read, Reading, all_reads
from modelguard.link.relevance import Relevance
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Entry, Runner
from modelguard.link.search_path import search_path
from modelguard.link.spending import Sink
from modelguard.link.values import Step
from modelguard.link.walk import Walk, calling
from modelguard.link.workers import Workers

_IF_SPENDING = frozenset({"console-script", "script", "dagster", "task", dockers.PLATFORM}) | pages.PLATFORMS
"""Platforms of what is so plentiful that it is a consumer only where it spends."""


@dataclass(frozen=True, eq=False)
class Linked:
    """What linking found. `scripts` are consumers too; `named` are fields that stand under a selecting key."""

    program: Program
    resolver: Resolver
    runners: tuple[Runner, ...]
    sinks: tuple[tuple[Runner | None, Sink], ...]
    reads: tuple[Read, ...]
    named: tuple[Step, ...]
    cut: tuple[Runner, ...]


def link(store: FactsStore) -> Linked:
    """Join the facts of a tree. Reads what matters of it; nothing a file says can raise out of here."""
    store.load()
    program = Program(store)
    named = named_fields(program)
    words = {s.name.rsplit(".", 1)[-1] for s in named if s.role != ARGUMENT} | _environment_names(program)
    words |= {re.split(r"[./()]", w.name.removeprefix("npm:"))[0].lstrip("@") for w in catalogue().wrappers}
    python = format_named("python")
    more = sorted(w for w in words if not python.marks(w.encode()))
    if more:
        before = sum(1 for _ in store.loaded())
        store.load(more)
        if sum(1 for _ in store.loaded()) != before:
            program = Program(store)
            named = named_fields(program)
    store.close()
    resolver = Resolver(program)
    program.searching(search_path(program, resolver))
    relevance = Relevance(program, words)
    walk = Walk(program, resolver, relevance, Reading(relevance, words))
    found = []
    for runner in runners(program, resolver):
        asked = invoked.sinks(resolver, runner)
        # What asks a model by itself is a program that is seen, though none of the tree's.
        found.append(replace(runner, problem="") if asked else runner)
        walk.walked.sinks.extend((found[-1], sink) for sink in asked)
    found += pages.runners(program, (e.path for r in found for e in r.entries))
    for scope in program.made:
        relevance.include(scope)
    for runner in found:
        walk.run(runner)
    visited = {id(v.frame.scope) for v in walk.walked.visits}
    alone = [r for r in queued(program, resolver) if not visited & walk.scopes(r)]
    for runner in alone:
        walk.run(runner)
    found += alone
    spending = {id(r) for r, _ in walk.walked.sinks}
    idle = {id(r) for r in found if r.platform == "script" and id(r) not in spending}
    followed = {e.path for r in found for e in r.entries}
    found = [r for r in found if r.platform not in _IF_SPENDING or id(r) in spending]
    scripts = _run_scripts(program, walk, found, followed)
    by_hand = direct.run(program, resolver, walk, found)
    _run_orphans(program, walk, relevance)
    sinks = ambient.set_by_programs(program, resolver, walk.walked, without_makers(walk.walked.sinks))
    known = words | _trail_names(sinks)
    reads = all_reads(resolver, Reading(relevance, known), walk.walked)
    # A shell script that spends nothing makes no field of what it gives a program.
    reads = tuple(r for r in reads if id(r.runner) not in idle)
    sinks, reads = direct.only_theirs(resolver, ambient.looked_up(sinks, reads), reads)
    return Linked(
        program=program,
        resolver=resolver,
        runners=(*found, *scripts, *by_hand),
        sinks=tuple(sinks),
        reads=reads,
        named=tuple(named),
        cut=tuple(walk.walked.cut),
    )


def _environment_names(program: Program) -> set[str]:
    """Variables that infrastructure sets and that may select a model or be a credential."""
    names = set(catalogue().credential_names)
    for _, unit in program.units:
        if isinstance(unit.env, f.Rec):
            names |= {str(i.key.value) for i in unit.env.items if isinstance(i.key, f.Lit)}
    # Settings objects call a variable by its name in lower case.
    attributes = {n.lower() for n in catalogue().credential_names}
    return {n for n in names if selects_model(n) or n.endswith(("_KEY", "_TOKEN"))} | attributes


def _trail_names(sinks: list[tuple[Runner | None, Sink]]) -> set[str]:
    outcomes = [o for _, s in sinks for o in (*s.models, *s.tokens)]
    steps = [s for o in outcomes for s in o.trail if s.kind in ("define", "literal")]
    return {s.name.rsplit(".", 1)[-1] for s in steps if s.name}


# -- scripts and code that nobody runs ---------------------------------------------------------------------------------


def _run_scripts(program: Program, walk: Walk, found: list[Runner], followed: set[str]) -> list[Runner]:
    """Modules that nobody imports, no infrastructure runs, and whose top level (or framework) reaches a call. `followed`
    are the files of all entry points, of those that spend nothing too."""
    begun = {path for path, _ in program.django_starters}  # read now, as no word of theirs is a model's
    importers = _importers(program, walk)
    # No other module can reach a call, as it must stand in something that is imported.
    spending = leading_to(importers, walk.relevance.spending)
    tops = {path for path, scope in program.code() if scope.name == "" and _starts(walk, path, scope)}
    loading = leading_to(importers, tops)
    entered = {e.path for r in found for e in r.entries} | {r.builder for r in found}
    scripts: list[Runner] = []
    # Nothing is known of the environment of any of them, so they share one: what one run shows holds for the next.
    shared = Context("script")
    engines = Workers(program, found)
    started = started_scripts(program)
    for path, scope in program.code():
        if scope.name != "" or path in entered or path.endswith("__init__.py"):
            continue
        served = routes.is_server(program, path)
        own = _is_program(program, path) or _is_served(program, path, importers.get(path, set())) or path in started
        if (path in importers and not served and not own) or routes.is_part(scope):
            continue
        if path in begun and (not path.endswith("manage.py") or not begun.isdisjoint(followed)):
            continue  # of a project's programs the one that people run, where no infrastructure runs another
        if path not in spending or _run_by_tests(program, path) or not (path in loading or walk.may_run(path)):
            continue
        if path.endswith("/__main__.py") and not followed.isdisjoint(walk.imported(path, scope)):
            continue  # `python -m package` is another name of the command that was followed
        why = "a program" if path in importers else "a module that nobody imports"
        entries = [Entry(path, main=True, why="its functions are endpoints" if served else why)]
        entries += js_served.called(program, path, "a framework calls ")
        runner = Runner(path, "script", path, 1, engines.script(path, shared), entries=tuple(entries))
        if walk.spends(runner):
            walk.run(runner)
            scripts.append(runner)
    walk.all_asked()
    return scripts


def _starts(walk: Walk, path: str, top: f.Scope) -> bool:
    """Whether loading a module may spend: by itself, or, in JavaScript, by handing functions to an application as a file of
    routes does."""
    return walk.relevance.may_spend(top) or (is_script(path) and (top in walk.relevance or walk.may_run(path)))


def _is_program(program: Program, path: str) -> bool:
    """Whether a module that others import too is run by itself: it says what to do then, and belongs to no package."""
    folder = path.rpartition("/")[0]
    package = f"{folder}/__init__.py" if folder else "__init__.py"
    return "<main>" in program.scopes(path) and package not in program.store


def _is_served(program: Program, path: str, importers: set[str]) -> bool:
    """Whether a module that others import has a web application which a server loads: none of those others serves it."""
    top = program.scopes(path).get("")
    if top is None or not web.makes_application(top):
        return False
    return not any(web.serves(program, importer) for importer in importers)


def _importers(program: Program, walk: Walk) -> dict[str, set[str]]:
    """Of each module that others import, or tell a framework to load, those others; what only tests import is run by itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for importer, scope in program.code():
        for path in walk.imported(importer, scope) if not _run_by_tests(program, importer) else ():
            if path != importer:
                found[path].add(importer)
    return dict(found)


def _run_by_tests(program: Program, path: str) -> bool:
    """Whether a test runner imports a module: one that is called like a test and is no program of its own."""
    if TESTS.search(path) is None or _is_script_called_test(program, path):
        return False
    return "/test" in f"/{path.rpartition('/')[0]}" or not program.scopes(path).get("<main>")


def _is_script_called_test(program: Program, path: str) -> bool:
    """Whether a Python file is called like a test, `test_api.py`, and has none: somebody runs it to try something out. In a
    folder of tests it may be one all the same, of a runner of its own."""
    folder, _, name = path.rpartition("/")
    if not (name.startswith("test_") and name.endswith(".py")) or not {"test", "tests"}.isdisjoint(folder.split("/")):
        return False
    return not any(s.simple_name.lower().startswith("test") for s in program.scopes(path).values() if s.name)


def _run_orphans(program: Program, walk: Walk, relevance: Relevance) -> None:
    """Relevant functions that no entry point reaches: sites without a consumer."""
    nobody = Context(UNREACHED)
    reached = {id(v.frame.scope) for v in walk.walked.visits}
    deploying = {p for p, s in program.code() if s.name == "" and imports_cdk(s)}
    left: dict[str, list[f.Scope]] = defaultdict(list)
    for path, scope in list(program.code()):
        if path in deploying:
            continue  # what it computes is for what it deploys
        if scope in relevance and id(scope) not in reached and scope.kind not in ("class",):
            left[path].append(scope)
    for path, scopes in left.items():
        together = calling(scopes, relevance.may_spend)
        walk.orphans(path, together, nobody)
        followed = {id(scope) for scope in together}
        for scope in scopes:
            if relevance.is_seed(scope) and id(scope) not in followed:
                walk.orphan(path, scope, nobody)
