"""Names to what they stand for: Python's scopes and imports, Terraform's addresses."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from modelguard.extract import facts as f
from modelguard.extract.mentions import called_name
from modelguard.extract.terraform import TERRAGRUNT
from modelguard.link import dagster, django, hydra, node, objects, options, sam, stacks
from modelguard.link.access import STAGED, element_keys, elements, entry, staged
from modelguard.link.frames import Folder, Frame
from modelguard.link.values import (
    SCALARS,
    Class,
    Const,
    Elements,
    External,
    Function,
    Mapping,
    Merged,
    Module,
    Outcome,
    Outcomes,
    RepoPath,
    Step,
    Unknown,
    named,
    text_of,
    through,
    unknown,
    weaken,
)

if TYPE_CHECKING:
    from modelguard.link.resolve import Resolver

_BUILTINS = frozenset(
    [
        "open",
        "str",
        "int",
        "float",
        "bool",
        "dict",
        "list",
        "tuple",
        "set",
        "frozenset",
        "getattr",
        "setattr",
        "isinstance",
        "len",
        "print",
        "next",
        "iter",
        "zip",
        "map",
        "filter",
        "sorted",
        "reversed",
        "enumerate",
        "super",
        "type",
        "vars",
        "any",
        "all",
        "min",
        "max",
        "range",
        "sum",
        "repr",
        "format",
        "property",
        "staticmethod",
        "classmethod",
    ]
)


# -- Python --------------------------------------------------------------------------------------------------------


def code(resolver: Resolver, expr: f.Var, frame: Frame) -> Outcomes:
    """A name by Python's rules: this scope, the functions around it, the module, star imports, builtins."""
    if expr.name in frame.names:
        return frame.names[expr.name]
    here: Frame | None = frame
    while here is not None:
        found = _in_scope(resolver, expr, here)
        if found is not None:
            binds = resolver.program.binds(here.scope).get(expr.name, ())
            imported_here = any(isinstance(_origin(b.value), f.Import) for b in binds)
            return constant_read(found, expr, frame, here, imported_here)
        here = here.outer
    if frame.scope.kind != "main" and "<main>" in resolver.program.scopes(frame.path):
        main = resolver.program.module_frame(frame.path, frame.context, "<main>")
        if main is not None and expr.name in resolver.program.binds(main.scope):
            return _in_scope(resolver, expr, main) or ()
    if frame.script:
        known = node.global_name(expr.name, frame) or _starred(resolver, expr, frame)
        return known if known is not None else unknown(f"the name `{expr.name}` is defined nowhere in the file")
    if expr.name == "__file__":
        return (Outcome(RepoPath(frame.path)),)
    if expr.name == "__name__":
        return (Outcome(Const("__main__" if frame.scope.kind == "main" else frame.path.removesuffix(".py"))),)
    if expr.name in _BUILTINS:
        return (Outcome(External(f"builtins.{expr.name}")),)
    starred = _starred(resolver, expr, frame)
    return starred if starred is not None else unknown(f"the name `{expr.name}` is defined nowhere in the file")


def _origin(value: f.Expr) -> f.Expr:
    """What a name is bound to; of `const { model } = require("./config")` the module."""
    return value.base if isinstance(value, f.Get) else value


def constant_read(outcomes: Outcomes, expr: f.Var, frame: Frame, defined: Frame, imported: bool = False) -> Outcomes:
    """A use of another module's constant is where code reads it, also where that module took it from elsewhere.

    `imported`: the name is an import's, so that what lies between the use and the other module is only that import.
    """
    if _is_argument(defined, expr.name):
        return outcomes
    step = Step("read", frame.path, *expr.at, name=frame.scope.name)
    return tuple(Outcome(o.value, (step, *o.trail)) if _from_elsewhere(o, frame, imported) else o for o in outcomes)


def member_read(resolver: Resolver, outcome: Outcome, expr: f.Get, frame: Frame, base: Outcome) -> Outcome:
    """What a script takes out of an object that it imports (`config.llm.model`) is read where it takes it."""
    value = base.value.parts[-1] if isinstance(base.value, Merged) and base.value.parts else base.value
    if not frame.script or not isinstance(value, Mapping) or value.frame.path == frame.path:
        return outcome
    if not _from_elsewhere(outcome, frame, True):
        return outcome
    root: f.Expr = expr
    while isinstance(root, f.Get):
        root = root.base
    step = Step("read", frame.path, *expr.at, name=frame.scope.name)
    if isinstance(root, f.Var) and _is_made_configuration(resolver, root, frame):
        return Outcome(outcome.value, (step, *outcome.trail))
    if value.frame.scope.kind != "module":
        return outcome
    top = resolver.program.scopes(frame.path).get("")
    if not isinstance(root, f.Var) or top is None or _is_argument(frame, root.name):
        return outcome
    binds = resolver.program.binds(top).get(root.name, ())
    if not any(isinstance(bind.value, f.Import) for bind in binds):
        return outcome
    return Outcome(outcome.value, (step, *outcome.trail))


