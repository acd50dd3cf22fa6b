"""Airflow: each task of a DAG is a consumer, `dag.task`.

Source: Airflow's TaskFlow API (`@dag`, `@task`, `task(function, task_id=…)`) and `PythonOperator(python_callable=…)`
(https://airflow.apache.org/docs/apache-airflow/stable/tutorial/taskflow.html), and operators of one's own
(https://airflow.apache.org/docs/apache-airflow/stable/howto/custom-operator.html). A DAG file only builds the DAG: what
runs is the tasks' functions, so the file itself is no script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from modelguard.extract import facts as f
from modelguard.link import objects
from modelguard.link.access import element_keys, elements, entry
from modelguard.link.declared import Declared
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Task
from modelguard.link.values import (
    Class,
    Credential,
    Elements,
    External,
    Function,
    Instance,
    Made,
    Outcome,
    Outcomes,
    Step,
    Unknown,
    named,
    text_of,
)

_EMPTY = Context("dag")
_DAG = frozenset({"airflow.decorators.dag", "airflow.sdk.dag"})
_CLASSES = frozenset({"airflow.DAG", "airflow.models.DAG", "airflow.models.dag.DAG", "airflow.sdk.DAG"})
_CONTAINERS = frozenset(
    {"BashOperator", "DockerOperator", "KubernetesPodOperator", "EksPodOperator", "GKEStartPodOperator"}
)
_JINJA = re.compile(r"\s*\{\{\s*(params|var\.value|var\.json|conn)\.(\w+)[\w.]*\s*\}\}\s*\Z")
_TASK = ("airflow.decorators.task", "airflow.sdk.task")


def tasks(program: Program, resolver: Resolver) -> Iterator[Task]:
    """The tasks of every DAG of the tree, in the order they are made; one that is made again with nothing else is there
    once, and another of the same id is called `id__1`, as Airflow calls it."""
    for dag in _dags(program, resolver):
        seen: dict[tuple[str, int], list[tuple[tuple[str, Outcomes], ...]]] = {}
        for written in dag.frame.scope.calls:
            call, renamed = _plainly(resolver, written, dag.frame)
            for made, function in _made(resolver, call, dag.frame):
                task = renamed or made
                given = _given(resolver, call, dag, function)
                before = seen.setdefault((task, id(function.scope)), [])
                if given not in before:
                    number = f"__{len(before)}" if before else ""
                    before.append(given)
                    yield Task(f"{dag.name}.{task}{number}", dag.frame.path, call.at[0], function, given)


@dataclass(frozen=True, eq=False)
class _Dag:
    """A DAG that a scope builds: its id, the frame it is built in, and its params."""

    name: str
    frame: Frame
    params: Outcomes = ()


def _dags(program: Program, resolver: Resolver) -> Iterator[_Dag]:
    for path, scope in program.code():
        if {"dag", "DAG"}.isdisjoint(scope.mentions) and not scope.decorators:
            continue
        module = program.module_frame(path, _EMPTY)
        found = _dag(resolver, scope, module) if module is not None else None
        if found is not None:
            yield found


def units(program: Program, resolver: Resolver) -> Iterator[Declared]:
    """The tasks that run a command or an image: BashOperator, DockerOperator, KubernetesPodOperator."""
    for dag in _dags(program, resolver):
        for call in dag.frame.scope.calls:
            for outcome in resolver.evaluate(call.func, dag.frame):
                kind = outcome.value.name.rpartition(".")[2] if isinstance(outcome.value, External) else ""
                if kind in _CONTAINERS:
                    yield dag.frame.path, _unit(resolver, dag, call, kind), dag.frame


def _unit(resolver: Resolver, dag: _Dag, call: f.Call, kind: str) -> f.Unit:
    def part(*names: str) -> f.Expr | None:
        return next((a.value for n in names for a in call.args if a.name == n), None)

    def words(expr: f.Expr | None) -> list[f.Expr]:
        found = resolver.evaluate(expr, dag.frame) if expr is not None else ()
        made: list[f.Expr] = []
        for outcome in found[:1]:
            listed = elements(resolver, outcome) if text_of(outcome.value) is None else None
            for number, word in enumerate(listed if listed is not None else (outcome,)):
                name = f"word.{id(expr)}.{number}"
                dag.frame.names[name] = _templated(resolver, word, dag)
                made.append(f.Var(name, call.at))
        return made

    command = [*words(part("cmds", "entrypoint")), *words(part("arguments", "command"))]
    if kind == "BashOperator":
        command = [f.Lit("bash", call.at), f.Lit("-c", call.at), *words(part("bash_command"))]
    task = next((t for t in resolver.texts(part("task_id"), dag.frame)), kind)
    env = part("env_vars", "environment", "env")
    return f.Unit(
        name=f"{dag.name}.{task}",
        platform="airflow",
        at=call.at,
        env=_environment(resolver, dag, call, env, part("secrets")),
        command=resolver.keep(f.Seq(tuple(command), call.at)) if command else None,
        image=part("image"),
        arguments=part("cmds", "entrypoint") is None and kind != "BashOperator",
    )


def _environment(resolver: Resolver, dag: _Dag, call: f.Call, env: f.Expr | None, secrets: f.Expr | None) -> f.Rec:
    """Variables as a mapping, or as a list of `V1EnvVar(name, value)`; `Secret("env", NAME, secret, key)`."""
    items: list[f.Item] = []

    def add(name: str, outcomes: Outcomes, at: f.Span) -> None:
        variable = f"env.{id(call)}.{name}"
        dag.frame.names[variable] = tuple(t for o in outcomes for t in _templated(resolver, o, dag))
        items.append(f.Item(f.Lit(name, at), f.Var(variable, at), at))

    for base in resolver.evaluate(env, dag.frame) if env is not None else ():
        for key in element_keys(resolver, base) or ():
            if (name := text_of(key.value)) is not None:
                add(name, entry(resolver, base, name), call.at)
        for item in elements(resolver, base) or ():
            made = item.value
            if isinstance(made, Made) and made.name.endswith("V1EnvVar()"):
                name = _argument(resolver, made, "name", 0) or ""
                add(name, resolver.calls.argument(made.call, made.frame, "value", 1) or (), made.call.at)
    for base in resolver.evaluate(secrets, dag.frame) if secrets is not None else ():
        for item in elements(resolver, base) or ():
            made = item.value
            name = _argument(resolver, made, "deploy_target", 1) if isinstance(made, Made) else None
            if isinstance(made, Made) and name:
                source = _argument(resolver, made, "secret", 2) or name
                step = Step("define", made.frame.path, *made.call.at, name=name)
                add(name, (Outcome(Credential("deploy-time", "kubernetes", source), (step,)),), made.call.at)
    return resolver.keep(f.Rec(tuple(items), call.at))


def _given(resolver: Resolver, call: f.Call, dag: _Dag, function: Function) -> tuple[tuple[str, Outcomes], ...]:
    """What a task's function is started with: the call's arguments, `op_kwargs`, and the DAG's params."""
    found: dict[str, Outcomes] = {}
    params = function.scope.params
    called = [o.value for o in resolver.evaluate(call.func, dag.frame)]
    if function.bound is not None and params:
        return ((params[0].name, (Outcome(function.bound),)),)  # an operator keeps what it is made with
    if any(isinstance(v, External) for v in called):
        for base in resolver.calls.argument(call, dag.frame, "op_kwargs") or ():
            for key in element_keys(resolver, base) or ():
                if (name := text_of(key.value)) is not None:
                    found[name] = entry(resolver, base, name)
        for base in resolver.calls.argument(call, dag.frame, "op_args") or ():
            found.update(zip((p.name for p in params), ((o,) for o in elements(resolver, base) or ()), strict=False))
    else:
        plain = [a.value for a in call.args if a.name == ""]
        values = [
            *zip((p.name for p in params), plain, strict=False),
            *((a.name, a.value) for a in call.args if a.name),
        ]
        found.update((n, resolver.evaluate(v, dag.frame)) for n, v in values if n not in ("*", "**"))
    templated = {n: tuple(t for o in values for t in _templated(resolver, o, dag)) for n, values in found.items()}
    if dag.params:
        context = (Outcome(Elements(dag.params, ("params",))),)
        templated.update((p.name, context) for p in params if p.kind == "**" and p.name not in templated)
        templated.update((p.name, dag.params) for p in params if p.name == "params" and p.kind != "**")
    return tuple(templated.items())


