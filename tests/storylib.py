"""The day of the story: what CloudWatch, the pods' logs and the pipeline's runs would have held.

545 calls of training between 03:58 and 05:31 UTC ($14), 6,400 of inference, most between 10:00 and 13:00 ($210; 1,281 log
lines), 48 of a health check twice an hour ($9), all on Opus behind one key. Tokens a call as in examples/iceberg.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

DAY = "2026-03-05"
OPUS = "us.anthropic.claude-opus-4-6-v1"
INFERENCE = (0, 0, 1, 2, 4, 8, 14, 22, 34, 60, 240, 280, 230, 60, 26, 10, 5, 2, 1, 1, 0, 0, 0, 0)
TOKENS = {"train": (2600, 417), "inference-api": (3200, 552.5), "health-check": (31720, 640)}


def spread(total: int, weights: tuple[float, ...]) -> list[int]:
    """`total` in whole numbers by weights."""
    ends = [round(total * sum(weights[: n + 1]) / sum(weights)) for n in range(len(weights))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def write(folder: Path, seed: int = 1) -> dict[str, list[Path]]:
    """Write the day's files; by source."""
    draw = Random(seed)
    runs = [0.0] * 24
    runs[3], runs[4], runs[5] = 2, 60, 31
    calls = {
        "train": spread(545, tuple(runs)),
        "inference-api": spread(6400, tuple(w * draw.uniform(0.93, 1.07) for w in INFERENCE)),
        "health-check": [2] * 24,
    }
    sums = {name: [0.0] * 24 for name in ("Invocations", "InputTokenCount", "OutputTokenCount")}
    for consumer, hours in calls.items():
        tokens_in, tokens_out = TOKENS[consumer]
        for hour, count in enumerate(hours):
            sums["Invocations"][hour] += count
            sums["InputTokenCount"][hour] += round(count * tokens_in)
            sums["OutputTokenCount"][hour] += round(count * tokens_out)
    times = [f"{DAY}T{h:02d}:00:00+00:00" for h in range(24)]
    answer = {
        "MetricDataResults": [
            {
                "Id": f"m{n}",
                "Label": f"{metric} {OPUS}",
                "Timestamps": times,
                "Values": values,
                "StatusCode": "Complete",
            }
            for n, (metric, values) in enumerate(sums.items())
        ]
    }
    metrics = folder / "opus.json"
    metrics.write_text(json.dumps(answer))
    logs = folder / "pods.log"
    lines = []
    for hour, count in enumerate(spread(1281, INFERENCE)):
        lines += [
            f"[pod/inference-api-6d4b75cb6d-x2k9p/app] {DAY}T{hour:02d}:{draw.randrange(60):02d}:00.5Z request"
            for _ in range(count)
        ]
        lines += [
            f"[pod/health-check-290123{hour:02d}-7xk2m/check] {DAY}T{hour:02d}:{m}:00.1Z ok" for m in ("00", "30")
        ]
    logs.write_text("\n".join(lines) + "\n")
    pipeline = folder / "runs.csv"
    pipeline.write_text(f"consumer,start,end\nentity-training.train,{DAY}T03:58:00Z,{DAY}T05:31:00Z\n")
    return {"cloudwatch": [metrics], "kubernetes": [logs], "runs": [pipeline]}
