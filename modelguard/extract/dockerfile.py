"""Dockerfiles: what the last stage runs, in which folder, with which variables, made from which files.

Format: https://docs.docker.com/reference/dockerfile/. Nothing is built: what RUN does is not seen.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field

from modelguard.extract.build import literal
from modelguard.extract.facts import Expr, Facts, Item, Lit, Opaque, Rec, Seq, Span

NAME = "dockerfile"
MAX_LINES = 20_000
MAX_STAGES = 50
"""Beyond these nothing is read: a stage takes over all of the one it starts from, so stages of stages multiply."""
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.S)
_HEREDOC = re.compile(r"<<-?\s*[\"']?([A-Za-z_]\w*)[\"']?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")


@dataclass
class _Stage:
    """One FROM and what follows it."""

    name: str = ""
    base: str = ""
    env: dict[str, Item] = field(default_factory=dict)
    args: dict[str, str] = field(default_factory=dict)
    of_args: dict[str, Lit] = field(default_factory=dict)
    """Of each variable that is a build argument's value, that argument."""
    workdir: str = "/"
    copies: list[Expr] = field(default_factory=list)
    command: Expr | None = None
    entrypoint: Expr | None = None

    def inherited(self, name: str) -> _Stage:
        """A stage that starts from this one."""
        return _Stage(
            name,
            self.base,
            dict(self.env),
            {},
            dict(self.of_args),
            self.workdir,
            list(self.copies),
            self.command,
            self.entrypoint,
        )


def extract(data: bytes) -> Facts:
    """Facts of one Dockerfile: `document` maps its stages to what each one comes to, the last also under `""`."""
    stages: dict[str, _Stage] = {}
    current: _Stage | None = None
    lines = data.decode("utf-8-sig", "replace").splitlines()
    if len(lines) > MAX_LINES:
        return Facts(NAME, problem=f"more than {MAX_LINES:,} lines", problem_line=MAX_LINES + 1)
    for line, instruction, rest in _instructions(lines):
        if instruction == "FROM":
            if len(stages) >= MAX_STAGES:
                return Facts(NAME, problem=f"more than {MAX_STAGES} stages", problem_line=line)
            words = [w for w in rest.split() if not w.startswith("--")]
            name = words[2] if len(words) == 3 and words[1].lower() == "as" else str(len(stages))
            base = stages.get(words[0]) if words else None
            current = base.inherited(name) if base is not None else _first(name, words[0] if words else "")
            stages[name] = current
        elif current is not None:
            _apply(current, instruction, rest, (line, 1))
    entries = [Item(Lit(n, (1, 1)), _record(s), (1, 1)) for n, s in stages.items()]
    if current is not None:
        entries.append(Item(Lit("", (1, 1)), _record(current), (1, 1)))
    return Facts(NAME, Rec(tuple(entries), (1, 1)))


LAMBDA = re.compile(r"(?:^|/)(?:lambda/|aws-lambda-)(?:python|nodejs|provided|java|dotnet|ruby|go)\b|/sam/build-")
"""Base images of AWS Lambda, of which https://docs.aws.amazon.com/lambda/latest/dg/images-create.html says: the command is a
handler, and the code lies in LAMBDA_TASK_ROOT."""


def _first(name: str, base: str) -> _Stage:
    """A stage that starts from an image from elsewhere."""
    if LAMBDA.search(base) is None:
        return _Stage(name, base)
    return _Stage(name, base, args={"LAMBDA_TASK_ROOT": "/var/task"}, workdir="/var/task")


def _instructions(lines: list[str]) -> list[tuple[int, str, str]]:
    """(line, instruction, rest) with continuation lines joined, comments and here-documents left out."""
    found: list[tuple[int, str, str]] = []
    number = 0
    while number < len(lines):
        start, parts = number, [lines[number]]
        number += 1
        if not parts[0].strip() or parts[0].lstrip().startswith("#"):
            continue
        while parts[-1].rstrip().endswith("\\") and number < len(lines):
            if not lines[number].lstrip().startswith("#"):
                parts[-1] = parts[-1].rstrip()[:-1]
                parts.append(lines[number])
            number += 1
        whole = "\n".join(parts)
        for end in _HEREDOC.findall(whole):
            while number < len(lines) and lines[number].strip() != end:
                number += 1
            number += 1
        match = _INSTRUCTION.match(whole)
        if match:
            found.append((start + 1, match[1].upper(), match[2].strip()))
    return found


