"""GitHub Actions: each job of a workflow as a unit, with its environment and what its steps run; an action's inputs.

Format: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax and metadata-syntax. Secrets are
put in when a job starts, so they count as deploy-time. Nothing of an action from elsewhere is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from modelguard.extract.build import pieces
from modelguard.extract.facts import (
    Bind,
    Export,
    Expr,
    External,
    Fallback,
    Item,
    Join,
    Lit,
    OneOf,
    Op,
    Opaque,
    Rec,
    Scope,
    Seq,
    Span,
    Unit,
)
from modelguard.extract.yaml_doc import get, items, text

CALL = "workflow.call"
HANDED, INPUT = "workflow input", "action input"
"""Operators that stand for an input of a workflow or an action: its name, and what it is where nobody gives it."""
PRESET = "preset"
"""A third part of an action's input: that the variable is meant which a step sets itself where it gives the input."""
KIND = "github-action"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.S)
_CONTEXT = re.compile(r"(secrets|vars|env|inputs|matrix|github\.event\.inputs)\.([A-Za-z_][\w-]*)\Z")
_DEFAULTED = re.compile(r"(.+?)\s*\|\|\s*'([^']*)'\Z", re.S)


def recognises(document: Expr) -> bool:
    """Whether a document is a workflow: `jobs`, each with steps or the workflow it uses."""
    jobs = get(document, "jobs")
    found = [i.value for i in jobs.items] if isinstance(jobs, Rec) else []
    runs = any(get(j, "steps") is not None or get(j, "uses") is not None for j in found)
    return runs and _on(document) is not None


def is_action(document: Expr) -> bool:
    """Whether a document is an action's metadata: `runs` with `using`."""
    return get(document, "runs", "using") is not None


def _on(document: Expr) -> Expr | None:
    """The events; YAML 1.1 reads the key `on` as true."""
    for item in document.items if isinstance(document, Rec) else ():
        if isinstance(item.key, Lit) and item.key.value in (True, "on"):
            return item.value
    return None


def action(document: Expr) -> Unit:
    """An action: a composite's scripts and steps, or a Node program or an image with the defaults of its inputs."""
    runs, inputs = get(document, "runs"), get(document, "inputs")
    at = runs.at if runs is not None else (1, 1)
    place = _Place(document, document)
    composite = text(get(runs, "using")) == "composite"
    given = [
        Item(Lit(variable_of(str(i.key.value)), i.key.at), value, value.at)
        for i in (inputs.items if isinstance(inputs, Rec) and not composite else ())
        if isinstance(i.key, Lit)
        for value in (place.preset(str(i.key.value), i.key.at),)
    ]
    env = get(runs, "env")
    layers = [Item(None, Rec(tuple(given), at), at)]
    layers += [Item(None, place.environment(env), env.at)] if env is not None else []
    main, image = text(get(runs, "main")), text(get(runs, "image"))
    name = text(get(document, "name")) or "action"
    steps = _Steps.of(place, items(get(runs, "steps")), "github-action", ())
    command: Expr | None = Seq((Lit("node", at), Lit(main, at)), at) if main is not None else steps.script
    local = image is not None and not image.startswith("docker:")
    return Unit(
        name=name,
        platform="github-action",
        at=at,
        env=Rec((*layers, *steps.layers), at),
        command=command,
        build=Rec((Item(Lit("dockerfile", at), Lit(image, at), at),), at) if local else None,
        steps=steps.parts,
    )


def variable_of(name: str) -> str:
    """The variable in which an action finds an input."""
    return f"INPUT_{name.replace(' ', '_').upper()}"


def variable(code: str) -> str:
    """The variable that stands for an expression in a step's script."""
    return re.sub(r"[^\w.-]+", "_", code).strip("_")


def action_scope(document: Expr) -> Scope:
    """An action's inputs with their defaults, as `ref.NAME`."""
    inputs = get(document, "inputs")
    binds = [
        Bind(f"ref.{i.key.value}", default, i.key.at)
        for i in (inputs.items if isinstance(inputs, Rec) else ())
        if isinstance(i.key, Lit) and (default := get(i.value, "default")) is not None
    ]
    return Scope("", KIND, (1, 1), binds=tuple(binds))


def units(document: Expr) -> Iterator[Unit]:
    """One unit a job."""
    jobs = get(document, "jobs")
    for item in jobs.items if isinstance(jobs, Rec) else ():
        if isinstance(item.key, Lit):
            yield _job(str(item.key.value), item.key.at, item.value, document)


