"""Which programs of a tree are CDK applications: what each cdk.json runs, and where there is none, what makes an `App`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from modelguard.extract.mentions import called_name
from modelguard.extract.yaml_doc import get, text
from modelguard.link import commands
from modelguard.link.forward import TESTS
from modelguard.link.program import Program, folders_above, imports_cdk
from modelguard.link.runners import Entry


def applications(program: Program) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """The folder of each cdk.json with the program that its `app` runs."""
    for path in sorted(p for p in program.store.paths() if p == "cdk.json" or p.endswith("/cdk.json")):
        facts = program.store.facts(path)
        command = text(get(facts.document if facts is not None else None, "app")) or ""
        folder = posixpath.dirname(path)
        entries: list[Entry] = []
        for target in commands.targets(["sh", "-c", command]):
            if target.file:
                found = program.source_of(posixpath.normpath(posixpath.join(folder, target.file)))
                entries += [Entry(found, main=True)] if found is not None else []
        if entries:
            yield folder, tuple(entries)
    yield from _without_json(program)


_ROOTS = ("package.json", "requirements.txt", "pyproject.toml", "Pipfile")


def _without_json(program: Program) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Programs that make an application where no cdk.json lies above them: `cdk --app` runs them, from their project."""
    for path, scope in program.code():
        if scope.name not in ("", "<main>") or TESTS.search(path):
            continue
        names = {called_name(c) for c in scope.glance().calls} & {"App"} if imports_cdk(scope) else set()
        above = [posixpath.join(folder, "cdk.json") for folder in folders_above(path)]
        if names and not any(p in program.store for p in above):
            yield _project(program, path), (Entry(path, main=True),)


def _project(program: Program, path: str) -> str:
    """The folder from which a program is run: of the nearest file that names what it needs, else its own."""
    for folder in folders_above(path):
        if any(posixpath.join(folder, name) in program.store for name in _ROOTS):
            return folder
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == "bin" else folder
