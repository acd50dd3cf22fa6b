"""Command-line options: what a consumer's own command gives, else the default that the program declares.

argparse, click and typer. Where no command is known (a script that nobody runs here) the default is likely.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.link.frames import Context, Frame
from modelguard.link.values import Const, Made, Mapping, Outcome, Outcomes, Step, Trail, named, unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_PARSED = ("parse_args", "parse_known_args")
_TYPER = frozenset({"typer.Option()", "typer.Argument()", "cyclopts.Parameter()"})
_CLICK = frozenset({"click.option()", "click.argument()", "rich_click.option()", "asyncclick.option()"})


def parsed(resolver: Resolver, made: Made, key: str, frame: Frame) -> Outcomes | None:
    """`args.model` where `args` is what argparse made of the command line; None where `made` is something else."""
    if not is_parsed(made):
        return None
    for call, where, flags, dest in _declared(resolver, made):
        if key == dest:
            default = resolver.calls.argument(call, where, "default")
            return option(resolver, frame, flags, default, key)
    defaults = _set_defaults(resolver, made.frame, key)
    return defaults or unknown(f"`{key}` of the command line is declared elsewhere")


def _declared(resolver: Resolver, made: Made) -> Iterator[tuple[f.Call, Frame, list[str], str]]:
    """Each `add_argument` of a parser, with where it stands, its flags and the attribute that it fills."""
    for where in (made.frame, *_callers(made.frame)):
        for call in where.scope.calls:
            if isinstance(call.func, f.Get) and getattr(call.func.key, "value", "") == "add_argument":
                flags = [t for a in call.args if a.name == "" for t in resolver.texts(a.value, where)]
                named = [t for a in call.args if a.name == "dest" for t in resolver.texts(a.value, where)]
                for dest in named or [_name(flags)]:
                    yield call, where, flags, dest


_OPTION = "@option."


def as_mapping(resolver: Resolver, outcome: Outcome, at: f.Span, frame: Frame) -> Outcome | None:
    """`vars(args)`: every option that is declared, by its attribute; None where it is something else."""
    made = outcome.value
    if not (isinstance(made, Made) and is_parsed(made)):
        return None
    own = Frame(frame.path, frame.scope, frame.context, frame.outer, frame.args, frame.bound)
    keys = dict.fromkeys(dest for _, _, _, dest in _declared(resolver, made))
    # The values only travel on: code reads them where it takes them out of what they are put into.
    own.names = {**frame.names, **{f"{_OPTION}{k}": parsed(resolver, made, k, frame) or () for k in keys}}
    items = tuple(f.Item(f.Lit(k, at), f.Var(f"{_OPTION}{k}", at), at) for k in keys)
    return Outcome(Mapping(resolver.keep(f.Rec(items, at)), resolver.keep(own)), outcome.trail)


def is_parsed(made: Made) -> bool:
    """Whether something is what argparse made of a command line."""
    return made.name.startswith("argparse.") and made.name.removesuffix("()").rsplit(".", 1)[-1] in _PARSED


def _callers(frame: Frame) -> list[Frame]:
    """The frame around and those that called this one: a parser may be made in one and filled in another."""
    found: list[Frame] = []
    around = frame.outer
    while around is not None and len(found) < 5:
        found.append(around)
        around = around.outer
    return found


def _set_defaults(resolver: Resolver, frame: Frame, key: str) -> Outcomes:
    for call in frame.scope.calls:
        if isinstance(call.func, f.Get) and getattr(call.func.key, "value", "") == "set_defaults":
            for arg in call.args:
                if arg.name == key:
                    return resolver.evaluate(arg.value, frame)
    return ()


def _name(flags: list[str]) -> str:
    """The attribute or parameter that an option goes by: its first long flag."""
    plain = [f for f in flags if not f.startswith("-")]
    long = [f for f in flags if f.startswith("--")]
    return (plain or long or flags or [""])[0].lstrip("-").split("/")[0].replace("-", "_")


def declared_default(resolver: Resolver, default: Outcomes, param: f.Param, frame: Frame) -> Outcomes | None:
    """A parameter's default that typer declares (`typer.Option("x", "--model")`); None for any other default."""
    for outcome in default:
        made = outcome.value
        if isinstance(made, Made) and made.name in _TYPER:
            call, where = made.call, made.frame
            plain = [a.value for a in call.args if a.name == ""]
            flags = [t for e in plain[1:] for t in resolver.texts(e, where) if t.startswith("-")]
            flags = flags or [flag(param)]
            value = resolver.evaluate(plain[0], where) if plain else resolver.calls.argument(call, where, "default")
            return _with_variable(resolver, call, where, frame, option(resolver, frame, flags, value, param.name))
    return None


def flag(param: f.Param) -> str:
    """The flag that typer and click make of a parameter's name."""
    return f"--{param.name.replace('_', '-')}"


def is_command(scope: f.Scope, calls: tuple[f.Call, ...]) -> bool:
    """Whether a function is a command of typer or the like (`@app.command()`), whose parameters are options."""
    for decorator in scope.decorators:
        called = isinstance(decorator, f.CallRef) and decorator.index < len(calls)
        func = calls[decorator.index].func if called and isinstance(decorator, f.CallRef) else decorator
        if isinstance(func, f.Get) and getattr(func.key, "value", "") in ("command", "callback"):
            return True
    return False


_FLOWS = frozenset(
    {"prefect.flow", "flytekit.workflow", "flytekit.dynamic", "zenml.pipeline", "zenml.pipelines.pipeline"}
)


