"""What the guard adds to a request, beside the bare proxy in the same run; memory over many requests.

    python bench/guard.py [REQUESTS] [--soak N] [--metrics]

Proxies of the same configuration, one with the guard, with --metrics another whose guard also counts for Prometheus and
OpenTelemetry (pushed each second to a receiver on loopback), in front of one upstream. Requests go to each in turn, one at
a time over kept connections, so that a busy machine is busy for all. All write the record. Needs litellm[proxy].
Prints medians, 99th percentiles and their differences; with --soak the memory of the proxies every tenth of N requests.

Measured on 2026-11-25 (2 cores, busy, --soak 100000): resident MiB every 10,000 requests, guarded 332 390 390 390 390 391
391 391 391 391 391, bare 328 387 386 388 388 388 388 388 388 388 388.

Measured on 2026-11-25 (2 cores, nothing else running, 2000 --metrics): alone around nothing 0.39 ms at the median, 0.91 ms at
the 99th percentile, with metrics 0.48 and 1.37 ms; beside the bare proxy (10.13 and 13.04 ms) -0.23 and -0.06 ms, with metrics
-0.37 and +0.30 ms.

Measured on 2026-11-25 (2 cores, load 7, 2000 --metrics), added to the bare proxy's 16.5 ms and 38.8 ms at the 99th percentile
(which checks a master key instead): record only -2.3 and -3.3, with metrics -2.1 and -0.8; alone around nothing 0.31 and
0.41 ms, 4.1 ms at the 99th percentile for both.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import httpx
from enforce.otlplib import receiver
from enforce.proxylib import Rig, prices, rig

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
SETTINGS
"""
GUARD = """general_settings: {custom_auth: modelguard.enforce.litellm.auth}
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard]}"""
LEDGER = "version: 1\nallocations: [{consumer: api, model: ok-mini, limit: 1000000, per: day, max_output: 50}]\n"
PROMPT = "What is the capital of France? " * 40


