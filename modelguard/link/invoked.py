"""Programs that ask a model by themselves: GitHub actions that a step uses, and commands in scripts and containers.

The catalogue says which they are and where each takes its model and its key (`actions` and `commands` of a file in
`catalog/clients/`). Each is a call, made where it stands, whose values are what the step or the environment gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from modelguard.catalog.clients_index import Catalogue, catalogue
from modelguard.catalog.tools import Ask, Source, ToolSpec
from modelguard.extract import facts as f
from modelguard.extract.yaml_doc import text
from modelguard.link import commands, entries, environment, shell, shell_commands, shell_values, written
from modelguard.link.actions import repository
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Runner
from modelguard.link.shell_commands import Command, Word
from modelguard.link.spending import Sink
from modelguard.link.values import Const, Credential, Outcome, Outcomes, Step, Unknown, named, text_of, unknown, weaken

_MAX_SCRIPTS = 5
"""Longest chain of scripts that run each other."""
_PACKAGE_RUNNERS = frozenset({"npx", "bunx", "pnpx", "uvx", "pipx"})


def sinks(resolver: Resolver, runner: Runner) -> list[Sink]:
    """The calls that what a consumer runs makes by itself."""
    context = runner.context
    if context.unit is None or context.unit_frame is None:
        return []
    found: list[Sink] = []
    for uses in context.unit.uses:
        spec = catalogue().actions.get(repository(uses))
        if spec is not None:
            found.append(_Step(resolver, context, context.unit, context.unit_frame, uses).sink(spec))
    for path, script in _scripts(resolver.program, runner):
        for command in script:
            invoked = _invoked(command)
            if invoked is not None:
                spec, words = invoked
                found.append(_Invocation(resolver, context, path, script, command, words).sink(spec))
    return found


def asks(program: Program, path: str) -> bool:
    """Whether a shell script of the tree has a command that asks a model."""
    return any(_invoked(c) is not None for c in _commands(shell.script(program, path)))


def run_by(program: Program, runner: Runner) -> set[str]:
    """The shell scripts of the tree that a consumer's commands run."""
    return {path for path, _ in _scripts(program, runner) if shell.is_shell(path)} if runner.context.unit else set()


# -- which commands a consumer runs ------------------------------------------------------------------------------------


def _scripts(program: Program, runner: Runner) -> Iterator[tuple[str, list[Command]]]:
    """The commands of a consumer, and of the shell scripts that they run, by the file in which they stand."""
    unit = runner.context.unit
    assert unit is not None
    parts = [p for p in unit.steps if p.env is None and p.command is not None]
    if parts:
        for part in parts:
            yield from _with_scripts(program, runner.path, _of_expression(part.command), 0)
        return
    path, line = runner.runs_at
    argv = list(runner.argv)
    inner = _shell_script(argv)
    if inner is None:
        # What an image runs with the words that it is given.
        image = next((s.names[0].split() for s in catalogue().commands.values() if _runs(s, runner.image)), None)
        own = argv if image is None or _invoked(tuple(Word(w, line) for w in argv)) else [*image, *argv]
        yield from _with_scripts(program, path, [tuple(Word(w, line) for w in own)] if own else [], 0)
    else:
        yield from _with_scripts(program, path, _placed(inner, line), 0)


@lru_cache(maxsize=4)
def _words(known: Catalogue) -> re.Pattern[str]:
    """What a script must have in it to be looked at: the name of a program that asks, or of another script."""
    names = sorted({name[0] for name in known.commands})
    return re.compile(rf"\.(?:ba)?sh\b|(?:{'|'.join(map(re.escape, names))})(?=[\s@\"'])")


def _commands(script: str) -> list[Command]:
    return shell_commands.commands(script) if _words(catalogue()).search(script) else []


def _runs(spec: ToolSpec, image: str) -> bool:
    bare = re.split(r"[:@]", image)[0].removeprefix("docker.io/")
    return bool(bare) and bare in spec.images


def _shell_script(argv: list[str]) -> str | None:
    """The script of `sh -c SCRIPT`."""
    if len(argv) > 1 and argv[0].rsplit("/", 1)[-1] in ("sh", "bash", "ash", "dash") and argv[1].startswith("-"):
        return next((w for w in argv[1:] if not w.startswith("-")), None) if "c" in argv[1] else None
    return None


