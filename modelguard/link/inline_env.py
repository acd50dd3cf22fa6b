"""Variables that a command sets itself: `MODEL=x python run.py`, `export MODEL=x`, a line that it writes into a job's
`$GITHUB_ENV` or into a `.env` for what comes after.

What is put together from other variables is what those are in the same environment; anything else that a shell works out
is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from modelguard.extract import facts as f
from modelguard.extract.build import literal
from modelguard.extract.yaml_doc import get, text
from modelguard.link import commands, environment, shell_commands
from modelguard.link.declared import Parts
from modelguard.link.frames import Context, Frame
from modelguard.link.names import defines
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.shell_commands import Command
from modelguard.link.values import Outcomes, unknown, weaken

_LINE = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)\Z", re.S)
_WHOLE = re.compile(r"\$\{?([A-Za-z_][\w.-]*)\}?\Z")
_KEPT = re.compile(r"(?:\$\{?GITHUB_ENV\}?|(?:.*/)?\.env(?:\.\w+)?)\Z")
"""Files whose lines become variables of what runs later."""
_DEPTH = 5
Set = tuple[str, str, f.Span, str]
"""The path and name of a variable, where its value stands, and the value as written."""


def layers(
    program: Program, resolver: Resolver, path: str, unit: f.Unit, around: Iterable[f.Unit], context: Context
) -> tuple[tuple[f.Expr, Frame], ...]:
    """What a unit's command sets for what it runs, and what the other steps of its job keep for it, as a layer above its
    own variables' fallbacks; nothing where it sets none."""
    found = [*_of_command(program, path, unit.command, 0)]
    for part in around:
        found += [s for s in _of_command(program, path, part.command, 0, kept=True) if s not in found]
    if not found:
        return ()
    parts = Parts(resolver, path, unit.at)
    items = []
    for name in dict.fromkeys(n for _, n, _, _ in found):
        own = [(w, at, value) for w, n, at, value in found if n == name]
        values = tuple(o for w, at, v in own for o in defines(_value(resolver, context, v, name, (w, at)), w, at, name))
        if len({v for _, _, v in own}) > 1:
            values = weaken(values, "possible", "one of several commands that set it")
        expr = parts.expr(values)
        if expr is not None:
            items.append(f.Item(f.Lit(name, own[0][1]), expr, own[0][1]))
    return ((resolver.keep(f.Rec(tuple(items), unit.at)), parts.frame),)


def _value(resolver: Resolver, context: Context, value: str, name: str, place: tuple[str, f.Span]) -> Outcomes:
    whole = _WHOLE.match(value)
    if whole is not None and whole[1] != name:
        known = environment.defines(resolver, context, whole[1])
        return known or unknown(f"`{whole[1]}`, which is set where the command runs")
    if "$" in value or "`" in value:
        return unknown("put together by a shell")
    return resolver.evaluate(resolver.keep(literal(value, place[1], name)), resolver.program.document_frame(place[0]))


def _of_command(program: Program, path: str, command: f.Expr | None, depth: int, kept: bool = False) -> Iterator[Set]:
    """What the words of a command set; with `kept`, only what they keep for later steps."""
    words = command.items if isinstance(command, f.Seq) else ()
    script = text(words[-1]) if len(words) == 3 and text(words[1]) == "-c" else None
    if script is not None and "=" in script:
        below = words[-1].at[0] - (not _is_block(program, path, words[-1].at[0]))
        for found in shell_commands.commands(script):
            yield from _set_by(path, found, below, kept)
    if kept or depth > _DEPTH:
        return
    plain = ["sh", "-c", script] if script is not None else [text(w) or "?" for w in words]
    for target in commands.targets(plain):
        if target.script:
            yield from _of_package(program, path, target.script, depth)


def _is_block(program: Program, path: str, line: int) -> bool:
    """Whether a text begins below its line of a YAML file (`run: |`)."""
    lines = (program.store.data(path) or b"").split(b"\n", line)
    return (
        path.endswith((".yml", ".yaml"))
        and re.search(rb"[|>][+-]?\d?\s*(?:#.*)?\Z", lines[line - 1 : line][0].rstrip()) is not None
    )


def _set_by(path: str, command: Command, below: int, kept: bool) -> Iterator[Set]:
    plain = _without_loader(command)
    assigned = list(shell_commands.assigned(plain)) if not kept else []
    if plain[0].text == "export" or len(assigned) < len(plain):  # else no variable of what runs
        for name, word in assigned:
            yield path, name, (word.line + below, 1), word.text
    texts = [w.text for w in command]
    if texts[0] in ("echo", "printf") and len(texts) > 3 and texts[-2] in (">", ">>") and _KEPT.match(texts[-1]):
        for word in command[1:-2]:
            match = _LINE.match(word.text.removesuffix("\\n"))
            if match is not None:
                yield path, match["name"], (word.line + below, 1), match["value"]


def _without_loader(command: Command) -> Command:
    return command[1:] if command[0].text in ("env", "cross-env") and len(command) > 1 else command


def _of_package(program: Program, path: str, name: str, depth: int) -> Iterator[Set]:
    """What a script of the nearest package.json sets."""
    folder, _ = program.nearest_package(path)
    where = f"{folder}/package.json" if folder else "package.json"
    facts = program.store.facts(where)
    written = get(facts.document, "scripts", name) if facts is not None and facts.document is not None else None
    if written is not None and (script := text(written)) is not None:
        words = (f.Lit("sh", written.at), f.Lit("-c", written.at), f.Lit(script, written.at))
        yield from _of_command(program, where, f.Seq(words, written.at), depth + 1)
