"""Context of a CDK application that is given on its command line: `cdk deploy -c modelId=X`, `--context modelId="$MODEL"`.

Such a command stands in a shell script, a workflow, a build's specification, a Makefile or a script of package.json; each
is looked through for it as text, so that a value's line is known within a document's script, too.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract import github_actions
from modelguard.extract.build import literal
from modelguard.extract.yaml_doc import get
from modelguard.link import shell_values
from modelguard.link.frames import DEPLOYMENT, Context, Frame
from modelguard.link.program import Program
from modelguard.link.values import Outcome, Outcomes, Step, text_of, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_FILES = re.compile(
    r"\.(?:sh|bash|mk)$|(?:^|/)(?:Makefile|justfile|package\.json|Taskfile\.ya?ml|buildspec[\w.-]*\.ya?ml|\.gitlab-ci\.yml"
    r"|azure-pipelines[\w.-]*\.ya?ml|bitbucket-pipelines\.yml)$|(?:^|/)\.github/workflows/[^/]+\.ya?ml$|(?:^|/)action\.ya?ml$"
)
_BUILD = re.compile(r"(?:^|/)buildspec[\w.-]*\.ya?ml$")
_COMMAND = re.compile(r"\bcdk\b[^\n]*")
_DEPLOYS = re.compile(r"\s(?:deploy|synth|synthesize|watch)\b")
_END = re.compile(r"&&|\|\||[;|]")
_OPTION = re.compile(
    r"(?<![\w-])(?:-c|--context)(?:=|\s+)(?P<quote>[\"']?)(?P<key>[\w@/:.-]+?)=(?P<value>\"[^\"\n]*\"|'[^'\n]*'"
    r"|(?:\$\{\{.*?\}\}|\$\{[^}\n]*\}|[^\s\"';&|,])*)"
)
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Given:
    """One `-c key=value` of a command that deploys: where it stands, and the value as it is written."""

    path: str
    line: int
    key: str
    value: str
    folder: str
    """Where its command is run, as far as the lines before it say so (`cd api`, `working-directory: api`)."""


def given(resolver: Resolver, key: str, folder: str) -> Outcomes:
    """What commands give the context `key` of the application in `folder`; nothing where none does."""
    program = resolver.program
    found = [g for g in commands(program) if g.key == key and _belongs(program, g, folder)]
    outcomes = tuple(dict.fromkeys(o for g in found for o in _value(resolver, g)))
    several = len({o.value for o in outcomes}) > 1 and len(found) > 1
    return weaken(outcomes, "possible", f"one of the commands gives the context `{key}`") if several else outcomes


def commands(program: Program) -> tuple[Given, ...]:
    """Every context that commands of the tree give; looked for once."""
    if program.cdk_context is None:
        paths = sorted(p for p in program.store.paths() if _FILES.search(p))
        program.cdk_context = tuple(g for p in paths for g in _of_file(p, program.store.data(p) or b""))
    return program.cdk_context


def _of_file(path: str, data: bytes) -> Iterator[Given]:
    if b"cdk" not in data or (b"-c" not in data):
        return
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\\n", ";").replace('\\"', '"')
    joined = text.replace("\\\n", "\x00 ")  # continued lines as one; the mark counts them
    for match in _COMMAND.finditer(joined):
        end = _END.search(match[0])
        command = match[0][: end.start()] if end else match[0]
        if not _DEPLOYS.search(command) or joined[: match.start()].rpartition("\n")[2].lstrip().startswith("#"):
            continue
        first = joined.count("\n", 0, match.start()) + joined.count("\x00", 0, match.start()) + 1
        for option in _OPTION.finditer(command.replace("\x00", " ")):
            value = option["value"]
            if option["quote"]:
                value = command.replace("\x00", " ")[option.start("value") :].partition(option["quote"])[0]
            line = first + command.count("\x00", 0, option.start())
            yield Given(path, line, option["key"], value.strip("\"'"), _folder(joined, match.start(), match.end()))


_CHANGES = re.compile(r"\bcd\s+[\"']?([\w./-]+)|working-directory:\s*[\"']?([\w./-]+)|^\s*-\s+(?:name|uses|run):", re.M)
_AFTER = re.compile(r"[^-]*?\n\s*working-directory:\s*[\"']?([\w./-]+)")
_NEAR = 3000
"""Characters before a command that are looked at for the folder in which it is run."""


def _folder(text: str, start: int, end: int) -> str:
    after = _AFTER.match(text, end, end + _NEAR)
    if after is not None:
        return after[1]
    before = list(_CHANGES.finditer(text, max(0, start - _NEAR), start))
    steps = [number for number, m in enumerate(before) if not (m[1] or m[2])]
    own = before[steps[-1] :] if steps else before
    return next((m[1] or m[2] for m in reversed(own) if m[1] or m[2]), "")


def _belongs(program: Program, one: Given, folder: str) -> bool:
    """Whether a command may deploy the application in `folder`: that of the nearest cdk.json above its file; else that of
    the folder which it changes to, where that is an application's, else any."""
    here = posixpath.dirname(one.path)
    while True:
        if posixpath.join(here, "cdk.json") in program.store:
            return here == folder
        if not here:
            break
        here = posixpath.dirname(here)
    name = posixpath.normpath(one.folder)
    others = {posixpath.dirname(p) for p in program.store.paths() if posixpath.basename(p) == "cdk.json"}
    meant = {o for o in others if one.folder and (o == name or o.endswith(f"/{name}"))}
    return folder in (meant or others)


