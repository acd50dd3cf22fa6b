"""Platforms in their common form: who runs which command with which variables. What is not understood stays open.

App Engine, Render, Fly, Cloudflare Workers, LangGraph, Chalice, AWS Copilot, Argo Workflows and Knative; each from its
own documentation of the file. A value that a platform puts in (a secret, another service's address) is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from modelguard.extract import kubernetes, pipelines
from modelguard.extract.facts import Expr, External, Item, Lit, Opaque, Rec, Seq, Unit
from modelguard.extract.unit_parts import entries, environment, shell
from modelguard.extract.yaml_doc import get, items, text

_COPILOT = frozenset(
    {"Load Balanced Web Service", "Backend Service", "Worker Service", "Scheduled Job", "Request-Driven Web Service"}
)
_RENDER = frozenset({"web", "worker", "pserv", "cron", "static", "keyvalue"})


def units(document: Expr) -> Iterator[Unit]:
    """What a platform's file runs; nothing for any other document."""
    for recognises, read in _READERS:
        if recognises(document):
            yield from read(document)
            return


# -- Prefect ---------------------------------------------------------------------------------------------------------


def _is_prefect(document: Expr) -> bool:
    deployments = items(get(document, "deployments"))
    return bool(deployments) and any(get(d, "entrypoint") is not None for d in deployments)


def _prefect(document: Expr) -> Iterator[Unit]:
    for deployment in items(get(document, "deployments")):
        file, _, function = (text(get(deployment, "entrypoint")) or "").partition(":")
        name = get(deployment, "name")
        if not function or name is None:
            continue
        folder, _, module = file.removesuffix(".py").rpartition("/")
        given = [Item(Lit(k, at), v, at) for k, v, at in entries(get(deployment, "parameters"))]
        job = get(deployment, "work_pool", "job_variables", "env")
        yield Unit(
            text(name) or function,
            "prefect",
            name.at,
            env=environment(job, get(deployment, "job_variables", "env")),
            handler=Lit(f"{module}.{function}", name.at),
            source=Lit(folder or ".", name.at),
            given=tuple(given),
        )


# -- Vercel, devcontainers ---------------------------------------------------------------------------------------------


def _is_vercel(document: Expr) -> bool:
    keys = {k for k, _, _ in entries(document)}
    return "env" in keys and not keys.isdisjoint(("functions", "builds", "crons", "rewrites", "routes", "framework"))


def _vercel(document: Expr) -> Iterator[Unit]:
    at = document.at
    run = Seq((Lit("npm", at), Lit("run", at), Lit("build", at)), at)
    yield Unit("vercel", "vercel", at, env=environment(get(document, "env")), command=run)


def _is_devcontainer(document: Expr) -> bool:
    keys = {k for k, _, _ in entries(document)}
    return not keys.isdisjoint(("containerEnv", "remoteEnv")) and not keys.isdisjoint(
        ("image", "build", "dockerComposeFile", "features", "postCreateCommand", "postStartCommand")
    )


def _devcontainer(document: Expr) -> Iterator[Unit]:
    command = get(document, "postStartCommand") or get(document, "postCreateCommand")
    name = text(get(document, "name")) or "devcontainer"
    env = environment(get(document, "containerEnv"), get(document, "remoteEnv"))
    if command is not None and text(command) is not None:
        yield Unit(name, "devcontainer", document.at, env=env, command=shell(command))


# -- App Engine ------------------------------------------------------------------------------------------------------


def _is_app_engine(document: Expr) -> bool:
    keys = {k for k, _, _ in entries(document)}
    return "runtime" in keys and not keys.isdisjoint(
        ("entrypoint", "env_variables", "instance_class", "automatic_scaling")
    )


def _app_engine(document: Expr) -> Iterator[Unit]:
    entrypoint = get(document, "entrypoint")
    name = text(get(document, "service")) or "default"
    command = shell(entrypoint) if entrypoint is not None else None
    if command is None and (text(get(document, "runtime")) or "").startswith("python"):
        # What the runtime starts by itself: https://cloud.google.com/appengine/docs/standard/python3/runtime.
        command = Seq((Lit("gunicorn", document.at), Lit("main:app", document.at)), document.at)
    elif command is None and (text(get(document, "runtime")) or "").startswith("nodejs"):
        command = Seq((Lit("npm", document.at), Lit("start", document.at)), document.at)
    yield Unit(name, "app-engine", document.at, env=environment(get(document, "env_variables")), command=command)


# -- Render ----------------------------------------------------------------------------------------------------------


def _is_render(document: Expr) -> bool:
    services = items(get(document, "services"))
    return bool(services) and all(text(get(s, "type")) in _RENDER and get(s, "name") is not None for s in services)