def _templated(resolver: Resolver, outcome: Outcome, dag: _Dag) -> Outcomes:
    """A text with Jinja's `{{ params.x }}` and `{{ var.value.x }}` as what it stands for, where that is all it is."""
    written = text_of(outcome.value) or ""
    match = _JINJA.match(written)
    if match is None:
        return (outcome,)
    if match[1].startswith("params"):
        found = tuple(o for base in dag.params for o in entry(resolver, base, match[2]))
        return found or (Outcome(Unknown(f"the param `{match[2]}` is given when the DAG runs"), outcome.trail),)
    trail = tuple(replace(s, value=None) for s in outcome.trail)
    if match[1].startswith("conn"):
        return (Outcome(Credential("runtime", "airflow", match[2]), trail),)
    why = f"`{match[2]}` is a Variable of Airflow, set where it runs"
    return (Outcome(Unknown(why, "runtime", "airflow", match[2]), trail),)


def _dag(resolver: Resolver, scope: f.Scope, module: Frame) -> _Dag | None:
    """The DAG that a scope builds, with the frame it is built in: a decorated function, or a module with `DAG(…)`."""
    if scope.kind == "function":
        for decorator in scope.decorators:
            for outcome in resolver.evaluate(decorator, module):
                made = outcome.value
                if isinstance(made, (External, Made)) and made.name.removesuffix("()") in _DAG:
                    frame = resolver.keep(Frame(module.path, scope, _EMPTY, outer=module))
                    given = resolver.calls.argument(made.call, made.frame, "params") if isinstance(made, Made) else None
                    return _Dag(_argument(resolver, made, "dag_id", 0) or scope.name, frame, _params(resolver, given))
        return None
    if scope.kind != "module":
        return None
    for call in scope.calls:
        for outcome in resolver.evaluate(call.func, module):
            if isinstance(outcome.value, External) and outcome.value.name in _CLASSES:
                given = resolver.calls.argument(call, module, "dag_id", 0) or ()
                names = [t for o in given if (t := text_of(o.value)) is not None]
                name = names[0] if names else module.path.rsplit("/", 1)[-1].removesuffix(".py")
                return _Dag(name, module, _params(resolver, resolver.calls.argument(call, module, "params")))
    return None