def _is_made_configuration(resolver: Resolver, name: f.Var, frame: Frame) -> bool:
    """Whether a local name is given what a function gives that is called after configuration: `const c = getConfig(env)`."""
    binds = resolver.program.binds(frame.scope).get(name.name, ())
    made = [b.value for b in binds if isinstance(b.value, f.CallRef) and b.value.index < len(frame.scope.calls)]
    return any(_CONFIGURING.search(called_name(frame.scope.calls[m.index])) for m in made)


_CONFIGURING = re.compile(r"(?i)config|settings|env(?:ironment|s)?(?:$|[A-Z])")


def _from_elsewhere(outcome: Outcome, frame: Frame, imported: bool) -> bool:
    steps = [s for s in outcome.trail if s.kind != "pass"] if imported else outcome.trail
    first = steps[0] if steps else None
    if first is None or not isinstance(outcome.value, SCALARS):
        return False
    return first.kind in ("literal", "read") and first.path != frame.path


def _is_argument(frame: Frame, name: str) -> bool:
    return any(p.name == name for p in frame.scope.params)


def _in_scope(resolver: Resolver, expr: f.Var, frame: Frame) -> Outcomes | None:
    binds = resolver.program.binds(frame.scope).get(expr.name)
    if binds:
        outcomes = tuple(o for bind in binds for o in bound(resolver, bind, frame))
        stored = _stored_globals(resolver, expr.name, frame)
        return outcomes + stored
    given = expr.name.removesuffix("#0")
    for param in frame.scope.params:
        if param.name == given:
            return parameter(resolver, param, frame)
    return None


def bound(resolver: Resolver, bind: f.Bind, frame: Frame) -> Outcomes:
    """What a definition in a scope gives; a literal takes the definition's name."""
    plain = bind.name.split("#", 1)[0]
    if isinstance(bind.value, f.Op) and bind.value.name == "declared":
        return ()
    name = f"{frame.scope.name}.{plain}" if frame.scope.name not in ("", "<main>") else plain
    outcomes = named(resolver.evaluate(bind.value, frame), name)
    told = bind.annotation is not None and frame.scope.kind != "class"
    if told and all(isinstance(o.value, (External, Unknown)) for o in outcomes):
        # What a library gave is told by the annotation, if by anything.
        outcomes = objects.from_annotation(resolver, bind.annotation, frame) or outcomes
    return through(outcomes, Step("pass", frame.path, *bind.at, name=plain)) if frame.format == "code" else outcomes


