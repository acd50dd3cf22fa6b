"""Shell scripts that a consumer's command runs: the programs in them, the variables they set, the words they give."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from modelguard.extract import facts as f
from modelguard.extract.words import split
from modelguard.extract.yaml_doc import get, text
from modelguard.link import commands
from modelguard.link.forward import TESTS, selects_model
from modelguard.link.frames import Frame
from modelguard.link.program import Program
from modelguard.link.runners import Entry
from modelguard.link.values import weakest

_MAX_SCRIPTS = 5
"""Longest chain of scripts that run each other."""
_CHOOSES = re.compile(r"(?m)^\s*case\b")
_SUPERVISOR = re.compile(r"\.(?:conf|ini)\Z")


def is_shell(path: str) -> bool:
    """Whether a path is a shell script's."""
    return commands.SCRIPTS.search(path) is not None


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command in a script, with the line that it stands in."""

    text: str
    path: str
    line: int


def script(program: Program, path: str) -> str:
    """The commands of a script of the tree; empty where there is none, or where it is too long to be read."""
    facts = program.store.facts(path) if is_shell(path) else None
    return (text(get(facts.document, "script")) or "") if facts is not None and facts.document is not None else ""


def expanded(
    program: Program,
    entries: list[Entry],
    locate: Callable[[commands.Target], list[Entry]],
    installed: commands.Installed,
    depth: int = 0,
) -> list[Entry]:
    """Entries with what the shell scripts among them run; a script with Python inside stays an entry as well.

    Where a script chooses by its arguments what it runs (`case`), each program is possible.
    """
    found: list[Entry] = []
    for entry in entries:
        if _SUPERVISOR.search(entry.path):
            started = [e for t in _supervised(program, entry.path, installed) for e in locate(t)]
            found += [replace(e, why=f"{entry.why}, which {e.why}") for e in started]
            continue
        if not is_shell(entry.path):
            found.append(entry)
            continue
        if program.scopes(entry.path):
            found.append(replace(entry, main=True, function="", script=entry.path))
        commanded = _joined(script(program, entry.path))
        targets = commands.targets(["sh", "-c", commanded], installed)
        inner = [e for t in targets for e in locate(t)] if depth < _MAX_SCRIPTS else []
        chooses = len(inner) > 1 and _CHOOSES.search(commanded) is not None
        for one in expanded(program, inner, locate, installed, depth + 1):
            why = f"{entry.why}, which {one.why}" + (", depending on its arguments" if chooses else "")
            certainty = "possible" if chooses else weakest(one.certainty, entry.certainty)
            found.append(replace(one, why=why, script=one.script or entry.path, certainty=certainty))
    return list(dict.fromkeys(found))


def _supervised(program: Program, path: str, installed: commands.Installed) -> Iterator[commands.Target]:
    """What supervisord starts: the command of each `[program:…]` of its configuration."""
    facts = program.store.facts(path)
    sections = facts.document.items if facts is not None and isinstance(facts.document, f.Rec) else ()
    for section in sections:
        written = text(get(section.value, "command"))
        if str(getattr(section.key, "value", "")).startswith("program:") and written:
            yield from commands.targets(["sh", "-c", written], installed)


def layers(program: Program, scripts: Iterable[str]) -> Iterator[tuple[f.Expr, Frame]]:
    """The variables that scripts export to what they run."""
    for path in scripts:
        facts = program.store.facts(path)
        env = get(facts.document, "env") if facts is not None and facts.document is not None else None
        if isinstance(env, f.Rec) and env.items:
            yield env, program.document_frame(path)


def words(program: Program, path: str) -> tuple[Word, ...]:
    """The words of all commands of a script, with its variables as they are written. What is put together for a later
    command (`ARGS="$ARGS --model $MODEL"`, `ARGS+=(--model x)`) is words as well."""
    found: list[Word] = []
    number = 1
    for line in _joined(script(program, path), keep_lines=True).split("\n"):
        place = number
        for part in split(line.replace("\x00", " "), comments=True):
            at = place + _offset(line, part)
            found += [Word(word, path, at) for word in _gathered(part)]
        number += 1 + line.count("\x00")
    return tuple(found)


_GATHERS = re.compile(r"\w+\+?=(?:\(|(?=.*(?:^|\s)-))", re.S)


def _gathered(word: str) -> list[str]:
    """The words of what is assigned, where those are options of a command that is still to come."""
    # The end of an array; `--model)` is the pattern of a `case`.
    ends = word.endswith(")") and word.count(")") > word.count("(") and not word.startswith("-")
    plain = word[:-1] if ends else word
    gathers = _GATHERS.match(plain)
    if gathers is None:
        return [plain]
    return split(plain[gathers.end() :].removesuffix(")"))


def _offset(line: str, word: str) -> int:
    """How many lines below the first one of a continued command a word stands."""
    place = line.find(word)
    return line.count("\x00", 0, place) if place > 0 else 0


def _joined(script: str, keep_lines: bool = False) -> str:
    """A script with its continued lines as one; with `keep_lines`, a mark stands where each went on."""
    return script.replace("\\\n", "\x00" if keep_lines else " ")


def overriding(program: Program, entered: frozenset[str]) -> Iterator[f.Unit]:
    """Scripts that nothing runs and that say which model a program is to use, by an option or a variable: each is a
    consumer of its own, with values of its own."""
    for path in free(program, entered):
        if any(_selects(w.text) for w in words(program, path)):
            yield unit(path)


def free(program: Program, entered: frozenset[str]) -> Iterator[str]:
    """The shell scripts that nothing runs and that are no tests."""
    for path, facts in program.store.loaded():
        if facts.format == "shell" and path not in entered and not TESTS.search(path):
            yield path


def unit(path: str) -> f.Unit:
    """A shell script as something that runs."""
    at = (1, 1)
    return f.Unit(path, "script", at, command=f.Seq((f.Lit("bash", at), f.Lit(path, at)), at))


def _selects(word: str) -> bool:
    name, sign, value = word.partition("=")
    return (word.startswith("--") or bool(sign and value)) and selects_model(name.lstrip("-"))


def near(program: Program, path: str, name: str) -> str | None:
    """The script of the tree that a command names, as seen from the folder of `path` and from those above."""
    plain = posixpath.normpath(name).lstrip("/")
    folder = posixpath.dirname(path)
    while True:
        candidate = posixpath.normpath(posixpath.join(folder, plain))
        if candidate in program.store:
            return candidate
        if not folder:
            break
        folder = posixpath.dirname(folder)
    base = posixpath.basename(plain)
    found = [p for p in program.store.paths() if posixpath.basename(p) == base and is_shell(p)]
    return found[0] if len(found) == 1 else None
