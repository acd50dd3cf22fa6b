"""What Step Functions hand to Lambda functions: the payload of a task, as an event of the function's handler."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract import step_functions
from modelguard.link.values import Mapping, Outcome, Outcomes

if TYPE_CHECKING:
    from modelguard.link.program import Program
    from modelguard.link.resolve import Resolver


def events(program: Program, resolver: Resolver, path: str, unit: f.Unit) -> Outcomes:
    """The events with which the state machines of the same template start a function."""
    found: list[Outcome] = []
    for where, payload in _payloads(program, path, unit.name):
        frame = program.document_frame(where)
        found += [o for o in resolver.evaluate(payload, frame) if isinstance(o.value, Mapping)]
    return tuple(found)


def _payloads(program: Program, path: str, name: str) -> Iterator[tuple[str, f.Expr]]:
    for where, machine in program.units:
        if machine.platform != step_functions.PLATFORM or where != path:
            continue
        names = {f"ref.{name}", *_substitutions(machine, name)}
        definition = machine.command.items[0] if isinstance(machine.command, f.Seq) and machine.command.items else None
        written = str(getattr(definition, "value", ""))
        file = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
        for source in (path, file):
            for scope in program.scopes(source).values() if source in program.store else ():
                for bind in scope.binds if scope.kind == step_functions.KIND else ():
                    if bind.name.removeprefix(step_functions.PAYLOAD) in names and scope.name in ("", written):
                        yield source, bind.value


def _substitutions(machine: f.Unit, name: str) -> set[str]:
    """The names under which a state machine's definition refers to a function of the template."""
    items = machine.env.items if isinstance(machine.env, f.Rec) else ()
    return {str(getattr(item.key, "value", "")) for item in items if _refers(item.value) == f"ref.{name}"}


def _refers(value: f.Expr) -> str:
    base = value.base if isinstance(value, f.Get) else value
    return base.name if isinstance(base, f.Var) else ""
