"""Jobs of continuous integration in their common form: GitLab CI, CircleCI, Azure Pipelines and Tekton.

Each from its own documentation of the file. Steps that have variables of their own run in an environment of their own, as
those of GitHub's jobs do (`link.actions`). Templates, orbs and what else a file takes in from elsewhere stay open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelguard.extract import kubernetes
from modelguard.extract.facts import Expr, External, Item, Lit, Op, Opaque, Rec, Seq, Span, Unit
from modelguard.extract.unit_parts import entries, environment, shell
from modelguard.extract.yaml_doc import get, items, text

PLATFORMS = frozenset({"gitlab-ci", "circleci", "azure-pipelines", "tekton"})
"""Of whose jobs most build, test and release: nothing is missing where one runs no program of the tree."""
_MAX_DEPTH = 5


def _job(name: str, platform: str, at: Span, env: Rec, parts: list[tuple[Expr, Expr | None]]) -> Unit:
    """A job of which each part is a script, with variables of its own where it has some."""
    plain = [script for script, own in parts if own is None and text(script) is not None]
    steps = tuple(
        Unit(name, platform, script.at, env=environment(env, own) if own is not None else None, command=shell(script))
        for script, own in parts
    )
    joined = Lit("\n".join(text(s) or "" for s in plain), plain[0].at) if len(plain) > 1 else None
    command = shell(joined or plain[0]) if plain else None
    return Unit(name, platform, at, env=env, command=command, steps=steps)


# -- GitLab CI ---------------------------------------------------------------------------------------------------------

_NO_JOBS = frozenset(
    {
        "variables",
        "stages",
        "default",
        "include",
        "workflow",
        "image",
        "services",
        "cache",
        "before_script",
        "after_script",
    }
)
_OF_JOBS = ("stage", "extends", "rules", "only", "except", "tags", "needs", "image", "artifacts", "environment")


def is_gitlab(document: Expr) -> bool:
    """Whether a document has jobs as .gitlab-ci.yml has them, at its top."""
    table = {k: v for k, v, _ in entries(document)}
    jobs = [v for k, v in table.items() if k not in _NO_JOBS and isinstance(v, Rec)]
    scripted = [j for j in jobs if isinstance(get(j, "script"), Seq) or text(get(j, "script")) is not None]
    known = not _NO_JOBS.isdisjoint(table) or any(get(j, k) is not None for j in scripted for k in _OF_JOBS)
    return bool(scripted) and known and len(scripted) * 2 >= len(jobs)


def gitlab(document: Expr) -> Iterator[Unit]:
    """Every job that runs a script; one whose name starts with a dot is only extended by others."""
    table = {k: v for k, v, _ in entries(document)}
    for name, job, at in entries(document):
        chain = [job, *_extended(table, job, 0)]
        if name in _NO_JOBS or name.startswith(".") or not isinstance(job, Rec):
            continue
        script = _inherited(chain, "script")
        if script is None:
            continue
        shared = [get(document, "variables"), *(get(c, "variables") for c in reversed(chain))]
        before = _inherited(chain, "before_script") or get(document, "default", "before_script")
        before = before or get(document, "before_script")
        parts = [(s, None) for whole in (before, script) for s in _lines(whole)]
        yield _job(name, "gitlab-ci", at, environment(*(_plain(e) for e in shared)), list(parts))


def _extended(table: dict[str, Expr], job: Expr, depth: int) -> Iterator[Expr]:
    """What a job extends, nearest first."""
    named = get(job, "extends")
    for name in [text(e) for e in items(named)][::-1] or [text(named)]:
        base = table.get(name or "")
        if base is not None and depth < _MAX_DEPTH:
            yield base
            yield from _extended(table, base, depth + 1)


def _inherited(chain: list[Expr], key: str) -> Expr | None:
    return next((found for job in chain if (found := get(job, key)) is not None), None)


def _lines(script: Expr | None) -> tuple[Expr, ...]:
    return items(script) or ((script,) if script is not None else ())


def _plain(variables: Expr | None) -> Expr | None:
    """Variables, of which one may be written with its description (`MODEL: {value: …}`)."""
    if not isinstance(variables, Rec):
        return None
    return Rec(tuple(Item(i.key, get(i.value, "value") or i.value, i.at) for i in variables.items), variables.at)


# -- CircleCI ----------------------------------------------------------------------------------------------------------


def is_circle(document: Expr) -> bool:
    """Whether a document is .circleci/config.yml: jobs with steps and something that they run on."""
    jobs = [v for _, v, _ in entries(get(document, "jobs"))]
    return get(document, "version") is not None and any(
        get(j, "steps") is not None and any(get(j, k) is not None for k in ("docker", "machine", "macos", "executor"))
        for j in jobs
    )


def circle(document: Expr) -> Iterator[Unit]:
    """One unit a job; a command of the file's own that a step uses is put in there."""
    for name, job, at in entries(get(document, "jobs")):
        image = items(get(job, "docker"))
        executor = get(document, "executors", text(get(job, "executor")) or text(get(job, "executor", "name")) or "")
        shared = (get(executor, "environment"), get(image[0], "environment") if image else None)
        env = environment(*shared, get(job, "environment"))
        yield _job(name, "circleci", at, env, list(_circle_steps(document, items(get(job, "steps")), 0)))