def _apply(stage: _Stage, instruction: str, rest: str, at: Span) -> None:
    if instruction == "ARG":
        name, _, value = rest.partition("=")
        stage.args[name.strip()] = value.strip().strip("\"'") or stage.args.get(name.strip(), "")
    elif instruction == "ENV":
        for offset, name, value in _assignments(rest):
            place = (at[0] + offset, 1)
            stage.env[name] = Item(Lit(name, place), _value(stage, value, place, name), place)
            whole = _VARIABLE.fullmatch(value)
            stage.of_args.pop(name, None)
            if whole is not None and (argument := whole[1] or whole[3]) in stage.args:
                stage.of_args[name] = Lit(argument, place)
    elif instruction == "WORKDIR":
        path = _plain(stage, rest.strip("\"'"))
        stage.workdir = path if path.startswith("/") else f"{stage.workdir.rstrip('/')}/{path}"
    elif instruction in ("COPY", "ADD"):
        words = _listed(rest, at) or tuple(Lit(w, at) for w in rest.split())
        if not any(isinstance(w, Lit) and str(w.value).startswith("--from") for w in words):
            kept = [w for w in words if isinstance(w, Lit) and not str(w.value).startswith("--")]
            target = [Lit(_plain(stage, str(w.value)), at) for w in kept]
            stage.copies.append(Seq((*target, Lit(stage.workdir, at)), at))
    elif instruction == "CMD":
        stage.command = _command(rest, at)
    elif instruction == "ENTRYPOINT":
        stage.entrypoint = _command(rest, at)
        stage.command = None


def _assignments(rest: str) -> list[tuple[int, str, str]]:
    """(line offset, name, value) of `ENV A=1 B="2 3"` and of the old `ENV A 1 2`."""
    first = rest.split(None, 1)
    if first and "=" not in first[0]:
        return [(0, first[0], first[1] if len(first) > 1 else "")]
    found = []
    for match in re.finditer(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)""", rest):
        found.append((rest[: match.start()].count("\n"), match[1], match[2].strip("\"'")))
    return found


def _value(stage: _Stage, value: str, at: Span, name: str) -> Expr:
    if "$" not in value:
        return literal(value, at, name)
    known = _plain(stage, value)
    return literal(known, at, name) if "$" not in known else Opaque("given when the image is built", at)


def _plain(stage: _Stage, value: str) -> str:
    """A text with the stage's own variables put in; unknown ones stay."""

    def known(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        item = stage.env.get(name)
        if item is not None and isinstance(item.value, Lit):
            return str(item.value.value)
        return stage.args.get(name) or match[2] or match[0]

    return _VARIABLE.sub(known, value)


def _listed(rest: str, at: Span) -> tuple[Expr, ...] | None:
    if not rest.lstrip().startswith("["):
        return None
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    return tuple(Lit(w, at) for w in words if isinstance(w, str)) if isinstance(words, list) else None


def _command(rest: str, at: Span) -> Expr:
    """The exec form as its words, the shell form as `sh -c …`."""
    words = _listed(rest, at)
    if words is not None:
        return Seq(words, at)
    try:
        return Seq(tuple(Lit(w, at) for w in ("sh", "-c", shlex.join(shlex.split(rest, comments=False)))), at)
    except ValueError:
        return Seq((Lit("sh", at), Lit("-c", at), Lit(rest, at)), at)


def _record(stage: _Stage) -> Rec:
    at = (1, 1)
    parts: dict[str, Expr | None] = {
        "env": Rec(tuple(stage.env.values()), at),
        "of_args": Rec(tuple(Item(Lit(n, a.at), a, a.at) for n, a in stage.of_args.items()), at),
        "base": Lit(stage.base, at),
        "workdir": Lit(stage.workdir, at),
        "copies": Seq(tuple(stage.copies), at),
        "entrypoint": stage.entrypoint,
        "command": stage.command,
    }
    return Rec(tuple(Item(Lit(k, v.at), v, v.at) for k, v in parts.items() if v is not None), at)