def _render(document: Expr) -> Iterator[Unit]:
    groups = {text(get(g, "name")): items(get(g, "envVars")) for g in items(get(document, "envVarGroups"))}
    for service in items(get(document, "services")):
        name, start = get(service, "name"), get(service, "startCommand") or get(service, "dockerCommand")
        entries: list[Item] = []
        for variable in items(get(service, "envVars")):
            group = text(get(variable, "fromGroup"))
            for one in (variable,) if group is None else groups.get(group, ()):
                key, value = get(one, "key"), get(one, "value")
                if key is not None:
                    entries.append(Item(key, value or External("secret.render", key, key.at), (value or key).at))
        yield Unit(
            text(name) or "service",
            "render",
            name.at if name is not None else service.at,
            env=Rec(tuple(entries), service.at),
            workdir=get(service, "rootDir"),
            command=shell(start) if start is not None else None,
            build=_dockerfile(get(service, "dockerfilePath"), get(service, "dockerContext")) if start is None else None,
        )


def _dockerfile(path: Expr | None, context: Expr | None) -> Rec | None:
    found = [("dockerfile", path), ("context", context)]
    present = [(k, v) for k, v in found if v is not None]
    return Rec(tuple(Item(Lit(k, v.at), v, v.at) for k, v in present), present[0][1].at) if present else None


# -- Fly and Cloudflare Workers (TOML) ---------------------------------------------------------------------------------


def _is_fly(document: Expr) -> bool:
    return text(get(document, "app")) is not None and any(
        get(document, k) is not None for k in ("http_service", "services", "processes", "env", "primary_region")
    )


def _fly(document: Expr) -> Iterator[Unit]:
    app, env = get(document, "app"), environment(get(document, "env"))
    build = _dockerfile(get(document, "build", "dockerfile"), None)
    processes = list(entries(get(document, "processes")))
    at = app.at if app is not None else document.at
    for name, command, place in processes:
        yield Unit(f"{text(app)}.{name}", "fly", place, env=env, command=shell(command))
    if not processes:
        yield Unit(text(app) or "app", "fly", at, env=env, build=build or Rec((), at), image=Opaque("built by Fly", at))


def _is_worker(document: Expr) -> bool:
    written = text(get(document, "main")) or text(get(document, "pages_build_output_dir"))
    return written is not None and get(document, "compatibility_date") is not None


def _worker(document: Expr) -> Iterator[Unit]:
    """A Cloudflare Worker, or an application of Pages, once for each environment that has variables of its own."""
    name, main = get(document, "name"), get(document, "main")
    at = name.at if name is not None else document.at
    pages = get(document, "pages_build_output_dir")
    if main is not None and not _BUILD.search(text(main) or ""):
        command = Seq((Lit("worker", main.at), main), main.at)
    else:  # a framework's build wrote it: what that serves are the files of the project
        at_build = (pages or main or document).at
        command = Seq(tuple(Lit(w, at_build) for w in ("npm", "run", "build")), at_build)
    own = get(document, "vars")
    whole = Unit(text(name) or "worker", "cloudflare", at, env=environment(own), command=command)
    stages = [(n, e) for n, e, _ in entries(get(document, "env")) if get(e, "vars") is not None]
    if not stages or own is not None:
        yield whole
    for stage, settings in stages:
        yield replace(whole, env=environment(get(settings, "vars")), stage=stage)


_BUILD = re.compile(r"(?:^|/)(?:\.svelte-kit|\.open-next|\.output|\.vercel|dist|build)/")
"""Folders that the builds of frameworks write a Worker to."""


# -- LangGraph, Chalice, Copilot ---------------------------------------------------------------------------------------


def _is_langgraph(document: Expr) -> bool:
    return isinstance(get(document, "graphs"), Rec) and get(document, "dependencies") is not None


def _langgraph(document: Expr) -> Iterator[Unit]:
    env = get(document, "env")
    variables = env if isinstance(env, Rec) else Rec((), document.at)
    if env is not None and text(env) is not None:
        variables = Rec((Item(None, External("env_file", env, env.at), env.at),), env.at)
    for name, value, at in entries(get(document, "graphs")):
        target = text(value) or text(get(value, "path")) or ""
        file = target.rpartition(":")[0] or target
        command = Seq((Lit("node" if not file.endswith(".py") else "python", at), Lit(file, at)), at)
        yield Unit(name, "langgraph", at, env=variables, command=command)


def _is_chalice(document: Expr) -> bool:
    return text(get(document, "app_name")) is not None and isinstance(get(document, "stages"), Rec)


def _chalice(document: Expr) -> Iterator[Unit]:
    shared = get(document, "environment_variables")
    for stage, settings, at in entries(get(document, "stages")):
        env = environment(shared, get(settings, "environment_variables"))
        name = text(get(document, "app_name")) or "app"
        command = Seq((Lit("flask", at), Lit("--app", at), Lit("app.py", at)), at)
        yield Unit(name, "lambda", at, env=env, command=command, stage=stage)


def _is_copilot(document: Expr) -> bool:
    return text(get(document, "type")) in _COPILOT and get(document, "name") is not None