def _circle_steps(document: Expr, steps: tuple[Expr, ...], depth: int) -> Iterator[tuple[Expr, Expr | None]]:
    for step in steps:
        run = get(step, "run")
        script = run if text(run) is not None else get(run, "command")
        if script is not None:
            yield script, get(run, "environment") if isinstance(run, Rec) else None
        for key in ("when", "unless"):
            yield from _circle_steps(document, items(get(step, key, "steps")), depth + 1) if depth < _MAX_DEPTH else ()
        used = text(step) or next((k for k, _, _ in entries(step)), "")
        inner = items(get(document, "commands", used, "steps"))
        if inner and depth < _MAX_DEPTH:
            yield from _circle_steps(document, inner, depth + 1)


# -- Azure Pipelines ---------------------------------------------------------------------------------------------------

_SCRIPTS = ("script", "bash", "powershell", "pwsh")
_MACRO = re.compile(r"\$\(([\w.-]+)\)")


def is_azure(document: Expr) -> bool:
    """Whether a document is an Azure pipeline: steps or jobs whose steps are scripts or tasks, and what it starts on."""
    starts = any(get(document, k) is not None for k in ("trigger", "pool", "pr", "schedules", "stages", "variables"))
    return starts and any(_azure_steps(job) for _, job, _ in _azure_jobs(document))


def azure(document: Expr) -> Iterator[Unit]:
    """One unit a job; a pipeline of steps alone is one job, called `pipeline`."""
    for name, job, layers in _azure_jobs(document):
        variables = environment(*(_azure_variables(e) for e in layers))
        known = {k: v for e in layers for k, v, _ in entries(_azure_variables(e))}
        parts: list[tuple[Expr, Expr | None]] = []
        for step in _azure_steps(job):
            script = next((s for k in _SCRIPTS if (s := get(step, k)) is not None), None)
            if script is not None and (written := text(script)) is not None:
                plain = Lit(_MACRO.sub(r"${\1}", written), script.at)
                parts.append((plain, _azure_env(get(step, "env"), known)))
        yield _job(name, "azure-pipelines", job.at, variables, parts)


def _azure_jobs(document: Expr) -> Iterator[tuple[str, Expr, list[Expr]]]:
    stages = items(get(document, "stages")) or (document,)
    for stage in stages:
        for job in items(get(stage, "jobs")) or ((stage,) if get(stage, "steps") is not None else ()):
            name = text(get(job, "job")) or text(get(job, "deployment")) or text(get(stage, "stage")) or "pipeline"
            layers = [v for e in (document, stage, job) if (v := get(e, "variables")) is not None]
            yield name, job, list(dict.fromkeys(layers))