def _of_expression(command: f.Expr | None) -> list[Command]:
    """The commands of a step's script, with their lines in the file."""
    words = command.items if isinstance(command, f.Seq) else ()
    script = text(words[-1]) if words else None
    return _placed(script, words[-1].at[0]) if script is not None else []


def _placed(script: str, line: int) -> list[Command]:
    """The commands of a script that begins at a line; one of several lines begins below its key."""
    below = line if "\n" in script.strip() else line - 1
    return [tuple(Word(w.text, w.line + below) for w in c) for c in _commands(script)]


def _with_scripts(program: Program, path: str, found: list[Command], depth: int) -> Iterator[tuple[str, list[Command]]]:
    yield path, found
    for command in found if depth < _MAX_SCRIPTS else ():
        for target in commands.targets([w.text for w in command], entries.installed(program, path)):
            script = shell.near(program, path, target.file) if shell.is_shell(target.file) else None
            if script is not None:
                inner = _commands(shell.script(program, script))
                yield from _with_scripts(program, script, inner, depth + 1)


def _invoked(command: Command) -> tuple[ToolSpec, Command] | None:
    """The program of the catalogue that a command runs, and the words after its name."""
    words = _program(command)
    names = tuple(w.text for w in words[:2])
    if not names:
        return None
    plain = re.sub(r"(?<=.)@[^/]*\Z", "", names[0])
    first = plain if plain.startswith("@") else plain.rsplit("/", 1)[-1]
    for known in ((first, *names[1:]), (first,)):
        spec = catalogue().commands.get(known)
        if spec is not None:
            rest = words[len(known) :]
            given = {w.text.partition("=")[0] for w in rest}
            asked = not spec.when or not given.isdisjoint(spec.when)
            return (spec, rest) if asked and not (rest and rest[0].text in spec.unless) else None
    return None


def _program(command: Command) -> Command:
    """A command without what stands before its program: variables, wrappers, what fetches a package."""
    kept = commands.unwrapped([w.text for w in command])
    words = command[len(command) - len(kept) :] if kept else ()
    while words and (words[0].text in _PACKAGE_RUNNERS or re.fullmatch(r"\d+[smhd]?|-{1,2}\w[\w-]*", words[0].text)):
        words = words[1:]
    return words


# -- what a step of a job gives an action ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Step:
    """A step that uses an action."""

    resolver: Resolver
    context: Context
    unit: f.Unit
    frame: Frame
    uses: f.Expr

    def sink(self, spec: ToolSpec) -> Sink:
        """The call that the action makes."""
        name = self.unit.name if self.unit.name != self.context.name else ""
        return _sink(spec, self, self.frame, self.uses.at, name or repository(self.uses))

    def version(self) -> str:
        """The major version that is asked for (`v3` of `@v3.1.0`)."""
        return str(getattr(self.uses, "value", "")).partition("@")[2].partition(".")[0]

    def given(self, source: Source) -> Outcomes:
        """What the step has for a source; nothing where it has none."""
        if source.env:
            return environment.defines(self.resolver, self.context, source.env)
        item = next((i for i in self.unit.given if getattr(i.key, "value", None) == source.input), None)
        if item is None:
            return ()
        found = written.inside(self.resolver, item.value, self.frame, source)
        # An input that is given nothing (`${{ inputs.model || '' }}`) is left to the action.
        found = tuple(o for o in found if text_of(o.value) != "")
        return tuple(_read(o, self.frame.path, item) for o in named(found, f"with.{source.input}"))


def _read(outcome: Outcome, path: str, item: f.Item) -> Outcome:
    """The step reads, where it gives the input, what is defined elsewhere; what is written there is defined there."""
    first = next((s for s in outcome.trail if s.kind in ("define", "literal")), None)
    if first is None or (first.path == path and first.line >= item.at[0]):
        return Outcome(outcome.value, tuple(_defined(s, outcome) if s.kind == "literal" else s for s in outcome.trail))
    read = Step("read", path, *item.at, name=f"with.{getattr(item.key, 'value', '')}")
    return Outcome(outcome.value, (read, *outcome.trail))


def _defined(step: Step, outcome: Outcome) -> Step:
    value = None if isinstance(outcome.value, Credential) else text_of(outcome.value)
    return Step(
        "define", step.path, step.line, step.column, step.name, step.certainty, step.why, step.dormant, value=value
    )


