"""Airflow: each task of a DAG is a consumer, `dag.task`.

Source: Airflow's TaskFlow API (`@dag`, `@task`, `task(function, task_id=…)`) and `PythonOperator(python_callable=…)`
(https://airflow.apache.org/docs/apache-airflow/stable/tutorial/taskflow.html). A DAG file only builds the DAG: what runs
is the tasks' functions, so the file itself is no script.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from modelguard.extract import facts as f
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.values import External, Function, Made, text_of

_EMPTY = Context("dag")
_DAG = frozenset({"airflow.decorators.dag", "airflow.sdk.dag"})
_CLASSES = frozenset({"airflow.DAG", "airflow.models.DAG", "airflow.models.dag.DAG", "airflow.sdk.DAG"})
_TASK = ("airflow.decorators.task", "airflow.sdk.task")


@dataclass(frozen=True, eq=False)
class Task:
    """A task: where the DAG makes it, and the function that it runs."""

    name: str
    path: str
    line: int
    function: Function


def tasks(program: Program, resolver: Resolver) -> Iterator[Task]:
    """The tasks of every DAG of the tree, in the order they are made; one that is made twice is there once."""
    for path, scope in program.code():
        if {"dag", "DAG"}.isdisjoint(scope.mentions) and not scope.decorators:
            continue
        module = program.module_frame(path, _EMPTY)
        if module is None:
            continue
        found = _dag(resolver, scope, module)
        if found is None:
            continue
        name, frame = found
        seen: set[tuple[str, int]] = set()
        for call in scope.calls:
            for task, function in _made(resolver, call, frame):
                key = (task, id(function.scope))
                if key not in seen:
                    seen.add(key)
                    yield Task(f"{name}.{task}", path, call.at[0], function)


def _dag(resolver: Resolver, scope: f.Scope, module: Frame) -> tuple[str, Frame] | None:
    """The DAG that a scope builds, with the frame it is built in: a decorated function, or a module with `DAG(…)`."""
    if scope.kind == "function":
        for decorator in scope.decorators:
            for outcome in resolver.evaluate(decorator, module):
                made = outcome.value
                if isinstance(made, (External, Made)) and made.name.removesuffix("()") in _DAG:
                    frame = resolver.keep(Frame(module.path, scope, _EMPTY, outer=module))
                    return _argument(resolver, made, "dag_id", 0) or scope.name, frame
        return None
    if scope.kind != "module":
        return None
    for call in scope.calls:
        for outcome in resolver.evaluate(call.func, module):
            if isinstance(outcome.value, External) and outcome.value.name in _CLASSES:
                given = resolver.calls.argument(call, module, "dag_id", 0) or ()
                names = [t for o in given if (t := text_of(o.value)) is not None]
                return (names[0] if names else module.path.rsplit("/", 1)[-1].removesuffix(".py")), module
    return None


def _argument(resolver: Resolver, made: External | Made, name: str, position: int | None = None) -> str | None:
    if not isinstance(made, Made):
        return None
    found = resolver.calls.argument(made.call, made.frame, name, position) or ()
    return next((t for o in found if (t := text_of(o.value)) is not None), None)


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
                    ids = [text_of(o.value) for o in resolver.calls.argument(call, frame, "task_id") or ()]
                    yield (ids[0] if ids and ids[0] else _plain(given.value)), given.value


def _task_decorator(resolver: Resolver, function: Function) -> External | Made | None:
    for expr in function.scope.decorators:
        for outcome in resolver.evaluate(expr, function.frame):
            value = outcome.value
            if isinstance(value, (External, Made)) and value.name.removesuffix("()").startswith(_TASK):
                return value
    return None


def _plain(function: Function) -> str:
    return function.scope.name.rsplit(".", 1)[-1].split("~", 1)[0]