def _copilot(document: Expr) -> Iterator[Unit]:
    name = get(document, "name")
    at = name.at if name is not None else document.at
    built = get(document, "image", "build")
    build = _copilot_build(built) if built is not None else None
    command = get(document, "command")
    secrets = tuple(
        Item(Lit(k, p), External("secret.ssm", v if text(v) is not None else Lit(k, p), p), p)
        for k, v, p in entries(get(document, "secrets"))
    )
    whole = Unit(
        text(name) or "service",
        "ecs",
        at,
        env=environment(get(document, "variables"), Rec(secrets, at)),
        command=shell(command) if text(command) is not None and command is not None else command,
        build=build,
        image=get(document, "image", "location"),
    )
    stages = [(n, e) for n, e, _ in entries(get(document, "environments")) if get(e, "variables") is not None]
    for stage, settings in stages:
        own = environment(get(document, "variables"), Rec(secrets, at), get(settings, "variables"))
        yield replace(whole, env=own, stage=stage)
    if not stages:
        yield whole


def _copilot_build(built: Expr) -> Rec:
    """Paths start from the folder that `copilot/` is in, two above the manifest; the context is the Dockerfile's folder."""
    written = text(built) or text(get(built, "dockerfile")) or "Dockerfile"
    folder, _, name = written.rpartition("/")
    context = text(get(built, "context")) or folder or "."
    inside = written.removeprefix(f"{context}/") if context != "." else written
    pairs = (("context", f"../../{context}"), ("dockerfile", inside if folder else name))
    return Rec(tuple(Item(Lit(k, built.at), Lit(v, built.at), built.at) for k, v in pairs), built.at)


# -- Zappa and Azure's own files ---------------------------------------------------------------------------------------


def _is_zappa(document: Expr) -> bool:
    return any(
        get(s, "app_function") is not None or get(s, "django_settings") is not None for _, s, _ in entries(document)
    )


def _zappa(document: Expr) -> Iterator[Unit]:
    """A stage of zappa_settings.json: `app_function` is a module with its application. See https://github.com/zappa/Zappa."""
    stages = [(n, s, at) for n, s, at in entries(document) if text(get(s, "app_function"))]
    for name, settings, at in stages:
        module, _, application = (text(get(settings, "app_function")) or "").rpartition(".")
        command = Seq((Lit("gunicorn", at), Lit(f"{module}:{application}", at)), at)
        env = environment(get(settings, "environment_variables"), get(settings, "aws_environment_variables"))
        title = text(get(settings, "project_name")) or "zappa"
        yield Unit(title, "lambda", at, env=env, command=command, stage=name if len(stages) > 1 else "")


def _is_container_app(document: Expr) -> bool:
    kind = text(get(document, "type")) or ""
    return kind.startswith("Microsoft.App/") or (
        get(document, "properties", "template", "containers") is not None and get(document, "properties") is not None
    )


def _container_app(document: Expr) -> Iterator[Unit]:
    """What `az containerapp create --yaml` takes; secrets are named by `secretRef`."""
    name = text(get(document, "name")) or "app"
    containers = items(get(document, "properties", "template", "containers"))
    for container in containers:
        own = text(get(container, "name")) or "container"
        unit = kubernetes.container(
            name if len(containers) == 1 else f"{name}.{own}", "container-app", container, document.at
        )
        hidden = [
            Item(n, External("secret.azure", r, r.at), r.at)
            for e in items(get(container, "env"))
            if (n := get(e, "name")) is not None and (r := get(e, "secretRef")) is not None
        ]
        yield replace(
            unit, env=Rec((Item(None, unit.env or Rec((), container.at), container.at), *hidden), container.at)
        )


# -- Argo Workflows and Knative ----------------------------------------------------------------------------------------

_ARGO = frozenset({"Workflow", "CronWorkflow", "WorkflowTemplate", "ClusterWorkflowTemplate"})


def _is_argo(document: Expr) -> bool:
    return text(get(document, "kind")) in _ARGO and "argoproj.io" in (text(get(document, "apiVersion")) or "")


def _argo(document: Expr) -> Iterator[Unit]:
    spec = get(document, "spec", "workflowSpec") or get(document, "spec")
    title = text(get(document, "metadata", "name")) or text(get(document, "metadata", "generateName")) or "workflow"
    for template in items(get(spec, "templates")):
        container = get(template, "container") or get(template, "script")
        name = get(template, "name")
        if container is not None and name is not None:
            yield kubernetes.container(f"{title.rstrip('-')}.{text(name)}", "argo", container, name.at)


def _is_knative(document: Expr) -> bool:
    return "serving.knative.dev" in (text(get(document, "apiVersion")) or "")


def _knative(document: Expr) -> Iterator[Unit]:
    name = get(document, "metadata", "name")
    for container in items(get(document, "spec", "template", "spec", "containers")):
        yield kubernetes.container(text(name) or "service", "knative", container, (name or container).at)


_READERS: tuple[tuple[Callable[[Expr], bool], Callable[[Expr], Iterator[Unit]]], ...] = (
    (_is_knative, _knative),
    (_is_argo, _argo),
    (_is_zappa, _zappa),
    (_is_container_app, _container_app),
    (_is_langgraph, _langgraph),
    (_is_chalice, _chalice),
    (_is_copilot, _copilot),
    (_is_render, _render),
    (_is_worker, _worker),
    (_is_fly, _fly),
    (_is_app_engine, _app_engine),
    (_is_prefect, _prefect),
    (_is_vercel, _vercel),
    (_is_devcontainer, _devcontainer),
    *pipelines.READERS,
)
