"""Functions that a framework runs each by itself: assets, ops, sensors and schedules of Dagster, and tasks of queues.

Names: https://docs.dagster.io/api/dagster/assets, https://docs.celeryq.dev/en/stable/userguide/tasks.html,
https://dramatiq.io/guide.html, https://huey.readthedocs.io/en/latest/guide.html, https://taskiq-python.github.io. Only those
that come to spend are consumers in the end; tasks whose worker is known belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelguard.extract import facts as f
from modelguard.link.frames import Context, Frame
from modelguard.link.program import Program
from modelguard.link.resolve import Resolver
from modelguard.link.runners import Task
from modelguard.link.values import External, Function, Made, text_of

DAGSTER = frozenset(
    f"dagster.{name}"
    for name in "asset op multi_asset asset_check multi_asset_check sensor asset_sensor multi_asset_sensor run_status_sensor"
    " run_failure_sensor schedule hook success_hook failure_hook".split()
)
JOBS = frozenset(f"dagster.{name}" for name in "job graph graph_asset graph_multi_asset repository".split())
"""What only puts steps together."""
QUEUED = frozenset(
    {
        "celery.shared_task", "celery.task", "celery.Celery().task", "celery.app.Celery().task", "celery.decorators.task",
        "dramatiq.actor", "huey.Huey().task", "huey.RedisHuey().task", "huey.SqliteHuey().task", "huey.contrib.djhuey.task",
        "huey.contrib.djhuey.db_task", "django.tasks.task", "procrastinate.App().task",
    }
)  # fmt: skip
_NOBODY = Context("steps")


def tasks(program: Program, resolver: Resolver, known: frozenset[str], platform: str) -> Iterator[Task]:
    """Every function of the tree with one of these decorators."""
    for path, scope in program.code():
        if not scope.decorators or scope.owner or scope.kind != "function":
            continue
        module = program.module_frame(path, _NOBODY)
        name = step(resolver, scope, module, known) if module is not None else ""
        if name and module is not None:
            yield Task(name, path, scope.at[0], Function(path, scope, module), (), platform)


def step(resolver: Resolver, scope: f.Scope, module: Frame, known: frozenset[str]) -> str:
    """The name of the step that its decorators make of a function; empty where they make none."""
    for decorator in scope.decorators:
        for outcome in resolver.evaluate(decorator, module):
            value = outcome.value
            if isinstance(value, (External, Made)) and value.name.removesuffix("()") in known:
                given = resolver.calls.argument(value.call, value.frame, "name") if isinstance(value, Made) else None
                own = next((t for o in given or () if (t := text_of(o.value)) is not None), None)
                return own or scope.name.split("~", 1)[0]
    return ""