def _params(resolver: Resolver, given: Outcomes | None) -> Outcomes:
    """A DAG's params, with the defaults of those that are `Param(default, …)`."""
    made = []
    for base in given or ():
        names = [t for k in element_keys(resolver, base) or () if (t := text_of(k.value)) is not None]
        values = [(o, n) for n in names for o in entry(resolver, base, n)[:1]]
        plain = []
        for outcome, _ in values:
            value = outcome.value
            declared = isinstance(value, Made) and value.name.endswith("Param()")
            found = resolver.calls.argument(value.call, value.frame, "default", 0) if isinstance(value, Made) else None
            plain.append((found or (outcome,))[0] if declared else outcome)
        made.append(Outcome(Elements(named_each(plain, names), tuple(names))))
    return tuple(made)


def named_each(values: list[Outcome], names: list[str]) -> Outcomes:
    """Values that are called by the params they are."""
    return tuple(o for v, n in zip(values, names, strict=True) for o in named((v,), f"params.{n}"))


def _argument(resolver: Resolver, made: External | Made, name: str, position: int | None = None) -> str | None:
    if not isinstance(made, Made):
        return None
    found = resolver.calls.argument(made.call, made.frame, name, position) or ()
    return next((t for o in found if (t := text_of(o.value)) is not None), None)