# -- what a command is given -------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Invocation:
    """A command of a script: `words` are those after its program's name."""

    resolver: Resolver
    context: Context
    path: str
    script: list[Command]
    command: Command
    words: Command

    def sink(self, spec: ToolSpec) -> Sink:
        """The call that the command makes."""
        at = (self.command[0].line, 1)
        frame = self.resolver.keep(Frame(self.path, f.Scope("", "command", at), self.context, args={}))
        return _sink(spec, self, frame, at, spec.names[0])

    def version(self) -> str:
        """Which version of it runs is not known."""
        return ""

    def given(self, source: Source) -> Outcomes:
        """What the command has for a source; nothing where it has none."""
        if source.env:
            return self._variable(source.env)
        words = [w.text for w in self.words]
        if source.position is not None:
            here = self.words[source.position] if source.position < len(self.words) else None
            return self._value(here, f"{self.command[0].text}") if here and not here.text.startswith("-") else ()
        for number, word in enumerate(words):
            name, sign, value = word.partition("=")
            if name in source.options and (sign or number + 1 < len(words)):
                taken = Word(value, self.words[number].line) if sign else self.words[number + 1]
                return self._value(taken, name)
        return ()

    def _value(self, word: Word, name: str) -> Outcomes:
        column = next((n for n, w in enumerate(self.command, 1) if w is word), 1)
        at = Step("define", self.path, word.line, column, name=name, value=word.text)
        if "$" in word.text or "`" in word.text:
            known = shell_values.VARIABLE.fullmatch(word.text)
            own = self._assigned(known["plain"] or known["bare"] or known["braced"]) if known else ()
            return own or shell_values.put_in(self.resolver, self.context, word.text, at)
        return (Outcome(Const(word.text), (at,)),) if word.text not in ("", "?") else ()

    def _assigned(self, name: str | None) -> Outcomes:
        """What the script sets a variable to before this command, where that is a plain text."""
        before = self.script[: self.script.index(self.command)]
        values = [w for c in before for n, w in shell_commands.assigned(c) if n == name]
        return self._plain(values[-1], name or "") if values else ()

    def _plain(self, word: Word, name: str) -> Outcomes:
        if not word.text or "$" in word.text or "`" in word.text:
            return ()
        return (Outcome(Const(word.text), (Step("define", self.path, word.line, 1, name=name, value=word.text),)),)

    def _variable(self, name: str) -> Outcomes:
        """A variable of the environment: what stands before the command, what the script exports, what it runs in."""
        exports = [c for c in self.script if c[0].text == "export"]
        for command in (self.command, *reversed(exports)):
            for own, word in shell_commands.assigned(command):
                if own == name and name not in catalogue().credential_names:
                    return self._value(word, name)
        return environment.defines(self.resolver, self.context, name)


# -- the call ----------------------------------------------------------------------------------------------------------


def _sink(spec: ToolSpec, given: _Step | _Invocation, frame: Frame, at: f.Span, name: str) -> Sink:
    models = tuple(o for ask in spec.asks for o in _asked(ask, given, frame, at, name))
    keys = tuple(found for source in spec.credentials if (found := given.given(source)))
    tokens = tuple(o for found in keys for o in found if not _is_missing(o))
    doubtful = len(keys) > 1
    scope = f.Scope(name, "command", at)
    return Sink(
        api=spec.api,
        kind=spec.kind,
        call=given.resolver.keep(f.Call(f.Var(name, at), (), at)),
        frame=given.resolver.keep(Frame(frame.path, scope, given.context, args={})),
        models=models or unknown(f"no model is given: `{name}` takes what it takes by itself"),
        tokens=weaken(tokens, "possible", "one of the keys that it is given") if doubtful else tokens,
        proxied=True,
    )


def _is_missing(outcome: Outcome) -> bool:
    return isinstance(outcome.value, Unknown) and not outcome.trail


def _asked(ask: Ask, given: _Step | _Invocation, frame: Frame, at: f.Span, name: str) -> Outcomes:
    """One of the models: from the first source that gives any, else what is implied."""
    found = next((o for source in ask.sources if (o := given.given(source))), ())
    implied = ask.implied.get(given.version(), ask.implied.get("", ""))
    if not found and implied:
        why = f"what `{name}` takes where no model is given"
        step = Step("literal", frame.path, *at, name=name, certainty="likely", why=why, value=implied)
        found = (Outcome(Const(implied), (step,)),)
    return weaken(found, "possible", ask.only) if ask.only else found