def _azure_steps(job: Expr) -> tuple[Expr, ...]:
    steps = items(get(job, "steps")) or items(get(job, "strategy", "runOnce", "deploy", "steps"))
    return tuple(s for s in steps if any(get(s, k) is not None for k in (*_SCRIPTS, "task", "checkout", "template")))


def _azure_variables(value: Expr) -> Rec | None:
    """Variables as a mapping, or as a list of names with values; groups are kept in Azure."""
    if isinstance(value, Rec):
        return value
    named = [(get(v, "name"), get(v, "value")) for v in items(value)]
    return Rec(tuple(Item(n, v, n.at) for n, v in named if n is not None and v is not None), value.at)


def _azure_env(env: Expr | None, known: dict[str, Expr]) -> Rec | None:
    """A step's variables; `$(NAME)` is a variable of the file, else a secret or a variable that Azure keeps."""
    if not isinstance(env, Rec):
        return None
    entries = []
    for item in env.items:
        macro = _MACRO.fullmatch(text(item.value) or "")
        value = item.value
        if macro is not None:
            value = known.get(macro[1]) or External("secret.azure-pipelines", Lit(macro[1], item.at), item.at)
        elif _MACRO.search(text(item.value) or ""):
            value = Opaque("put together when the pipeline runs", item.at)
        entries.append(Item(item.key, value, item.at))
    return Rec(tuple(entries), env.at)


# -- Tekton ------------------------------------------------------------------------------------------------------------

_PARAM = re.compile(r"\$\((?:inputs\.)?params\.([\w.-]+)\)")


def is_tekton(document: Expr) -> bool:
    """Whether a document is a task of Tekton."""
    return "tekton.dev" in (text(get(document, "apiVersion")) or "") and bool(_tekton_steps(document))


def _tekton_steps(document: Expr) -> tuple[Expr, ...]:
    return items(get(document, "spec", "steps")) or items(get(document, "spec", "taskSpec", "steps"))


def tekton(document: Expr) -> Iterator[Unit]:
    """One unit a step; a parameter is its default, which may be given when the task runs."""
    title = text(get(document, "metadata", "name")) or "task"
    spec = get(document, "spec", "taskSpec") or get(document, "spec")
    defaults = {text(get(p, "name")): get(p, "default") for p in items(get(spec, "params"))}
    for number, step in enumerate(_tekton_steps(document), 1):
        own = text(get(step, "name")) or str(number)
        unit = kubernetes.container(f"{title}.{own}", "tekton", step, step.at)
        script = get(step, "script")
        command = shell(_put_in(script, defaults)) if script is not None else unit.command
        env = unit.env if isinstance(unit.env, Rec) else Rec((), step.at)
        items_ = tuple(Item(i.key, _parameter(i, step, defaults), i.at) for i in env.items)
        yield Unit(unit.name, "tekton", step.at, env=Rec(items_, env.at), command=command, image=unit.image)


def _put_in(script: Expr, defaults: dict[str | None, Expr | None]) -> Expr:
    written = text(script) or ""
    return Lit(_PARAM.sub(lambda m: text(defaults.get(m[1])) or f"${{{m[1]}}}", written), script.at)


def _parameter(item: Item, step: Expr, defaults: dict[str | None, Expr | None]) -> Expr:
    written = next((text(get(e, "value")) for e in items(get(step, "env")) if get(e, "name") == item.key), None)
    match = _PARAM.fullmatch(written or "")
    if match is None:
        return item.value
    default = defaults.get(match[1])
    if default is None:
        return Opaque(f"the parameter `{match[1]}` is given when the task runs", item.at)
    why = Lit(f"the default of the parameter `{match[1]}`, which may be given when the task runs", item.at)
    return Op("likely", (default, why), item.at)


READERS = ((is_tekton, tekton), (is_circle, circle), (is_azure, azure), (is_gitlab, gitlab))