def _stored_globals(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    """What functions assign to a module's name with `global`."""
    if frame.scope.kind != "module":
        return ()
    outcomes: list[Outcome] = []
    for scope in resolver.program.setting_globals(frame.path):
        for store in scope.stores:
            target = store.base
            if isinstance(target, f.Closure) and target.scope == "" and getattr(store.key, "value", None) == name:
                inner = _global_frame(resolver, scope, frame)
                outcomes.extend(named(resolver.evaluate(store.value, inner), name))
    return tuple(outcomes)


def _global_frame(resolver: Resolver, scope: f.Scope, module: Frame) -> Frame:
    """A function that sets a global, called by nobody in particular."""
    key = f"global:{id(scope)}:{id(module)}"
    if key not in resolver.frames:
        resolver.frames[key] = Frame(module.path, scope, module.context, outer=module)
    return resolver.frames[key]


def _spared(resolver: Resolver, param: f.Param, label: str, frame: Frame) -> Outcomes:
    """The default of a parameter where it is not known whether it is given."""
    own = resolver.evaluate(param.default, frame.outer) if param.default is not None and frame.outer is not None else ()
    return weaken(named(own, label), "possible", UNLESS_HANDED)


UNLESS_HANDED = "unless the mapping that is handed on has it, of which nothing is known"


def parameter(resolver: Resolver, param: f.Param, frame: Frame) -> Outcomes:
    """What a parameter is in this activation: the argument, else the default, else what its annotation tells."""
    label = f"{frame.scope.name}.{param.name}"
    frame.consult(param.name)
    if frame.bound is not None and frame.scope.params[0] is param and not (frame.args and param.name in frame.args):
        return (Outcome(frame.bound),)
    if frame.args is not None and param.name in frame.args and not _is_undefined(resolver, param, frame):
        argument = frame.args[param.name]
        if argument.expr is None or argument.frame is None:
            return argument.known + (_spared(resolver, param, label, frame) if argument.perhaps else ())
        outcomes = named(resolver.known_or(argument.expr, argument.frame, "an argument that refers to itself"), label)
        if all(isinstance(o.value, (External, Unknown)) for o in outcomes):
            # What a library gave is told by the annotation, if by anything.
            outcomes += objects.from_annotation(resolver, param.annotation, frame)
        if frame.caller is not None:
            caller, call = frame.caller
            outcomes = through(outcomes, Step("pass", caller.path, *call.at, name=param.name))
        return outcomes
    outcomes = ()
    if param.default is not None and frame.args is None and options.is_flow(resolver, frame):
        own = named(resolver.evaluate(param.default, frame.outer or frame), label)
        return weaken(own, "likely", "its default, which a run may set")
    if param.default is not None and frame.outer is not None:
        plain = resolver.evaluate(param.default, frame.outer)
        chosen = options.declared_default(resolver, plain, param, frame)
        if chosen is not None:
            return named(chosen, label)
        if frame.args is None and options.is_command(frame.scope, frame.outer.scope.calls):
            return named(options.option(resolver, frame, [options.flag(param)], plain, param.name), label)
        outcomes = named(plain, label)
        if frame.args is not None:
            return outcomes
    called = frame.caller[1].args if frame.args is not None and frame.caller is not None else None
    if frame.script and called is not None and not any(a.name == "*" for a in called):
        return node.UNDEFINED
    chosen = options.decorated(resolver, param, frame)
    if chosen is not None:
        return named(chosen, label)
    handed = dagster.resource(resolver, param, frame) or dagster.run_config(resolver, param, frame)
    handed = handed or hydra.decorated(resolver, param, frame)
    typed = handed or objects.from_annotation(resolver, param.annotation, frame)
    if typed:
        return outcomes + typed
    reason = f"parameter `{param.name}` of `{frame.scope.name}` comes from a caller that is not known"
    return outcomes + unknown(reason, (Step("pass", frame.path, *param.at, name=param.name),))


def _is_undefined(resolver: Resolver, param: f.Param, frame: Frame) -> bool:
    """Whether JavaScript takes a parameter's default, as it does where it is given `undefined`."""
    if not frame.script or param.default is None or frame.args is None:
        return False
    argument = frame.args[param.name]
    known = argument.known
    if argument.expr is not None and argument.frame is not None:
        known = resolver.evaluate(argument.expr, argument.frame)
    return bool(known) and all(isinstance(o.value, Const) and o.value.value is None for o in known)


def closure(resolver: Resolver, name: str, frame: Frame) -> Outcomes:
    """The function or class of this name in the frame's file."""
    scope = resolver.program.scopes(frame.path).get(name)
    if scope is None:
        return unknown(f"`{name}` is not in this file")
    if scope.kind == "class":
        return (Outcome(Class(frame.path, scope, frame)),)
    outer: Frame | None = frame
    while outer is not None and outer.scope.kind == "class":
        outer = outer.outer
    return (Outcome(Function(frame.path, scope, outer or frame)),)


def imported(resolver: Resolver, expr: f.Import, frame: Frame) -> Outcomes:
    """A module of the tree, a name in one, or something of a library by its full name."""
    program = resolver.program
    if frame.script:
        return node.imported(resolver, expr, frame)
    if (expr.module, expr.name) == ("django.conf", "settings"):
        found_settings = django.settings(resolver, frame)
        if found_settings is not None:
            return (Outcome(Module(found_settings)),)
    path = program.module(frame.path, expr.module, expr.level)
    if not expr.name:
        return (Outcome(Module(path) if path else External(expr.module)),)
    if path is not None:
        found = member(resolver, path, expr.name, frame)
        if found is not None:
            return found
    inner = program.module(frame.path, f"{expr.module}.{expr.name}".strip("."), expr.level)
    if inner is not None:
        return (Outcome(Module(inner)),)
    if path is not None or expr.level:
        return unknown(f"`{expr.name}` is not defined in `{expr.module or '.'}`")
    return (Outcome(External(f"{expr.module}.{expr.name}")),)


def member(resolver: Resolver, path: str, name: str, user: Frame) -> Outcomes | None:
    """A top-level name of a module as the user's context runs it, or None where it has no such name."""
    frame = resolver.program.module_frame(path, user.context)
    if frame is None:
        return None
    found = _in_scope(resolver, f.Var(name, (1, 1)), frame)
    if found is not None and resolver.program.store.shows(path):
        return weaken(found, "likely", f"`{posixpath.basename(path)}` shows what is to be there")
    return found if found is not None else _starred(resolver, f.Var(name, (1, 1)), frame)


def _starred(resolver: Resolver, expr: f.Var, frame: Frame) -> Outcomes | None:
    """A name that comes in through `from x import *`, or without any import."""
    program = resolver.program
    unimported = program.used_unimported(frame.path) if frame.script else ()
    for path in (*program.starred(frame.path), *unimported):
        if expr.name in resolver.program.names(path):
            found = member(resolver, path, expr.name, frame)
            if found is not None:
                return found
    return None


# -- documents -----------------------------------------------------------------------------------------------------


def document(resolver: Resolver, expr: f.Var, frame: Frame) -> Outcomes:
    """A name that a document's own scope defines: a parameter, mapping or condition of a template."""
    if expr.name in frame.names:
        return frame.names[expr.name]
    binds = resolver.program.binds(frame.scope).get(expr.name)
    if not binds:
        return unknown(f"`{expr.name.partition('.')[2] or expr.name}` is not in this file")
    bind = binds[-1]
    handed = stacks.given(resolver, expr.name[4:], frame) if expr.name.startswith("ref.") else ()
    if handed:
        return handed
    name = expr.name.partition(".")[2]
    own = defines(tuple(_listed(o, name) for o in resolver.evaluate(bind.value, frame)), frame.path, bind.at, name)
    return sam.overridden(resolver, name, frame, own) if expr.name.startswith("ref.") else own


def _listed(outcome: Outcome, name: str) -> Outcome:
    """The elements of a list that one text was cut into are called by the list's name."""
    value = outcome.value
    return (
        replace(outcome, value=Elements(named(value.items, name), value.keys))
        if isinstance(value, Elements)
        else outcome
    )


# -- Terraform -----------------------------------------------------------------------------------------------------


def terraform(resolver: Resolver, expr: f.Var, frame: Frame) -> Outcomes:
    """An address: `local.x`, `var.x`, `each.key`, `path.module`, a resource, a data source, a loop's name."""
    folder = frame.folder
    assert folder is not None
    if expr.name in frame.names:
        return frame.names[expr.name]
    if expr.name.startswith("aws.") and expr.name.count(".") == 1:
        return (Outcome(Const(expr.name[4:])),)  # a provider's alias: which account, as far as the code says
    if expr.name == "terraform.workspace" and folder.stage in resolver.program.terraform.workspaces:
        name = folder.stage[1] if folder.stage is not None else ""
        return (Outcome(Const(name), (Step("pass", frame.path, *expr.at, role=STAGED),)),)
    if expr.name in ("path.module", "path.root", "path.cwd"):
        return (Outcome(RepoPath(folder.path)),)
    if expr.name.startswith("var."):
        return _variable(resolver, expr.name, folder, frame, expr)
    found = folder.table.get(expr.name)
    if found is None:
        return unknown(f"`{expr.name}` is not known before Terraform runs", (Step("pass", frame.path, *expr.at),))
    bind, defined = found
    if expr.name.startswith("local."):
        found_here = resolver.evaluate(bind.value, defined)
        inside = tuple(
            replace(o, value=replace(o.value, prefix=expr.name))
            if isinstance(o.value, Mapping) and not o.value.prefix and o.value.frame.folder is folder
            else o
            for o in found_here
        )
        return defines(inside, defined.path, bind.at, expr.name, frame)
    own = _with_each(resolver, bind, defined)
    outcomes = resolver.evaluate(bind.value, own)
    return tuple(Outcome(replace(o.value, prefix=expr.name)) if isinstance(o.value, Mapping) else o for o in outcomes)


def defines(outcomes: Outcomes, path: str, at: f.Span, name: str, frame: Frame | None = None) -> Outcomes:
    """Scalars with the definition they were given here in front; a literal becomes that definition.

    What one environment's variables decide is a definition there alone: here it is another in each environment.
    """
    by_file = frame is not None and frame.folder is not None and frame.folder.stage is not None
    result = []
    for outcome in outcomes:
        trail = outcome.trail
        if any(s.role == STAGED or (by_file and s.kind == "define" and s.path.endswith(".tfvars")) for s in trail):
            pass
        elif isinstance(outcome.value, SCALARS):
            step = Step("define", path, *at, name=name, value=text_of(outcome.value))
            first = trail[0] if trail else None
            literal = first is not None and first.kind == "literal" and not first.name and first.path == path
            trail = (_moved(step, first), *trail[1:]) if literal and first else (step, *trail)
        result.append(Outcome(outcome.value, trail))
    return tuple(result)


def _moved(step: Step, first: Step) -> Step:
    """A definition at the place of the literal that it is given, as certain as that is."""
    return replace(
        step, line=first.line, column=first.column, certainty=first.certainty, why=first.why, dormant=first.dormant
    )


def _variable(resolver: Resolver, name: str, folder: Folder, frame: Frame, expr: f.Var) -> Outcomes:
    """A variable: what a tfvars file assigns, else its default, else unknown until Terraform runs."""
    declared = folder.table.get(name)
    assigned = folder.assigned.get(name)
    if assigned is not None:
        bind, where = assigned
        return defines(resolver.evaluate(bind.value, where), where.path, bind.at, name)
    given = _module_arguments(resolver, name, folder)
    if given:
        return given
    if declared is None:
        return unknown(f"`{name}` is declared nowhere", (Step("pass", frame.path, *expr.at),))
    bind, where = declared
    record = Outcome(Mapping(bind.value, where)) if isinstance(bind.value, f.Rec) else Outcome(Unknown("not a block"))
    default = entry(resolver, record, "default")
    if default and not all(isinstance(o.value, Const) and o.value.value in (None, "") for o in default):
        plain = tuple(
            Outcome(o.value, o.trail[1:] if o.trail and o.trail[0].kind == "define" else o.trail) for o in default
        )
        step_at = default[0].trail[0] if default[0].trail else None
        at = (step_at.line, step_at.column) if step_at else bind.at
        return defines(plain, where.path, at, name)
    why = f"`{name}` has no default here; it is set when Terraform runs"
    return (
        Outcome(Unknown(why, "deploy-time", "terraform", name), (Step("define", where.path, *bind.at, name=name),)),
    )


def _module_arguments(resolver: Resolver, name: str, folder: Folder) -> Outcomes:
    """What `module` blocks hand to a variable of this folder; nothing where one of them leaves it to the default."""
    key = name.removeprefix("var.")
    found: list[Outcome] = []
    callers = resolver.program.terraform.module_calls(folder)
    for bind, frame in callers:
        items = bind.value.items if isinstance(bind.value, f.Rec) else ()
        item = next((i for i in items if getattr(i.key, "value", None) == key), None)
        if item is None:
            return ()
        label = f"{bind.name}.{key}"
        for outcome in resolver.evaluate(item.value, frame):
            value = outcome.value
            inner = replace(value, prefix=label) if isinstance(value, Mapping) and not value.prefix else value
            given = defines((Outcome(inner, outcome.trail),), frame.path, item.at, label, frame)
            if bind.name == TERRAGRUNT and folder.stage is not None:
                given = staged(given)
            found += given
    several = len(callers) > 1 and len(found) > 1
    return weaken(tuple(found), "possible", f"one of {len(callers)} uses of the module") if several else tuple(found)


def _with_each(resolver: Resolver, bind: f.Bind, frame: Frame) -> Frame:
    """A resource's own frame, where `each.key` and `each.value` are any of its `for_each`."""
    if not isinstance(bind.value, f.Rec):
        return frame
    source = next((i.value for i in bind.value.items if getattr(i.key, "value", None) == "for_each"), None)
    if source is None:
        return frame
    key = f"each:{id(bind)}:{id(frame)}"
    cached = resolver.frames.get(key)
    if cached is None:
        cached = Frame(frame.path, frame.scope, frame.context, args={}, format=frame.format, folder=frame.folder)
        resolver.frames[key] = cached
        for base in resolver.evaluate(source, frame):
            keys, values = element_keys(resolver, base), elements(resolver, base, keys=False)
            unknown_each = unknown("an instance's own key or value")
            cached.names["each.key"] = keys if keys else unknown_each
            cached.names["each.value"] = values if values else cached.names["each.key"]
    return cached


def folder_of(frame: Frame) -> str:
    """The folder of the frame's file."""
    return posixpath.dirname(frame.path)


__all__ = [
    "bound",
    "closure",
    "code",
    "defines",
    "folder_of",
    "imported",
    "member",
    "named",
    "parameter",
    "terraform",
    "text_of",
]
