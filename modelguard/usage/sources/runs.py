"""Runs of jobs: when each started and ended, as minutes of running an hour. For `usage attribute`.

CSV with `consumer` (or `job`, `name`), `start` and `end`; what `kubectl get jobs -o json` answers (a Job is named by the
CronJob that owns it); Step Functions' `list-executions` and Airflow's DAG runs as JSON.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Activity, Batch, Options
from modelguard.usage.sources.documents import json_of, moment_of

LISTS = ("items", "executions", "dag_runs", "runs")
NAMES = ("consumer", "job", "name", "dag_id", "stateMachineArn")
STARTS = ("start", "startTime", "start_date", "startDate", "started_at")
ENDS = ("end", "completionTime", "end_date", "stopDate", "ended_at")
LONGEST = timedelta(days=7)


def parse(data: bytes, path: str, options: Options) -> Batch:
    """Minutes an hour for each job."""
    minutes: Counter[tuple[str, datetime]] = Counter()
    open_runs = twice = 0
    seen: set[tuple[str, str, str]] = set()
    for row, place, line in _rows(data, path):
        who = options.labels.get("consumer") or next((str(row[k]) for k in NAMES if row.get(k)), None)
        start = next((row[k] for k in STARTS if row.get(k)), None)
        end = next((row[k] for k in ENDS if row.get(k)), None)
        if who is None or start is None:
            raise InputError(f"{place}no {'start' if who else 'consumer'}; nothing was imported", path=path, line=line)
        if end is None:
            open_runs += 1
            continue
        run = (str(row.get("id", who)), str(start), str(end))
        if run in seen:
            twice += 1
            continue
        seen.add(run)
        begun, done = moment_of(start, path, place, line), moment_of(end, path, place, line)
        if not timedelta() <= done - begun <= LONGEST:
            raise InputError(f"{place}a run that ends before it starts, or lasts over a week", path=path, line=line)
        for hour, share in _hours(begun, done):
            minutes[who.split(":")[-1], hour] += share  # type: ignore[assignment]
    said = [Activity(at, who, "run minutes", n) for (who, at), n in sorted(minutes.items())]
    notes = [f"{open_runs:,} runs without an end left out"] if open_runs else []
    notes += [f"{twice:,} runs are there twice; each counts once"] if twice else []
    return Batch(activity=tuple(said), notes=tuple(notes))


def _hours(begun: datetime, done: datetime) -> Iterator[tuple[datetime, float]]:
    hour = begun.replace(minute=0, second=0, microsecond=0)
    while hour < done or hour <= begun:
        following = hour + timedelta(hours=1)
        yield hour, (min(done, following) - max(begun, hour)).total_seconds() / 60
        hour = following


def _rows(data: bytes, path: str) -> Iterator[tuple[Mapping[str, Any], str, int | None]]:
    if data.lstrip()[:1] in (b"{", b"["):
        document = json_of(data, path)
        rows = document if isinstance(document, list) else next((document[k] for k in LISTS if k in document), None)
        if not isinstance(rows, list):
            raise InputError(f"no list of runs ({', '.join(LISTS)})", path=path)
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                raise InputError(f"item {number} is no object", path=path)
            yield _job(row) if "metadata" in row else row, f"item {number}: ", None
        return
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        for row in reader:
            if None in row or None in row.values():
                raise InputError("another number of columns than the header", path=path, line=reader.line_num)
            yield row, "", reader.line_num
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("not a CSV file in UTF-8", path=path) from error


def _job(item: Mapping[str, Any]) -> dict[str, Any]:
    """A Kubernetes Job as name, start and end."""
    metadata, status = item.get("metadata") or {}, item.get("status") or {}
    owner = next((o.get("name") for o in metadata.get("ownerReferences") or () if o.get("kind") == "CronJob"), None)
    return {
        "id": metadata.get("uid") or metadata.get("name"),
        "name": owner or metadata.get("name"),
        "start": status.get("startTime"),
        "end": status.get("completionTime"),
    }
