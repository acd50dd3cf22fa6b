"""Jobs of workflows that start services of a Compose file: what they have in their environment is put into the file.

https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/: the shell's variables come before a
`.env` file's. The same file is started elsewhere too, so that what a job gives is one of several.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import get, items, text
from modelguard.link import shell_commands
from modelguard.link.access import entry
from modelguard.link.shell_commands import Command
from modelguard.link.values import Outcome, Outcomes, Step, weaken

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_STARTS = frozenset({"up", "run", "start", "create", "restart"})
_VALUES = frozenset({"-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory", "--scale",
                     "-e", "--env", "--timeout", "-t", "--name", "--entrypoint", "-v", "--volume", "-u", "--user"})  # fmt: skip
"""Options of `docker compose` and of what it does that take a value."""


@dataclass(frozen=True, eq=False)
class Start:
    """A step of a job that starts services of a file; of all where none is named."""

    job: str
    path: str
    env: f.Expr
    services: frozenset[str]


def given(resolver: Resolver, name: str, path: str, at: f.Span, here: Step) -> Outcomes:
    """What jobs that start a service of this file give a variable that is put in at this place."""
    program = resolver.program
    if program.compose_starts is None:
        program.compose_starts = {}
        for file, start in _starts(program):
            program.compose_starts.setdefault(file, []).append(start)
    found: list[Outcome] = []
    for start in program.compose_starts.get(path, ()):
        if start.services and _service(program, path, at) not in start.services:
            continue
        for base in resolver.evaluate(start.env, program.unit_frame(start.path)):
            outcomes = weaken(entry(resolver, base, name), "possible", f"where the job `{start.job}` starts it")
            found += [Outcome(o.value, (here, *o.trail)) for o in outcomes]
    return tuple(dict.fromkeys(found))


def _starts(program: Program) -> Iterator[tuple[str, Start]]:
    for path, unit in program.units:
        for part in unit.steps if unit.platform == "github-actions" else ():
            words = part.command.items if isinstance(part.command, f.Seq) else ()
            script = text(words[-1]) if words else None
            env = part.env if part.env is not None else unit.env
            if script is None or "compose" not in script or env is None:
                continue
            folder = ""
            for command in shell_commands.commands(script):
                if command[0].text == "cd" and len(command) > 1:
                    folder = posixpath.normpath(posixpath.join(folder, command[1].text))
                for file, services in _started(program, command, folder):
                    yield file, Start(unit.name, path, env, services)


def _started(program: Program, command: Command, folder: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The Compose files of the tree whose services a command starts, with those services and all that they need."""
    words = [w.text for w in command]
    while words and (words[0] == "sudo" or "=" in words[0]):
        del words[0]
    if words[:2] == ["docker", "compose"]:
        words = words[2:]
    elif words[:1] == ["docker-compose"]:
        words = words[1:]
    else:
        return
    plain: list[str] = []
    files: list[str] = []
    before = ""
    for word in words:
        if before in ("-f", "--file"):
            files.append(word)
        elif word.startswith(("--file=", "-f=")):
            files.append(word.partition("=")[2])
        elif not word.startswith("-") and before not in _VALUES:
            plain.append(word)
        before = word
    if not plain or plain[0] not in _STARTS:
        return
    named = plain[1:2] if plain[0] == "run" else plain[1:]
    for file in files or _default(program, folder):
        path = posixpath.normpath(posixpath.join(folder, file)).lstrip("/")
        if path in program.store:
            yield path, frozenset(_needed(program, path, named))


def _default(program: Program, folder: str) -> list[str]:
    """The file that is taken where none is named: in the folder, else the only one of the tree."""
    beside = [n for n in _NAMES if posixpath.normpath(posixpath.join(folder, n)) in program.store]
    if beside:
        return beside[:1]
    found = {p for p, u in program.units if u.platform == "compose" and posixpath.basename(p) in _NAMES}
    return [posixpath.relpath(found.pop(), folder or ".")] if len(found) == 1 else []


def _needed(program: Program, path: str, services: list[str]) -> Iterator[str]:
    """Services with those that they depend on."""
    facts = program.store.facts(path)
    table = get(facts.document, "services") if facts is not None and facts.document is not None else None
    todo, seen = list(services), set[str]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        needs = get(table, name, "depends_on")
        entries = needs.items if isinstance(needs, f.Rec) else ()
        todo += [str(i.key.value) for i in entries if isinstance(i.key, f.Lit)]
        todo += [t for i in items(needs) if (t := text(i)) is not None]


def _service(program: Program, path: str, at: f.Span) -> str:
    """The service in which a place of a Compose file stands."""
    above = [(u.at[0], u.name) for p, u in program.units if p == path and u.at[0] <= at[0]]
    return max(above, default=(0, ""))[1]