def memory(rig_: Rig) -> int:
    """Resident memory of a proxy, MiB."""
    assert rig_.proxy is not None
    text = Path(f"/proc/{rig_.proxy.popen.pid}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


def once(client: httpx.Client, url: str, key: str, text: str) -> float:
    """Milliseconds of one chat completion."""
    body = {"model": "fast", "messages": [{"role": "user", "content": text}]}
    start = time.perf_counter()
    answer = client.post(f"{url}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})
    took = time.perf_counter() - start
    if answer.status_code != 200:
        raise SystemExit(f"{answer.status_code}: {answer.text[:300]}")
    return took * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("requests", nargs="?", type=int, default=1000)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--metrics", action="store_true")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        rigs = started(stack, asked.metrics)
        alone(rigs["guarded"], "")
        if asked.metrics:
            os.environ.update({k: v for k, v in rigs["metrics"].env.items() if k.startswith("OTEL_")})
            alone(rigs["guarded"], "otlp,prometheus")
        if asked.requests:
            measure(rigs, asked.requests)
        for name, found in rigs.items():
            soak(name, found, shown_to(name, found), asked.soak)


def started(stack: contextlib.ExitStack, metrics: bool) -> dict[str, Rig]:
    """The proxies by name, running until the stack ends; all in front of the first one's upstream."""
    places = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(3)]
    guarded = stack.enter_context(rig(places[0]))
    rigs = {"bare": Rig(places[1], guarded.upstream_port), "guarded": guarded}
    if metrics:
        counting = rigs["metrics"] = Rig(places[2], guarded.upstream_port)
        collector = stack.enter_context(receiver())
        counting.env |= {
            "MODELGUARD_METRICS": "otlp,prometheus",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        }
    for name, found in rigs.items():
        config = CONFIG.replace("UP", guarded.upstream).replace("SETTINGS", "" if name == "bare" else GUARD)
        if name != "bare":
            found.key("api")
            found.write_policy(LEDGER, config, prices({"ok-mini": ("1", "2")}))
        stack.callback(lambda found=found: [p.stop() for p in found.processes])
        found.start(config, guard=name != "bare")
    return rigs


def shown_to(name: str, found: Rig) -> str:
    """A consumer's key; to the bare proxy its master key, the fastest that it has."""
    return found.master if name == "bare" else found.key("api")


def measure(rigs: dict[str, Rig], count: int) -> None:
    """In turns, after a warm-up."""
    times: dict[str, list[float]] = {name: [] for name in rigs}
    with httpx.Client(timeout=60, trust_env=False) as client:
        for index in range(count + 100):
            order = list(rigs.items())
            for name, found in order[index % len(order) :] + order[: index % len(order)]:
                took = once(client, found.url, shown_to(name, found), f"{index} {PROMPT}")
                if index >= 100:
                    times[name].append(took)
    figures = {n: (statistics.median(t), statistics.quantiles(t, n=100)[98], min(t)) for n, t in times.items()}
    print(f"{count} requests each, in turns; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print("             median      p99      min   (ms)")
    for name, values in figures.items():
        print(f"{name:10}" + "".join(f"{v:9.2f}" for v in values))
    for name in (n for n in rigs if n != "bare"):
        added = "".join(f"{g - b:+9.2f}" for g, b in zip(figures[name], figures["bare"], strict=True))
        pairs = statistics.median(g - b for g, b in zip(times[name], times["bare"], strict=True))
        print(f"+ {name:8}{added}; pair by pair the median difference is {pairs:+.2f} ms")


def alone(guarded: Rig, metrics: str, count: int = 2000) -> None:
    """The guard around an application that answers at once: what it does itself, its store included."""
    import asyncio
    import json

    from modelguard.enforce.asgi import GuardMiddleware
    from modelguard.enforce.guard import Guard
    from modelguard.enforce.metrics import sinks
    from modelguard.enforce.record import Recorder
    from modelguard.enforce.source import PolicySource
    from modelguard.enforce.store_sqlite import SqliteStore
    from modelguard.enforce.usage_of import Tokens
    from modelguard.enforce.wire import Message, Receive, Scope, Send

    guard = Guard(
        PolicySource(guarded.folder / "policy.json"),
        SqliteStore(guarded.folder / "alone.sqlite"),
        Recorder(guarded.folder / "alone.jsonl", sinks(metrics, guarded.folder / "metrics")),
    )
    key = guarded.key("api")
    body = json.dumps({"model": "fast", "messages": [{"role": "user", "content": PROMPT}]}).encode()
    headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        await guard.succeeded(scope["modelguard"], "fast", Tokens(11, 7), None, served="openai/ok-mini")

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        return None

    async def run() -> list[float]:
        layer, times = GuardMiddleware(inner, guard), []
        for _ in range(count):
            scope = {
                "type": "http",
                "method": "POST",
                "path": "/v1/chat/completions",
                "headers": headers,
                "query_string": b"",
            }
            start = time.perf_counter()
            await layer(scope, receive, send)
            times.append((time.perf_counter() - start) * 1000)
        return times

    times = asyncio.run(run())
    for sink in guard.recorder.sinks:
        getattr(sink, "close", lambda: None)()
    median, late = statistics.median(times), statistics.quantiles(times, n=100)[98]
    what = f"the guard alone, around nothing, with reserving, settling, record{' and metrics' if metrics else ''}"
    print(f"{what}: median {median:.2f} ms, p99 {late:.2f} ms")


def soak(name: str, found: Rig, key: str, count: int) -> None:
    """Memory while many requests go through, all different, some streamed, refused or of nobody."""
    if not count:
        return
    from concurrent.futures import ThreadPoolExecutor

    def one(client: httpx.Client, index: int) -> None:
        model, shown = ("unknown", key) if index % 50 == 7 else ("fast", f"{key}x" if index % 50 == 11 else key)
        body = {
            "model": model,
            "messages": [{"role": "user", "content": f"soak {index} {PROMPT}"}],
            "stream": index % 5 == 0,
        }
        headers = {"Authorization": f"Bearer {shown}"}
        answer = client.post(f"{found.url}/v1/chat/completions", json=body, headers=headers)
        if (answer.status_code == 200) != (model == "fast" and shown == key):
            raise SystemExit(f"{answer.status_code}: {answer.text[:300]}")

    print(f"{name}: memory (MiB) over {count:,} requests: {memory(found)}", end="", flush=True)
    start = time.perf_counter()
    with httpx.Client(timeout=60, trust_env=False) as client, ThreadPoolExecutor(8) as pool:
        for part in range(10):
            list(pool.map(lambda i: one(client, i), range(part * count // 10, (part + 1) * count // 10)))
            print(f" {memory(found)}", end="", flush=True)
    print(f"; {count / (time.perf_counter() - start):,.0f} requests a second")


if __name__ == "__main__":
    main()
