"""GitHub Actions: each job of a workflow as a unit, with its environment and what its steps run; an action's inputs.

Format: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax and metadata-syntax. Secrets are
put in when a job starts, so they count as deploy-time. Nothing of an action from elsewhere is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract.build import pieces
from modelguard.extract.facts import (
    Bind,
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


def _job(name: str, at: Span, job: Expr, document: Expr) -> Unit:
    place = _Place(document, job)
    layers = [Item(None, place.environment(e), e.at) for e in (get(document, "env"), get(job, "env")) if e is not None]
    script: list[Expr] = []
    for step in items(get(job, "steps")):
        own = get(step, "env")
        if own is not None:
            layers.append(Item(None, place.environment(own), own.at))
        given = get(step, "with")
        if given is not None:
            layers.append(Item(None, place.environment(given, "INPUT_"), given.at))
        run = get(step, "run")
        if run is not None and text(run) is not None:
            script.append(Lit(_in_folder(text(run) or "", text(get(step, "working-directory"))), run.at))
    words: list[Expr] = [Lit("bash", at), Lit("-c", at)]
    whole = "\n".join(str(s.value) for s in script if isinstance(s, Lit))
    title, label = text(get(document, "name")), text(get(job, "name"))
    return Unit(
        name=name,
        platform="github-actions",
        at=at,
        env=Rec(tuple(layers), at),
        command=Seq((*words, Lit(whole, script[0].at)), script[0].at) if script else None,
        aliases=tuple(Lit(a, at) for a in (label, title) if a),
    )


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
        self._matrix = get(job, "strategy", "matrix")
        self._layers = [e for e in (get(job, "env"), get(document, "env")) if e is not None]

    def environment(self, value: Expr, prefix: str = "") -> Rec:
        """A mapping of variables; an action's inputs reach it as `INPUT_NAME`."""
        found = []
        for item in value.items if isinstance(value, Rec) else ():
            if isinstance(item.key, Lit):
                name = f"{prefix}{str(item.key.value).upper()}" if prefix else str(item.key.value)
                found.append(Item(Lit(name, item.key.at), self.value(item.value), item.at))
        return Rec(tuple(found), value.at)

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
            return External("secret.github", Lit(name, at), at)
        if context == "vars":
            return Opaque(f"`{name}` is a variable of the GitHub repository", at)
        if context == "env":
            found = next((v for layer in self._layers if (v := get(layer, name)) is not None), None)
            return self.value(found, depth + 1) if found is not None else Opaque(f"`env.{name}` is set by a step", at)
        if context == "matrix":
            options = items(get(self._matrix, name))
            return OneOf(options, at, "the matrix") if options else Opaque(f"`matrix.{name}` is not written out", at)
        default = next((d for i in self._inputs if (d := get(i, name, "default")) is not None), None)
        if default is not None:
            why = Lit(f"the default of the input `{name}`, which may be given when the workflow runs", at)
            return Op("likely", (default, why), at)
        return Opaque(f"the input `{name}` is given when the workflow runs", at)
