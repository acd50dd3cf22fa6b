"""Workers of flow engines: services that run the flows of the tree which lie in their container, in their environment.

Sources: https://docs.prefect.io/v3/concepts/workers, https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html
(the image apache/airflow runs `airflow` with what it is given), https://docs.dagster.io/deployment/code-locations. A flow
stays a consumer of its own; what the worker has in its environment is what the flow finds there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelguard.link.actions import Layers
from modelguard.link.frames import Context
from modelguard.link.program import Program
from modelguard.link.runners import Runner

_COMMANDS = {
    "prefect": (re.compile(r"(?:^|\s)prefect (?:worker|agent) start\b"),),
    # Where Celery's workers are, the scheduler runs no task itself.
    "airflow": (
        re.compile(r"(?:^|\s)airflow (?:celery )?worker\b"),
        re.compile(r"(?:^|\s)airflow (?:scheduler|standalone)\b"),
    ),
    "dagster": (
        re.compile(r"(?:^|\s)dagster (?:api grpc|code-server start)\b"),
        re.compile(r"(?:^|\s)dagster dev\b"),
        re.compile(r"(?:^|\s)dagster-daemon run\b"),
    ),
}
"""By engine, what starts its workers: a later one only counts where there is none of an earlier one."""
_AIRFLOW = re.compile(r"(?:^|/)airflow(?:[:@]|$)")


@dataclass(frozen=True, eq=False)
class _Worker:
    """A worker with the folders of the tree that lie in its container."""

    runner: Runner
    rank: int


class Workers:
    """The workers among some consumers."""

    def __init__(self, program: Program, runners: Sequence[Runner]) -> None:
        self._program = program
        self._by_engine: dict[str, list[_Worker]] = {}
        self._contexts: dict[tuple[int, ...], Context] = {}
        for runner in runners:
            for engine, commands in _COMMANDS.items():
                said = _said(runner)
                rank = next((n for n, c in enumerate(commands) if c.search(said)), None)
                if rank is not None and runner.folders:
                    self._by_engine.setdefault(engine, []).append(_Worker(runner, rank))

    def layers(self, engine: str, path: str) -> Layers:
        """The environments in which a flow of this file may run; nothing where no worker has the file."""
        return tuple(
            layer for worker in self._having(engine, path) for layer in (*_own(worker.context), *worker.context.layers)
        )

    def script(self, path: str, shared: Context) -> Context:
        """The context of a program: its worker's where it is a flow that one has, else `shared`."""
        engine = next((e for e in self._by_engine if self._imports(path, e)), None)
        found = self._having(engine, path) if engine is not None else []
        if not found:
            return shared
        key = tuple(id(r) for r in found)
        if key not in self._contexts:
            self._contexts[key] = replace(shared, layers=self.layers(engine or "", path))
        return self._contexts[key]

    def runs(self, runner: Runner) -> bool:
        """Whether a consumer is a worker that has files of the tree to run."""
        return any(w.runner is runner for workers in self._by_engine.values() for w in workers)

    def placed(self, runner: Runner) -> Runner:
        """A consumer that an engine's file declares, in its worker's environment; one with an image runs in that."""
        engine = runner.platform
        if engine not in self._by_engine or runner.image or not runner.entries:
            return runner
        layers = self.layers(engine, runner.entries[0].path)
        return replace(runner, context=replace(runner.context, layers=(*runner.context.layers, *layers)))

    def _having(self, engine: str, path: str) -> list[Runner]:
        having = [w for w in self._by_engine.get(engine, ()) if any(_inside(path, d) for d in w.runner.folders)]
        best = min((w.rank for w in having), default=0)
        return [w.runner for w in having if w.rank == best]

    def _imports(self, path: str, engine: str) -> bool:
        top = self._program.scopes(path).get("")
        return top is not None and any(i.module.split(".", 1)[0] == engine for i in top.imports)


def _said(runner: Runner) -> str:
    words = " ".join(runner.argv)
    return f"airflow {words}" if _AIRFLOW.search(runner.image) and not words.startswith(("airflow", "bash")) else words


def _own(context: Context) -> Layers:
    unit, frame = context.unit, context.unit_frame
    return ((unit.env, frame),) if unit is not None and unit.env is not None and frame is not None else ()


def _inside(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def plain(folder: str) -> str:
    """A folder of the tree without what says nothing; empty for its root."""
    whole = posixpath.normpath(folder)
    return "" if whole == "." else whole.lstrip("/")