_MAPPED = frozenset({"expand", "expand_kwargs"})
_BEFORE = frozenset({"partial", "override"})
"""Methods of a task: what maps it over inputs, and what gives it arguments or options before it is called."""


def _plainly(resolver: Resolver, call: f.Call, frame: Frame) -> tuple[f.Call, str]:
    """A task that is mapped, or made with other options (`ask.partial(…).expand(…)`, `ask.override(task_id=…)(…)`), as a
    call of the task, with the id that it is given; source:
    https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/dynamic-task-mapping.html."""
    func, args, task = call.func, call.args, ""
    if isinstance(func, f.Get) and func.attr and f.last_name(func) in _MAPPED:
        func = func.base
    for _ in range(len(_BEFORE)):
        inner = frame.scope.calls[func.index] if isinstance(func, f.CallRef) else None
        if inner is None or not isinstance(inner.func, f.Get) or f.last_name(inner.func) not in _BEFORE:
            break
        if f.last_name(inner.func) == "override":
            task = task or _task_id(resolver, inner, frame)
        else:
            args = (*inner.args, *args)
        func = inner.func.base
    return (call if func is call.func else resolver.keep(f.Call(func, args, call.at))), task


def _made(resolver: Resolver, call: f.Call, frame: Frame) -> Iterator[tuple[str, Function]]:
    """The task, if any, that a call in a DAG makes: its id and function."""
    for outcome in resolver.evaluate(call.func, frame):
        value = outcome.value
        if isinstance(value, Function):
            decorator = _task_decorator(resolver, value)
            if decorator is not None:
                yield _argument(resolver, decorator, "task_id") or _plain(value), value
        elif isinstance(value, Made) and value.name.removesuffix("()").startswith(_TASK):
            for given in resolver.calls.argument(value.call, value.frame, "python_callable", 0) or ():
                if isinstance(given.value, Function):
                    yield _argument(resolver, value, "task_id") or _plain(given.value), given.value
        elif isinstance(value, External) and value.name.endswith("PythonOperator"):
            for given in resolver.calls.argument(call, frame, "python_callable") or ():
                if isinstance(given.value, Function):
                    yield _task_id(resolver, call, frame) or _plain(given.value), given.value
        elif isinstance(value, Class) and _is_operator(resolver, value):
            for made in resolver.calls.value(call, frame):
                run = objects.method(resolver, made.value, "execute") if isinstance(made.value, Instance) else None
                if run is not None:
                    yield _task_id(resolver, call, frame) or value.scope.simple_name, run


def _task_id(resolver: Resolver, call: f.Call, frame: Frame) -> str:
    given = resolver.calls.argument(call, frame, "task_id") or ()
    return next((t for o in given if (t := text_of(o.value)) is not None), "")


def _is_operator(resolver: Resolver, cls: Class) -> bool:
    """Whether a class of the tree is an operator of its own: Airflow calls `execute` of what is made of it."""
    above = (c.name for c in objects.bases(resolver, cls) if isinstance(c, External))
    return any(n.startswith("airflow.") and n.endswith(("Operator", "Sensor")) for n in above)


def _task_decorator(resolver: Resolver, function: Function) -> External | Made | None:
    for expr in function.scope.decorators:
        for outcome in resolver.evaluate(expr, function.frame):
            value = outcome.value
            if isinstance(value, (External, Made)) and value.name.removesuffix("()").startswith(_TASK):
                return value
    return None


def _plain(function: Function) -> str:
    return function.scope.simple_name
