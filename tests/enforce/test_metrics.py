"""Metrics of the guard: what a line comes to; then real proxies, a real OTLP receiver, and a real Prometheus."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from enforce.otlplib import grpc_receiver, receiver
from enforce.proxylib import (
    Process,
    Rig,
    free_port,
    needs,
    needs_proxy,
    needs_redis,
    prices,
    redis_server,
    rig,
    wait_for,
)
from hypothesis import given
from hypothesis import strategies as st

from modelguard.cli import main
from modelguard.enforce.metrics import MAX_SERIES, OTHER, Measuring, MetricsError, attributes_of, provider_of, sinks
from modelguard.enforce.record import Recorder
from modelguard.usage.sources.telemetry import QUERY

HAVE = (
    importlib.util.find_spec("prometheus_client") is not None and importlib.util.find_spec("opentelemetry") is not None
)
HAVE_GRPC = importlib.util.find_spec("grpc") is not None and HAVE
needs_metrics = needs(HAVE, "modelguard-ci[metrics]")
needs_prometheus = needs(shutil.which("prometheus") is not None, "prometheus")

LINE = {
    "ts": "2026-11-25T00:00:00Z", "call": "1", "consumer": "api", "account": "prod", "stage": None, "key": "api-1",
    "route": "messages", "status": 200, "refused": None, "refresh": False, "seconds": 1.5, "asked": "fast",
    "served": "bedrock/anthropic.claude-sonnet-4-6", "model": "claude-sonnet-4-6", "tokens_in": 100, "tokens_out": 7,
    "cache_read_tokens": 60, "cache_write_tokens": 0, "cost": "0.0125", "cache_hit": False, "stale": None,
}  # fmt: skip


def told(line: dict[str, Any]) -> dict[str, float]:
    found = {}
    for m in Measuring().of(line):
        kind = m.attributes.get("gen_ai.token.type")
        found[m.instrument.name + (f" {kind}" if kind else "")] = m.amount
    return found


def test_a_line_in_the_conventions_words() -> None:
    assert told(LINE) == {
        "modelguard.requests": 1,
        "gen_ai.client.operation.duration": 1.5,
        "modelguard.cost": 0.0125,
        "gen_ai.client.token.usage input": 100,
        "gen_ai.client.token.usage output": 7,
        "gen_ai.client.inference.usage.cache_read.input_tokens": 60,
    }
    assert attributes_of(LINE) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "fast",
        "gen_ai.response.model": "bedrock/anthropic.claude-sonnet-4-6",
        "modelguard.consumer": "api",
        "modelguard.account": "prod",
        "modelguard.key": "api-1",
        "modelguard.route": "messages",
        "modelguard.cache": "miss",
        "modelguard.refresh": "false",
    }


def test_cached_answers_have_no_billed_tokens_and_refusals_no_cost() -> None:
    hit = told({**LINE, "cache_hit": True, "cost": "0"})
    assert set(hit) == {"modelguard.requests", "gen_ai.client.operation.duration", "modelguard.cost"}
    assert attributes_of({**LINE, "cache_hit": True, "stale": "old"})["modelguard.cache"] == "stale"
    refused = {**LINE, "refused": "unallocated", "served": None, "status": 403}
    assert set(told(refused)) == {"modelguard.requests", "gen_ai.client.operation.duration"}
    said = attributes_of(refused)
    assert (said["error.type"], said["gen_ai.request.model"]) == ("unallocated", "fast")
    # What a client without a key writes is in no metric.
    said = attributes_of({**refused, "refused": "unknown_key", "asked": "x" * 5000, "consumer": None})
    assert "gen_ai.request.model" not in said and said["error.type"] == "unknown_key"


def test_providers_by_the_conventions_names() -> None:
    names = ("openai/gpt-4o", "vertex_ai/gemini-2.5-pro", "gemini/gemini-2.5-pro", "azure/gpt-4o", "odd/thing")
    assert [provider_of(n) for n in names] == ["openai", "gcp.vertex_ai", "gcp.gemini", "azure.ai.openai", "odd"]


def test_a_client_that_makes_up_names_fills_no_store() -> None:
    measuring = Measuring()
    seen = {
        m.attributes["gen_ai.request.model"]
        for i in range(3 * MAX_SERIES)
        for m in measuring.of({**LINE, "asked": f"m{i}"})
    }
    assert len(seen) == MAX_SERIES + 1 and OTHER in seen


@given(
    st.dictionaries(
        st.sampled_from([*LINE, "would_refuse"]), st.none() | st.text(max_size=5) | st.integers() | st.booleans()
    )
)
def test_no_line_stops_a_recorder(line: dict[str, Any]) -> None:
    recorder = Recorder(None, [lambda x: list(Measuring().of(x))])
    recorder.write(line)


def test_what_counts_may_fail_and_the_line_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(line: Any) -> None:
        raise ValueError("no")

    recorder = Recorder(tmp_path / "log", [broken])
    recorder.write(LINE)
    recorder.write(LINE)
    recorder.write({"schema": "modelguard.grace/1"})
    assert len((tmp_path / "log").read_text().splitlines()) == 3
    assert capsys.readouterr().err.count("can't be counted: ValueError: no") == 1


def test_what_is_not_known_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sinks("", tmp_path) == [] and sinks(" , ", tmp_path) == []
    with pytest.raises(MetricsError, match="there is no 'statsd'; there are otlp and prometheus"):
        sinks("statsd", tmp_path)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
    if HAVE:
        with pytest.raises(MetricsError, match="http/protobuf or grpc"):
            sinks("otlp", tmp_path)


COUNT = """
import sys
from pathlib import Path
from modelguard.enforce.metrics import sinks
[sink] = sinks("prometheus", Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    sink({"served": "openai/gpt-4o", "asked": "fast", "consumer": "api", "cost": "0.5", "route": "chat", "status": 200})
print(sink.text()[1].decode())
if len(sys.argv) > 3:
    sys.stdin.read()
"""


def counted(text: str, name: str) -> float:
    return sum(float(x.rsplit(" ", 1)[1]) for x in text.splitlines() if x.startswith((name + "{", name + " ")))


@needs_metrics
def test_workers_count_into_one_folder_and_a_new_proxy_starts_anew(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    command = [sys.executable, "-c", COUNT, str(folder)]
    env = {k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"}
    with subprocess.Popen(
        [*command, "3", "stay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
    ) as first:
        assert first.stdout is not None and first.stdin is not None
        while not first.stdout.readline().startswith("modelguard_cost_USD_total{"):
            pass
        # A second joins; what it counted stays when it is gone.
        for total in (5, 7):
            text = subprocess.run([*command, "2"], capture_output=True, text=True, env=env, check=True).stdout
            assert counted(text, "modelguard_requests_total") == total
        assert counted(text, "modelguard_cost_USD_total") == 3.5
        assert counted(text, "modelguard_worker_starts_total") == 3
        first.stdin.close()
    text = subprocess.run([*command, "1"], capture_output=True, text=True, env=env, check=True).stdout
    assert counted(text, "modelguard_requests_total") == 1
    assert (folder.stat().st_mode & 0o777) == 0o700


@needs_metrics
def test_a_library_that_counts_in_memory_already_is_an_error(tmp_path: Path) -> None:
    code = "import prometheus_client\n" + COUNT
    env = {k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "m"), "1"], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode and "set PROMETHEUS_MULTIPROC_DIR to a folder" in done.stderr


# -- real proxies --------------------------------------------------------------------------------------------------------

CONFIG = """
model_list:
  - {model_name: fast, litellm_params: {model: openai/ok-mini, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: smart, litellm_params: {model: openai/no-big, api_base: UP, api_key: sk-upstream-secret-0001}}
  - {model_name: broken, litellm_params: {model: openai/ok-flaky, api_base: UP, api_key: sk-upstream-secret-0001}}
router_settings: {num_retries: 0, cooldown_time: 0, allowed_fails: 100000}
general_settings: {custom_auth: modelguard.enforce.litellm.auth}
litellm_settings: {callbacks: [modelguard.enforce.litellm.guard], cache: true, cache_params: CACHE}
"""
OWN = dict.fromkeys(("ok-mini", "ok-flaky", "no-big"), ("1", "1000"))
LEDGER = """
version: 1
allocations:
  - {consumer: api, model: "ok-*", limit: 1000, per: day, max_output: 50}
  - {consumer: job, model: "ok-*", limit: 1000, per: day, max_output: 50}
"""


@contextlib.contextmanager
def prometheus(folder: Path, target: int, key: str) -> Iterator[str]:
    """A real Prometheus that fetches from the proxy each second; its URL."""
    port = free_port()
    (folder / "key").write_text(key)
    (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: guard
    metrics_path: /modelguard/metrics
    authorization: {{credentials_file: {folder}/key}}
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
""")
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]  # fmt: skip
    with (folder / "prometheus.log").open("ab") as log:
        popen = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder)
    try:
        wait_for(f"http://127.0.0.1:{port}/-/ready", popen, folder / "prometheus.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        Process(popen).stop()


LAST: list[bytes] = []


def ask(server: str, what: str, **params: Any) -> Any:
    """What Prometheus answers; the bytes are kept in LAST."""
    LAST.append(httpx.get(f"{server}/api/v1/{what}", params=params, timeout=20).content)
    return json.loads(LAST[-1])["data"]["result"]


def some_calls(found: Rig) -> int:
    """Calls of every kind; how many lines that makes."""
    for index in range(12):
        assert found.chat("api" if index % 3 else "job", "fast", f"q{index}").status_code == 200
    time.sleep(1.5)
    for index in range(6):
        assert found.chat("api", "fast", f"q{index}").status_code == 200
    assert found.chat("api", "fast", "streamed", stream=True).status_code == 200
    assert found.ask("/v1/embeddings", "job", {"model": "fast", "input": "hi"}).status_code == 200
    assert found.chat("api", "smart").status_code == 403
    assert found.chat("api", "broken").status_code == 500
    assert found.chat("stranger", "fast").status_code == 401
    return 23


def rows(folder: Path, source: str, path: str) -> dict[str, dict[str, Any]]:
    """What an import makes of a file, by consumer."""
    out = f"{source}.jsonl"
    result = CliRunner().invoke(main, ["usage", "import", source, path, "--output", out], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = [json.loads(x) for x in (folder / out).read_text().splitlines()[1:]]
    assert len({r["day"] for r in found}) == 1, "not at midnight"
    return {r["consumer"]: r for r in found}


SAME = ("model", "requests", "calls", "tokens_in", "tokens_out", "cache_read_tokens", "cache_write_tokens")


@needs_proxy
@needs_metrics
@needs_prometheus
@needs_redis
@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocol", "workers"),
    [("http/protobuf", 1), ("http/protobuf", 4), pytest.param("grpc", 4, marks=needs(HAVE_GRPC, "the gRPC exporter"))],
)
def test_lines_opentelemetry_and_prometheus_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str, workers: int
) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    listening = grpc_receiver if protocol == "grpc" else receiver
    with redis_server(tmp_path) as (url, _), listening() as collector, rig(tmp_path) as found:
        for name in ("api", "job"):
            found.key(name)
        admin = found.key("admin")
        del found.keys["admin"]
        port = url.rsplit(":", 1)[1].split("/")[0]
        text = CONFIG.replace("UP", found.upstream).replace(
            "CACHE", f"{{type: redis, host: 127.0.0.1, port: {port}, ttl: 600}}"
        )
        found.write_policy(LEDGER, text, prices(OWN), admin=admin)
        found.env |= {
            "MODELGUARD_METRICS": "otlp,prometheus",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_METRIC_EXPORT_INTERVAL": "700",
            "OTEL_SERVICE_NAME": "our-proxy",
        }
        found.start(text, workers)
        where = f"{found.url}/modelguard/metrics"
        with prometheus(tmp_path, found.port, admin) as server:
            assert httpx.get(where, timeout=20).status_code == 401
            refused = httpx.get(where, headers={"Authorization": f"Bearer {found.key('api')}"}, timeout=20)
            assert refused.status_code == 403 and "administrator" in refused.text
            begin, until = time.time(), time.time() + 60
            while not ask(server, "query", query="modelguard_worker_starts_total") and time.time() < until:
                time.sleep(0.2)  # Prometheus begins to fetch some seconds after it has started
            expected = some_calls(found)
            lines = [x for x in found.wait_lines(expected + 2) if x["asked"] or x["refused"] == "unknown_key"]
            assert len(lines) == expected
            time.sleep(3)
            shown = httpx.get(where, headers={"Authorization": f"Bearer {admin}"}, timeout=20)
            assert ask(server, "query_range", query=QUERY, start=begin, end=time.time(), step=1)
            (tmp_path / "range.json").write_bytes(LAST[-1])
        found.stop_proxy()
        (tmp_path / "otlp.json").write_text("\n".join(collector.kept))
        # Every worker tells the same, of all of them.
        assert counted(shown.text, "modelguard_requests_total") == expected + 2, "and the two that asked for metrics"
        assert counted(shown.text, "modelguard_worker_starts_total") == workers
        spent = sum(Decimal(x["cost"]) for x in lines)
        assert counted(shown.text, "modelguard_cost_USD_total") == pytest.approx(float(spent))
        secrets = [*found.keys.values(), admin, found.master, "sk-upstream", "q1"]
        for said in (shown.text, LAST[-1].decode(), *collector.kept, (tmp_path / "proxy.log").read_text()):
            assert not any(f'"{s}"' in said or (len(s) > 3 and s in said) for s in secrets)
        measured = rows(tmp_path, "guard", "calls.jsonl")
        assert measured["api"]["calls"] < measured["api"]["requests"]
        for source, path in (("otel-metrics", "otlp.json"), ("prometheus", "range.json")):
            told = rows(tmp_path, source, path)
            for consumer in ("api", "job"):
                assert {k: told[consumer].get(k) for k in SAME} == {k: measured[consumer].get(k) for k in SAME}, source
                assert Decimal(told[consumer]["cost"]) == Decimal(measured[consumer]["cost"])
            assert set(told) == {"api", "job"}
        service = {a["value"]["stringValue"] for k in collector.kept for r in json.loads(k)["resourceMetrics"]
                   for a in r["resource"]["attributes"] if a["key"] == "service.instance.id"}  # fmt: skip
        assert len(service) == workers
