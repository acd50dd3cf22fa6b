"""Benchmarks, each beside a peer in the same run: `python bench/run.py [CORPUS]`.

- start-up: `modelguard --version` beside `python -c pass` and `ruff --version`
- the example: `modelguard check --base main` on branch opus, cold cache and warm
- CORPUS (any folder; `python bench/corpus.py FOLDER` builds one of millions of real lines): `modelguard graph` cold and
  warm, time and peak memory, beside `ruff check` without its cache

Prints medians, the spread, and ratios; asserts nothing, as a machine's day is no test.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def measured(
    command: list[str], cwd: Path, runs: int, cache: Path | None = None, cold: bool = False
) -> tuple[list[float], int]:
    """Seconds of each run and the largest peak memory in MB (children included), as the kernel counts it."""
    seconds: list[float] = []
    peak = 0
    for _ in range(runs):
        if cold and cache is not None:
            shutil.rmtree(cache, ignore_errors=True)
        environment = os.environ | ({"MODELGUARD_CACHE_DIR": str(cache)} if cache is not None else {})
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, usage = os.wait4(process.pid, 0)
        seconds.append(time.perf_counter() - start)
        process.returncode = 0
        peak = max(peak, usage.ru_maxrss // 1024)
    return seconds, peak


def show(name: str, result: tuple[list[float], int], peer: tuple[list[float], int] | None = None) -> None:
    """One line: median, range, memory, ratio to the peer."""
    seconds, peak = result
    median = statistics.median(seconds)
    ratio = f"   {median / statistics.median(peer[0]):6.2f} × the peer" if peer else ""
    print(
        f"  {name:44} {median * 1000:9.0f} ms  ({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f})  {peak:5} MB{ratio}"
    )


def lines_of(folder: Path) -> int:
    """Lines of all Python, YAML, JSON and Terraform files."""
    wanted = {".py", ".yaml", ".yml", ".json", ".tf"}
    return sum(p.read_bytes().count(b"\n") for p in folder.rglob("*") if p.suffix in wanted and p.is_file())


def main() -> int:
    """Run all benchmarks."""
    modelguard, ruff = str(BIN / "modelguard"), str(BIN / "ruff")
    here = Path.cwd()
    print("start-up, 15 runs")
    python = measured([sys.executable, "-c", "pass"], here, 15)
    show("python -c pass", python)
    show("ruff --version", measured([ruff, "--version"], here, 15))
    show("modelguard --version", measured([modelguard, "--version"], here, 15), python)
    with tempfile.TemporaryDirectory() as folder:
        example, cache = Path(folder) / "example", Path(folder) / "cache"
        subprocess.run(
            [sys.executable, ROOT / "examples/iceberg/layout.py", example], check=True, stdout=subprocess.DEVNULL
        )
        subprocess.run(["git", "-C", example, "switch", "-q", "opus"], check=True)
        print("the example, 10 runs")
        check = [modelguard, "check", "--base", "main"]
        show("modelguard check --base main, cold cache", measured(check, example, 10, cache, cold=True))
        show("modelguard check --base main, warm cache", measured(check, example, 10, cache))
        if len(sys.argv) > 1:
            corpus = Path(sys.argv[1]).resolve()
            print(f"{corpus.name}: {lines_of(corpus):,} lines, 3 runs")
            peer = measured([ruff, "check", "--no-cache", "--isolated", "--exit-zero", "--quiet", "."], corpus, 3)
            show("ruff check --no-cache", peer)
            graph = [modelguard, "graph", "--format", "json"]
            show("modelguard graph, cold cache", measured(graph, corpus, 3, cache, cold=True), peer)
            show("modelguard graph, warm cache", measured(graph, corpus, 3, cache), peer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
