"""Metrics that Prometheus fetches from GET /modelguard/metrics, with an administrator's key.

All workers of a host count into files of one folder (prometheus_client's multi-process mode), so whichever of them is
asked answers for all, and what a worker counted before it died stays. The folder is PROMETHEUS_MULTIPROC_DIR where that is
set (LiteLLM's own /metrics then has these as well), else `modelguard-metrics` beside the policy.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelguard.enforce.metrics import INSTRUMENTS, LABELS, TOKENS, TYPE, Measuring, MetricsError

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_OURS = ("modelguard_", "gen_ai_client_")


class Prometheus:
    """The counters of this worker, and the text that all workers' come to."""

    def __init__(self, default: Path) -> None:
        given = os.environ.get(VARIABLE)
        self.folder = Path(given) if given else default
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not given:
                _begin(self.folder)
        except OSError as error:
            raise MetricsError(
                f"MODELGUARD_METRICS=prometheus: {self.folder} can't be written ({error.strerror}); set {VARIABLE}"
            ) from error
        os.environ[VARIABLE] = str(self.folder)
        self._take = _instruments()
        self._measuring = Measuring()
        # There from the start: what comes later is seen to have begun at zero.
        _starts().inc()

    def __call__(self, line: Mapping[str, Any]) -> None:
        """Count a line about a call."""
        for found in self._measuring.of(line):
            names = (*LABELS, TYPE) if found.instrument is TOKENS else LABELS
            made = self._take[found.instrument.name].labels(*(found.attributes.get(n, "") for n in names))
            if found.instrument.kind == "counter":
                made.inc(found.amount)
            else:
                made.observe(found.amount)

    def text(self) -> tuple[str, bytes]:
        """The content type, and what all workers have counted. Reads files: not for the event loop."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        registry.register(_Ours(MultiProcessCollector(None, path=str(self.folder))))
        return CONTENT_TYPE_LATEST, generate_latest(registry)


class _Ours:
    """A collector's metrics without those of others in the same folder."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def collect(self) -> list[Any]:
        return [m for m in self._inner.collect() if m.name.startswith(_OURS)]


def _instruments() -> dict[str, Any]:
    try:
        from prometheus_client import Counter, Histogram, values
    except ImportError as error:
        raise MetricsError(
            "MODELGUARD_METRICS=prometheus needs prometheus-client: pip install 'modelguard-ci[metrics]'"
        ) from error
    if values.ValueClass is values.MutexValue:
        # Somebody loaded it before us, and it chose then to count in memory: workers would each tell their own.
        raise MetricsError(f"MODELGUARD_METRICS=prometheus: set {VARIABLE} to a folder in the proxy's environment")
    found: dict[str, Any] = {}
    for one in INSTRUMENTS:
        names = [n.replace(".", "_") for n in ((*LABELS, TYPE) if one is TOKENS else LABELS)]
        if one.kind == "counter":
            found[one.name] = Counter(one.prometheus, one.about, names, registry=None)
        else:
            found[one.name] = Histogram(one.prometheus, one.about, names, registry=None, buckets=one.buckets)
    return found


def _starts() -> Any:
    from prometheus_client import Counter

    return Counter("modelguard_worker_starts", "Starts of the proxy's workers.", registry=None)


def _begin(folder: Path) -> None:
    """Start anew where no worker lives that counted here; else join those that do.

    While one lives nothing is taken away: a sum that shrinks would read as a restart, and be counted twice.
    """
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        markers = list(folder.glob("worker-*"))
        if not any(_lives(marker) for marker in markers):
            for path in (*markers, *folder.glob("*.db")):
                path.unlink(missing_ok=True)
        (folder / f"worker-{os.getpid()}").touch()


def _lives(marker: Path) -> bool:
    with contextlib.suppress(ValueError, ProcessLookupError):
        pid = int(marker.name.removeprefix("worker-"))
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        return pid != os.getpid()
    return False