def is_flow(resolver: Resolver, frame: Frame) -> bool:
    """Whether a function is a pipeline, whose parameters are set when it is run, by their defaults where they are not."""
    return any(
        str(getattr(o.value, "name", "")).removesuffix("()") in _FLOWS
        for decorator in (frame.scope.decorators if frame.outer is not None else ())
        for o in resolver.evaluate(decorator, frame.outer)  # type: ignore[arg-type]
    )


def decorated(resolver: Resolver, param: f.Param, frame: Frame) -> Outcomes | None:
    """A parameter that click fills from an option which decorates the function; None where none does."""
    for decorator in frame.scope.decorators if frame.outer is not None else ():
        for outcome in resolver.evaluate(decorator, frame.outer):  # type: ignore[arg-type]
            made = outcome.value
            if not (isinstance(made, Made) and made.name in _CLICK):
                continue
            flags = [t for a in made.call.args if a.name == "" for t in resolver.texts(a.value, made.frame)]
            if _name(flags) == param.name:
                default = resolver.calls.argument(made.call, made.frame, "default")
                found = option(resolver, frame, flags, default, param.name)
                return _with_variable(resolver, made.call, made.frame, frame, found)
    return None


def _with_variable(resolver: Resolver, call: f.Call, where: Frame, frame: Frame, found: Outcomes) -> Outcomes:
    """`envvar="MODEL"`: the variable counts before the default."""
    from modelguard.link import environment

    names = [t for a in call.args if a.name == "envvar" for t in resolver.texts(a.value, where)]
    if len(names) != 1 or not environment.defines(resolver, frame.context, names[0]):
        return found
    read = environment.variable(resolver, names[0], where, call.at, None)
    return (*read, *weaken(found, "possible", f"only where `{names[0]}` is not set", dormant=True))


def option(resolver: Resolver, frame: Frame, flags: list[str], default: Outcomes | None, name: str) -> Outcomes:
    """What an option is for whoever runs this frame."""
    context = frame.context
    given = _given(context, [x for x in flags if x.startswith("-")])
    if given and context.unit is not None and context.unit_frame is not None:
        each = [_of_word(resolver, context, *one) for one in given]
        found = tuple(dict.fromkeys(o for outcomes in each for o in outcomes))
        if not all(isinstance(o.value, Const) and o.value.value in (None, "") for o in found):
            places = {(s.path, s.line, s.column) for o in default or () for s in o.trail[-1:]}
            resolver.overridden.setdefault(id(context), set()).update(places)
            # Commands that give the same are places of their own, each to be edited; what they give is certain.
            several = len(each) > 1 and len({o.value for o in found}) > 1
            return weaken(found, "possible", "one of the commands gives it") if several else found
    label = next((x for x in flags if x.startswith("--")), name)
    empty = default is None or all(isinstance(o.value, Const) and o.value.value is None for o in default)
    if default is None or (empty and not context.argv):
        return unknown(f"`{label}` is given on the command line") if default is None else default
    if context.argv:
        return named(default, name)
    return weaken(named(default, name), "likely", f"the default of `{label}`, which may be given on the command line")


def words(resolver: Resolver, context: Context) -> Outcomes:
    """The words of whoever's own command, each with where it stands; what a shell puts in is unknown here."""
    if context.unit is None or context.unit_frame is None:
        return ()
    plain = [(number, word) for number, word in enumerate(context.argv) if "$" not in word]
    return tuple(
        found
        for number, word in plain
        for found in _of_word(resolver, context, word.partition("=")[0].lstrip("+"), word, number)
    )


def _of_word(resolver: Resolver, context: Context, flag: str, value: str, number: int) -> Outcomes:
    """What a word of the command gives an option, and where the word stands; an empty one gives nothing."""
    from modelguard.link import shell_values

    assert context.unit is not None
    assert context.unit_frame is not None
    script = number - (len(context.argv) - len(context.places))
    origin: Trail = ()
    if script >= 0:
        path, line = context.places[script]
        # Words of one line have their places told apart by their order.
        step = Step("define", path, line, 1 + script, name=flag, value=value)
    else:
        at = context.unit.command.at if context.unit.command is not None else context.unit.at
        step = Step("define", context.unit_frame.path, at[0], at[1] + number, name=flag, value=value)
        origin = _origin(resolver, context, number)
    if "$" in value or "`" in value:
        return shell_values.put_in(resolver, context, value, step)
    return (Outcome(Const(value), (step, *origin)),)


def _origin(resolver: Resolver, context: Context, number: int) -> Trail:
    """Where a word of the command comes from, where it is put in rather than written there."""
    command = context.unit.command if context.unit is not None else None
    words = command.items if isinstance(command, f.Seq) and len(command.items) == len(context.argv) else ()
    if number >= len(words) or isinstance(words[number], f.Lit) or context.unit_frame is None:
        return ()
    outcomes = resolver.evaluate(words[number], context.unit_frame)
    trail = outcomes[0].trail if len(outcomes) == 1 else ()
    return tuple(s for s in trail if s.kind in ("define", "literal") and s.name)


def _given(context: Context, flags: list[str]) -> list[tuple[str, str, int]]:
    """The option's values in the consumer's own command: the flag that gives it, the value, the number of the word."""
    found = []
    for index, (before, word) in enumerate(pairwise(("", *context.argv))):
        written, sign, value = word.partition("=")
        if before in flags and word != "?" and not word.startswith("-"):
            found.append((before, word, index))
        elif sign and written in flags and "?" not in value:
            found.append((written, value, index))
    return found