def _value(resolver: Resolver, one: Given) -> Outcomes:
    """A value as it is where its command runs."""
    at = Step("define", one.path, one.line, 1, name=one.key)
    frame = resolver.program.document_frame(one.path)
    written = _EXPRESSION.sub(lambda m: f"${{{github_actions.variable(m[1])}}}", one.value)
    if "$" in written or "`" in written:
        found = shell_values.put_in(resolver, _context(resolver, one, written, frame), written, at)
        return tuple(_started(o, one) for o in found)
    outcomes = resolver.evaluate(resolver.keep(literal(written, (one.line, 1), one.key)), frame)
    return tuple(
        Outcome(o.value, (Step("define", one.path, one.line, 1, name=one.key, value=text_of(o.value)),))
        for o in outcomes
    )


def _started(outcome: Outcome, one: Given) -> Outcome:
    """A value from a script that is taken to start the build is likely."""
    script = next((s.path for s in outcome.trail if s.path != one.path), "")
    if not _BUILD.search(one.path) or not script.endswith((".sh", ".bash")):
        return outcome
    return weaken((outcome,), "likely", f"set in {script}, which is taken to start this build")[0]


def _context(resolver: Resolver, one: Given, written: str, frame: Frame) -> Context:
    """Whose environment a command has: the job's whose step it is, a build's own variables and what starts it sets."""
    facts = resolver.program.store.facts(one.path)
    for unit in facts.units if facts is not None else ():
        words = unit.command.items if isinstance(unit.command, f.Seq) else ()
        if any(written in str(getattr(w, "value", "")) for w in words):
            return Context(unit.name, unit, frame)
    if not _BUILD.search(one.path):
        return DEPLOYMENT
    own = get(facts.document, "env", "variables") if facts is not None else None
    layers = [(own, frame)] if own is not None else []
    return Context(DEPLOYMENT.name, layers=(*layers, *_starters(resolver.program, one.path)))


def _starters(program: Program, path: str) -> Iterator[tuple[f.Expr, Frame]]:
    """The variables of scripts that start a build by its specification."""
    name = posixpath.basename(path).encode()
    for script in sorted(p for p in program.store.paths() if p.endswith((".sh", ".bash"))):
        if name in (program.store.data(script) or b""):
            facts = program.store.facts(script)
            variables = get(facts.document, "variables") if facts is not None else None
            if isinstance(variables, f.Rec) and variables.items:
                yield variables, program.document_frame(script)
