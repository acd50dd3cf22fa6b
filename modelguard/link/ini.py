"""configparser: what `config["section"]["key"]` and `config.get("section", "key")` take out of the files that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.link import files
from modelguard.link.access import elements, entry
from modelguard.link.frames import Frame
from modelguard.link.values import Elements, Listing, Made, Outcome, Outcomes, Step, through, unknown, weaken

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

PARSERS = frozenset(f"configparser.{name}()" for name in ("ConfigParser", "RawConfigParser", "SafeConfigParser"))
GETTERS = tuple(
    f"{parser}.{name}" for parser in sorted(PARSERS) for name in ("get", "getint", "getfloat", "getboolean")
)
_DEFAULT = "DEFAULT"


def section(resolver: Resolver, made: Made, name: str) -> Outcomes:
    """A section of what a parser read; empty where nothing of the tree was."""
    return tuple(o for base in _read(resolver, made) for o in entry(resolver, base, name))


def value(resolver: Resolver, call: f.Call, frame: Frame, made: Made) -> Outcomes:
    """`config.get("section", "key", fallback=…)`, read where it is asked for."""
    wanted = [text.lower() for text in resolver.calls.texts(call, frame, "option", 1)]
    sections = [name for outer in resolver.calls.texts(call, frame, "section", 0) for name in (outer, _DEFAULT)]
    bases = [base for name in sections for base in section(resolver, made, name)]
    found = [o for key in wanted for base in bases for o in entry(resolver, base, key)]
    read = Step("read", frame.path, *call.at, name=frame.scope.name)
    spare = resolver.calls.argument(call, frame, "fallback") or ()
    if not found:
        return spare or unknown("an entry of a configuration that is not in the repository")
    return (*through(tuple(found), read), *weaken(spare, "possible", "only where the entry is missing", dormant=True))


def _read(resolver: Resolver, made: Made) -> Outcomes:
    """The documents that a parser was told to read, where it is made."""
    found: list[Outcome] = []
    for call in made.frame.scope.calls:
        if called_name(call) not in ("read", "read_file") or not isinstance(call.func, f.Get):
            continue
        if not any(o.value is made or _is(o, made) for o in resolver.evaluate(call.func.base, made.frame)):
            continue
        for given in files.first(resolver, call, made.frame, "filenames", "f"):
            several = elements(resolver, given) if isinstance(given.value, (Listing, Elements)) else (given,)
            for name in several or ():
                source = files.text_file(resolver, name, made.frame) if called_name(call) == "read" else name
                found += files.document(resolver, source)
    return tuple(found)


def _is(outcome: Outcome, made: Made) -> bool:
    value = outcome.value
    return isinstance(value, Made) and value.call is made.call and value.frame is made.frame
