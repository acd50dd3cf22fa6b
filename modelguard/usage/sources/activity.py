"""What consumers did, without money: Kubernetes logs and CloudWatch Logs Insights results. For `usage attribute`.

Kubernetes: `kubectl logs --timestamps --prefix` (`[pod/NAME/CONTAINER] TIME text`), lines that start with a time (then
`--label consumer=NAME`), and JSON lines as Fluent Bit writes them (`time`, `kubernetes.pod_name`). Only how many lines
there are in an hour is kept. Pods are named by what owns them: the suffixes of Deployments, Jobs and StatefulSets go.
Logs Insights: `{"results": [[{"field": …, "value": …}]]}` or the console's CSV, of a query such as
`stats count(*) as lines by bin(1h), @logStream`; token counts and models make them usage (`input_tokens`, `model`).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Activity, Batch, Bucket, Options
from modelguard.usage.sources.documents import amount, count, json_of, moment_of

_PREFIXED = re.compile(rb"\[pod/([a-z0-9.-]+)/[a-z0-9.-]+\] (\d{4}-\d\d-\d\dT\d\d)\S* ?")
_TIMED = re.compile(rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*)")
_FINE = re.compile(rb":\d\d[.,]\d{6,9}")
"""A time that is exact enough for an equal line to be the same one."""
_SUFFIXES = re.compile(r"(-[bcdf0-9][bcdfghjklmnpqrstvwxz0-9]{6,9})?-[bcdfghjklmnpqrstvwxz0-9]{5}\Z")
_JOB = re.compile(r"-\d{8,10}\Z")
_ORDINAL = re.compile(r"-\d{1,4}\Z")


def owner_of(pod: str) -> str:
    """What a pod belongs to: `inference-api-6d4b75cb6d-x2k9p` is inference-api, a CronJob's run its CronJob.

    Kubernetes makes suffixes of 27 letters and digits without vowels (k8s.io/apimachinery/pkg/util/rand).
    """
    return _ORDINAL.sub("", _JOB.sub("", _SUFFIXES.sub("", pod)))


def kubernetes(data: bytes, path: str, options: Options) -> Batch:
    """Log lines an hour and owner. Lines without a time (of a stack trace) belong to the one above."""
    given = options.labels.get("consumer")
    found: Counter[tuple[str, datetime]] = Counter()
    untimed = twice = 0
    seen: set[int] = set()
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        at_who = _line(line, given, path, number)
        if at_who is None:
            untimed += 1
        elif _FINE.search(line) and hash(line) in seen:
            twice += 1
        else:
            seen.add(hash(line))
            found[at_who] += 1
    if not found:
        raise InputError(
            "no line with a time was found; nothing was imported", path=path,
            hint="Take logs with kubectl logs --timestamps --prefix.",
        )  # fmt: skip
    said = [Activity(at, who, "log lines", n) for (who, at), n in sorted(found.items())]
    notes = [f"{untimed:,} lines without a time left out"] if untimed else []
    notes += [f"{twice:,} lines are there twice, to the microsecond; each counts once"] if twice else []
    return Batch(activity=tuple(said), notes=tuple(notes))


def _line(line: bytes, given: str | None, path: str, number: int) -> tuple[str, datetime] | None:
    if line[:1] == b"{":
        return _json_line(line, given, path, number)
    prefixed = _PREFIXED.match(line)
    if prefixed:
        who = given or owner_of(prefixed[1].decode())
        return who, moment_of(prefixed[2].decode() + ":00:00", path, "", number)
    timed = _TIMED.match(line)
    if timed is None:
        return None
    if given is None:
        raise InputError("the line names no pod; give --label consumer=NAME", path=path, line=number)
    return given, _hour(moment_of(timed[1].decode("ascii", "replace").rstrip(":,]"), path, "", number))


def _json_line(line: bytes, given: str | None, path: str, number: int) -> tuple[str, datetime] | None:
    record = json_of(line, f"{path}:{number}")
    time = next((record[k] for k in ("@timestamp", "time", "timestamp", "ts", "date") if k in record), None)
    pod = (record.get("kubernetes") or {}).get("pod_name") or record.get("pod")
    if time is None or not (given or pod):
        return None
    return given or owner_of(str(pod)), _hour(moment_of(time, path, "", number))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


TIMES = ("bin(1h)", "bin(60m)", "bin(5m)", "bin(1m)", "@timestamp", "timestamp", "time", "hour", "bin", "day")
NAMES = (
    "consumer",
    "service",
    "function",
    "identity.arn",
    "identity",
    "@logStream",
    "@log",
    "pod",
    "kubernetes.pod_name",
    "role",
)
TOKENS = {"input_tokens": "tokens_in", "output_tokens": "tokens_out", "calls": "calls", "invocations": "calls"}


def logs_insights(data: bytes, path: str, options: Options) -> Batch:
    """Results of a query: activity, or usage where there are a model and token counts."""
    buckets, activity = [], []
    rows = list(_insight_rows(data, path))
    # A query has one row for what it groups by: an equal one was pasted twice.
    once = list({repr(sorted(row.items())): (row, place, line) for row, place, line in rows}.values())
    twice = len(rows) - len(once)
    for row, place, line in once:
        time = next((row[k] for k in (*TIMES, *(k for k in row if k.startswith("bin("))) if k in row), None)
        who = options.labels.get("consumer") or next((row[k] for k in NAMES if row.get(k)), None)
        if time is None or who is None:
            missing = "time (bin(1h))" if time is None else f"name ({', '.join(NAMES[:4])} …), nor --label consumer=…"
            raise InputError(f"{place}there is no {missing}; nothing was imported", path=path, line=line)
        at = _hour(moment_of(time, path, place, line))
        model = options.labels.get("model") or row.get("modelId") or row.get("model")
        figures: dict[str, Any] = {
            target: count(row[name], path, f"{place}{name}", line) for name, target in TOKENS.items() if name in row
        }
        if model and figures:
            buckets.append(replace(Bucket(at, str(who), str(model)), **figures))
            continue
        value = next(
            (v for k, v in row.items() if k.startswith("count") or k in ("lines", "requests", "n", "events")), None
        )
        if value is None:
            raise InputError(f"{place}there is no count; query stats count(*) by bin(1h)", path=path, line=line)
        activity.append(
            Activity(at, owner_of(str(who).split("/")[-1]), "log lines", amount(value, path, place + "count", line))
        )
    notes = (f"{twice:,} rows are there twice; each counts once",) if twice else ()
    return Batch(tuple(buckets), tuple(activity), notes)


def _insight_rows(data: bytes, path: str) -> Iterator[tuple[Mapping[str, Any], str, int | None]]:
    if data.lstrip()[:1] in (b"{", b"["):
        document = json_of(data, path)
        status = document.get("status", "Complete") if isinstance(document, dict) else "Complete"
        if status != "Complete":
            raise InputError(f"the query was not done ({str(status)[:20]}); nothing was imported", path=path)
        results = document.get("results") if isinstance(document, dict) else document
        if not isinstance(results, list):
            raise InputError("no results: not an answer of Logs Insights", path=path)
        for number, entry in enumerate(results, 1):
            place = f"results[{number}]: "
            if isinstance(entry, list):
                yield {str(f.get("field")): f.get("value") for f in entry if isinstance(f, dict)}, place, None
            elif isinstance(entry, dict):
                yield entry, place, None
            else:
                raise InputError(f"{place}not a row; nothing was imported", path=path)
        return
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        for row in reader:
            if None in row or None in row.values():
                raise InputError("another number of columns than the header", path=path, line=reader.line_num)
            yield row, "", reader.line_num
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("not a CSV file in UTF-8", path=path) from error