def exports(document: Expr) -> Iterator[Export]:
    """The jobs that use a workflow of the tree, under its file's name, with what they hand over."""
    jobs = get(document, "jobs")
    for item in jobs.items if isinstance(jobs, Rec) else ():
        used = text(get(item.value, "uses")) or ""
        if not used.startswith("./"):
            continue
        place = _Place(document, item.value)
        given, secrets = get(item.value, "with"), get(item.value, "secrets")
        handed = [*place.environment(given).items] if given is not None else []
        for entry in place.environment(secrets).items if isinstance(secrets, Rec) else ():
            key = Lit(f"secrets.{getattr(entry.key, 'value', '')}", entry.at)
            handed.append(Item(key, entry.value, entry.at))
        yield Export(CALL, used.rpartition("/")[2], Rec(tuple(handed), item.at), item.at)


def _job(name: str, at: Span, job: Expr, document: Expr) -> Unit:
    place = _Place(document, job)
    layers = [Item(None, place.environment(e), e.at) for e in (get(document, "env"), get(job, "env")) if e is not None]
    steps = _Steps.of(place, items(get(job, "steps")), "github-actions", tuple(layers))
    title, label = text(get(document, "name")), text(get(job, "name"))
    return Unit(
        name=name,
        platform="github-actions",
        at=at,
        env=Rec((*steps.layers, *layers), at),
        command=steps.script,
        aliases=tuple(Lit(a, at) for a in (label, title) if a),
        steps=steps.parts,
    )


@dataclass(frozen=True)
class _Steps:
    """What the steps of a job or a composite action come to: the variables and the script of those that have no
    environment of their own, taken together, and each step by itself."""

    layers: tuple[Item, ...]
    script: Expr | None
    parts: tuple[Unit, ...]

    @classmethod
    def of(cls, place: _Place, steps: tuple[Expr, ...], platform: str, around: tuple[Item, ...]) -> _Steps:
        """Of a job or action whose own variables are `around`. A part without `env` is in the script as well."""
        layers: list[Item] = []
        script: list[Lit] = []
        parts: list[Unit] = []
        for step in steps:
            own, given, run, used = get(step, "env"), get(step, "with"), get(step, "run"), get(step, "uses")
            name = text(get(step, "name")) or text(get(step, "id")) or ""
            env = Rec((*around, Item(None, place.environment(own), own.at)), own.at) if own is not None else None
            if run is not None and (written := text(run)) is not None:
                commands, put_in = place.script(written, run.at)
                whole = Lit(_in_folder(commands, text(get(step, "working-directory"))), run.at)
                if env is not None:
                    env = Rec((*env.items, Item(None, put_in, run.at)), env.at)
                else:
                    layers += [Item(None, put_in, run.at)] if put_in.items else []
                    script.append(whole)
                parts.append(Unit(name, platform, run.at, env=env, command=_shell(whole)))
            elif used is not None and (action := text(used)) is not None:
                if given is not None and not action.startswith("."):
                    handed = place.environment(given, "with.")
                    layers.append(Item(None, Rec(tuple(filter(_is_one_value, handed.items)), given.at), given.at))
                inputs = place.environment(given).items if given is not None else ()
                parts.append(Unit(name, platform, used.at, env=env, uses=(used,), given=inputs))
        at = script[0].at if script else (1, 1)
        joined = _shell(Lit("\n".join(str(s.value) for s in script), at)) if script else None
        return cls(tuple(layers), joined, tuple(parts))


def _is_one_value(item: Item) -> bool:
    """Whether an input is given one value, rather than a text such as a prompt or a command line."""
    return not isinstance(item.value, Join) and not re.search(r"\s", text(item.value) or "")


def _shell(script: Lit) -> Expr:
    """The command that runs a step's script."""
    return Seq((Lit("bash", script.at), Lit("-c", script.at), script), script.at)


def _in_folder(script: str, folder: str | None) -> str:
    """A script's lines as seen from the root of the tree."""
    if not folder:
        return script
    return re.sub(r"\bpython3? (?!-)(\S+\.py)", rf"python {folder.rstrip('/')}/\1", script)


