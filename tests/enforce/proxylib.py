"""A real LiteLLM proxy with the guard, in front of the counting upstream; both are processes of their own.

Needs `litellm[proxy]` (extra `integration`); tests skip without it, and fail under CI.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from modelguard.budget.ledger import parse_ledger
from modelguard.cost.apart import Apart
from modelguard.cost.prices import Price, Prices
from modelguard.enforce.compile import compile_policy
from modelguard.enforce.fingerprint import fingerprint, new_key, parse_keys
from modelguard.enforce.policy import Policy, as_document
from modelguard.enforce.proxy_config import read_proxy_config
from modelguard.graph.model import Graph

# A connection a request, so that requests go to all workers; one client, as making one takes longer than a request.
CLIENT = httpx.Client(
    timeout=60, limits=httpx.Limits(max_connections=200, max_keepalive_connections=0), trust_env=False
)
HERE = Path(__file__).parent
CI = bool(os.environ.get("MODELGUARD_CI"))
HAVE_PROXY = importlib.util.find_spec("litellm") is not None and importlib.util.find_spec("apscheduler") is not None
HAVE_REDIS = shutil.which("redis-server") is not None


def needs(thing: bool, name: str) -> pytest.MarkDecorator:
    """Skips where a component is missing; under CI a missing one is let through, and fails."""
    return pytest.mark.skipif(not thing and not CI, reason=f"{name} is not installed")


needs_proxy = needs(HAVE_PROXY, "litellm[proxy]")
needs_redis = needs(HAVE_REDIS, "redis-server")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def prices(names: dict[str, tuple[str, str]] | None = None, sound: frozenset[str] = frozenset()) -> Prices:
    """The shipped prices, with some of our own for invented models, of `sound` also for that; USD per million tokens."""
    from decimal import Decimal

    own = {n: Price(Decimal(i), Decimal(o), None, None, "test") for n, (i, o) in (names or {}).items()}
    kinds = {n: (("input_audio", own[n].input), ("output_audio", own[n].output)) if n in sound else () for n in own}
    return Prices(own, apart={n: Apart(kinds[n], most=4096) for n in own})


@dataclass
class Process:
    """A process that is ended by its own id, with whatever it started."""

    popen: subprocess.Popen[bytes]

    def stop(self) -> None:
        if self.popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGTERM)
            try:
                self.popen.wait(8)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.popen.pid, signal.SIGKILL)
                self.popen.wait(5)


@dataclass
class Rig:
    """Proxy, upstream, policy and keys of one test."""

    folder: Path
    upstream_port: int
    port: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    proxy: Process | None = None
    env: dict[str, str] = field(default_factory=dict)
    master: str = field(default_factory=new_key)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def upstream(self) -> str:
        return f"http://127.0.0.1:{self.upstream_port}"

    def key(self, consumer: str) -> str:
        return self.keys.setdefault(consumer, new_key())

    def calls(self) -> list[dict[str, Any]]:
        """What the upstream was asked and may bill."""
        path = self.folder / "upstream.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [c for c in map(json.loads, lines) if not c.get("free")]

    def lines(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(t) for t in path.read_text().splitlines()] if path.exists() else []

    def wait_lines(self, count: int, seconds: float = 15) -> list[dict[str, Any]]:
        """The guard's lines, once there are so many."""
        until = time.time() + seconds
        while len(self.lines()) < count and time.time() < until:
            time.sleep(0.05)
        return self.lines()

    def write_policy(self, ledger: str, config: str, own: Prices, on: date | None = None, admin: str = "") -> Policy:
        """Compile a ledger and put the policy where the guard reads it, whole."""
        entries = [
            f"  - {{consumer: {c}, fingerprint: '{fingerprint(k)}', alias: {c}-1}}" for c, k in self.keys.items()
        ]
        if admin:
            entries.append(f"  - {{admin: true, fingerprint: '{fingerprint(admin)}', alias: admin}}")
        text = "version: 1\nkeys:\n" + "\n".join(entries) + "\n"
        found = compile_policy(
            parse_ledger(ledger.encode(), "budgets.yaml"),
            Graph(),
            read_proxy_config(config.encode(), "proxy.yaml"),
            parse_keys(text.encode()),
            own,
            on or date.today(),
        )
        target = self.folder / "policy.json"
        draft = self.folder / "policy.json.new"
        draft.write_text(json.dumps(as_document(found.policy)))
        draft.replace(target)
        return found.policy

    def start(self, config: str, workers: int = 1, guard: bool = True) -> None:
        """Start the proxy and wait until it answers; its output goes to proxy.log."""
        self.port = free_port()
        path = self.folder / "proxy.yaml"
        path.write_text(config)
        env = {
            **os.environ,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_TELEMETRY": "False",
            "LITELLM_MASTER_KEY": self.master,
            "OPENAI_API_KEY": "sk-upstream-secret-0001",
            "ANTHROPIC_API_KEY": "sk-upstream-secret-0002",
            "GEMINI_API_KEY": "sk-upstream-secret-0003",
            "OPENAI_API_BASE": self.upstream,
            "ANTHROPIC_API_BASE": self.upstream,
            "GEMINI_API_BASE": self.upstream,
            "PYTHONUNBUFFERED": "1",
            **self.env,
        }
        if guard:
            env |= {
                "MODELGUARD_POLICY": str(self.folder / "policy.json"),
                "MODELGUARD_LOG": str(self.folder / "calls.jsonl"),
                "MODELGUARD_STORE": self.env.get("MODELGUARD_STORE", str(self.folder / "budgets.sqlite")),
            }
        command = [
            sys.executable,
            str(HERE / "launch.py"),
            "--config",
            str(path),
            "--port",
            str(self.port),
            "--host",
            "127.0.0.1",
        ]
        command += ["--num_workers", str(workers)] if workers > 1 else []
        with (self.folder / "proxy.log").open("ab") as log:
            popen = subprocess.Popen(
                command, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=self.folder
            )
        self.proxy = Process(popen)
        self.processes.append(self.proxy)
        wait_for(f"{self.url}/health/liveliness", popen, self.folder / "proxy.log", workers)

    def stop_proxy(self) -> None:
        """End the proxy, as a deployment does."""
        assert self.proxy is not None
        self.proxy.stop()

    def ask(self, path: str, consumer: str | None, body: Any = None, **more: Any) -> httpx.Response:
        """A POST as a consumer."""
        headers = more.pop("headers", {})
        if consumer is not None:
            headers = {"Authorization": f"Bearer {self.key(consumer)}", **headers}
        return CLIENT.post(f"{self.url}{path}", json=body, headers=headers, **more)

    def chat(self, consumer: str | None, model: str, text: str = "hello", **body: Any) -> httpx.Response:
        """A chat completion as a consumer."""
        return self.ask(
            "/v1/chat/completions", consumer, {"model": model, "messages": [{"role": "user", "content": text}], **body}
        )


