"""What the pre-commit hook costs by itself: `python bench/hooks.py [RUNS]`, on the example, as the hook calls it.

Prints each command's median and minimum (wall seconds), its own processor time, and the ratio to starting Python. The
machine's load is printed, too: on a busy one only ratios and processor time say anything.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples" / "iceberg"))

from layout import git, lay_out  # noqa: E402

HOOK = (sys.executable, "-m", "modelguard", "check", "--pre-commit")
LEDGER = (sys.executable, "-m", "modelguard", "budget", "validate")


def timed(command: tuple[str, ...], folder: Path, runs: int) -> tuple[float, float, float]:
    """Median and minimum of wall seconds, and the least processor seconds of one run, its children's too."""
    walls, used = [], []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        walls.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(walls), min(walls), min(used)


def main() -> None:
    """Measure each case after one run that fills the cache of facts."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as temp:
        os.environ["MODELGUARD_CACHE_DIR"] = str(Path(temp) / "cache")
        folder = Path(temp) / "repo"
        lay_out(folder)
        base = timed((sys.executable, "-c", "pass"), folder, runs)
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {runs} runs each")
        print(f"{'':34}{'median':>8}{'min':>8}{'cpu':>8}{'ratio':>8}")
        rows = [("python -c pass", base)]
        (folder / "NOTES.md").write_text("words\n")
        git(folder, "add", "--all")
        rows.append(("nothing relevant is staged", timed(HOOK, folder, runs)))
        config = folder / "config" / "project.yaml"
        config.write_text(config.read_text().replace("claude-sonnet-4-6", "claude-opus-4-6-v1"))
        git(folder, "add", "--all")
        timed(HOOK, folder, 1)
        rows.append(("a model is staged", timed(HOOK, folder, runs)))
        rows.append(("the ledger's hook", timed(LEDGER, folder, runs)))
        for name, (median, least, cpu) in rows:
            print(f"{name:34}{median:8.2f}{least:8.2f}{cpu:8.2f}{least / base[1]:8.1f}")


if __name__ == "__main__":
    main()