class _Place:
    """Where an expression stands: the workflow's inputs and the job's matrix."""

    def __init__(self, document: Expr, job: Expr) -> None:
        events = _on(document)
        self._inputs = [
            found
            for event in ("workflow_dispatch", "workflow_call")
            if (found := get(events, event, "inputs")) is not None
        ]
        own = get(document, "inputs")
        self._called = get(events, "workflow_call") is not None or "workflow_call" in {
            text(e) for e in (*items(events), events)
        }
        self._inputs += [own] if own is not None else []
        self._of_action = is_action(document)
        self._matrix = get(job, "strategy", "matrix")
        self._layers = [e for e in (get(job, "env"), get(document, "env")) if e is not None]

    def environment(self, value: Expr, prefix: str = "") -> Rec:
        """A mapping of variables, or of what an action is given, with something in front of each name."""
        found = []
        for item in value.items if isinstance(value, Rec) else ():
            if isinstance(item.key, Lit):
                found.append(Item(Lit(f"{prefix}{item.key.value}", item.key.at), self.value(item.value), item.at))
        return Rec(tuple(found), value.at)

    def script(self, written: str, at: Span) -> tuple[str, Rec]:
        """A script in which each `${{ inputs.model }}` is a variable of that name, and those variables."""
        found: dict[str, Item] = {}

        def put_in(match: re.Match[str]) -> str:
            name = variable(match[1])
            found[name] = Item(Lit(name, at), self._expression(match[1], at, 0), at)
            return f"${{{name}}}"

        commands = _EXPRESSION.sub(put_in, written)
        return commands, Rec(tuple(found.values()), at)

    def value(self, value: Expr, depth: int = 0) -> Expr:
        """A value with its `${{ … }}` as what they stand for."""
        written = text(value)
        if written is None or "${{" not in written:
            return value
        parts = pieces(written, _EXPRESSION, lambda match: self._expression(match[1], value.at, depth), value.at)
        return parts[0] if len(parts) == 1 else Join(tuple(parts), value.at)

    def _expression(self, code: str, at: Span, depth: int) -> Expr:
        either = _DEFAULTED.match(code)
        if either:
            return Fallback(self._expression(either[1], at, depth), Lit(either[2], at), at)
        match = _CONTEXT.match(code)
        if match is None or depth > 10:
            return Opaque("known once the workflow runs", at)
        context, name = match[1], match[2]
        if context == "secrets":
            secret = External("secret.github", Lit(name, at), at)
            return self._or_handed(f"secrets.{name}", secret, at) if self._called else secret
        if context == "vars":
            return Opaque(f"`{name}` is a variable of the GitHub repository", at)
        if context == "env":
            found = next((v for layer in self._layers if (v := get(layer, name)) is not None), None)
            return self.value(found, depth + 1) if found is not None else Opaque(f"`env.{name}` is set by a step", at)
        if context == "matrix":
            listed = (get(entry, name) for entry in items(get(self._matrix, "include")))
            options = (*items(get(self._matrix, name)), *(o for o in listed if o is not None))
            return OneOf(options, at, "the matrix") if options else Opaque(f"`matrix.{name}` is not written out", at)
        if self._of_action:
            return self.given(name, at)
        default = self._default(name)
        if default is not None:
            why = Lit(f"the default of the input `{name}`, which may be given when the workflow runs", at)
            own: Expr = Op("likely", (default, why), at)
        else:
            own = Opaque(f"the input `{name}` is given when the workflow runs", at)
        return self._or_handed(name, own, at) if self._called else own

    def given(self, name: str, at: Span) -> Expr:
        """An input of this action: what a step gives it, else its default."""
        default = self._default(name)
        own = default if default is not None else Opaque(f"the input `{name}` is not given", self._declared(name, at))
        return Op(INPUT, (Lit(name, at), own), at)

    def preset(self, name: str, at: Span) -> Expr:
        """What the variable of an input is where no step of the tree gives it: its default, else what others give."""
        default = self._default(name)
        if default is not None and text(default) != "":
            return default
        return Op(INPUT, (Lit(name, at), Opaque(f"the input `{name}` is not given", at), Lit(PRESET, at)), at)

    def _default(self, name: str) -> Expr | None:
        return next((d for i in self._inputs if (d := get(i, name, "default")) is not None), None)

    def _declared(self, name: str, at: Span) -> Span:
        """Where an input is declared; else `at`."""
        keys = (i.key for e in self._inputs if isinstance(e, Rec) for i in e.items)
        return next((k.at for k in keys if isinstance(k, Lit) and k.value == name), at)

    @staticmethod
    def _or_handed(name: str, own: Expr, at: Span) -> Expr:
        """What a job of the tree that uses this workflow hands over, else the workflow's own."""
        return Op(HANDED, (Lit(name, at), own), at)