def wait_for(url: str, popen: subprocess.Popen[bytes], log: Path, times: int = 1, seconds: float = 300) -> None:
    """Until a URL answers so many times; with the end of the log where it does not."""
    until = time.time() + seconds
    seen = 0
    while time.time() < until:
        if popen.poll() is not None:
            break
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                seen += 1
                if seen >= times:
                    return
                continue
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer:\n" + log.read_text(errors="replace")[-3000:])


@contextlib.contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """The upstream, running; whatever was started is ended at the end."""
    port = free_port()
    with (folder / "upstream.out").open("ab") as log:
        popen = subprocess.Popen(
            [sys.executable, str(HERE / "upstream.py"), str(port), str(folder / "upstream.log")],
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder,
        )  # fmt: skip
    found = Rig(folder, port)
    found.processes.append(Process(popen))
    try:
        wait_for(f"http://127.0.0.1:{port}/ready", popen, folder / "upstream.out")
        (folder / "upstream.log").unlink(missing_ok=True)
        yield found
    finally:
        for process in reversed(found.processes):
            process.stop()


@contextlib.contextmanager
def redis_server(
    folder: Path, port: int | None = None, log: bool = False
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Redis of the test's own; its URL and process. With `log` it remembers every change over its end."""
    port = port or free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    command += ["--appendonly", "yes", "--appendfsync", "always"] if log else []
    with (folder / "redis.log").open("ab") as out:
        popen = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until = time.time() + 10
        while time.time() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
                break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0", popen
    finally:
        Process(popen).stop()
