"""CloudWatch metrics: AWS/Bedrock invocations and tokens by ModelId, AWS/Lambda invocations by function.

Three forms:
- GetMetricData answers (`MetricDataResults`). They hold no dimensions: those come from the query that was asked
  (`--query FILE`, its `MetricDataQueries`, joined by Id), or from labels of the form `Invocations us.anthropic…`, made by
  `${PROP('MetricName')} ${PROP('Dim.ModelId')}` in the query.
- GetMetricStatistics answers (`Label`, `Datapoints`), one metric a file, the dimension given by `--label model=…` or
  `--label function=…`.
- CSV from the console: the period's time first, then a column a metric, whose title is the label.

Metrics (https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html): Invocations, InputTokenCount,
OutputTokenCount, CacheReadInputTokenCount, CacheWriteInputTokenCount; the sum of a period counts. They name no caller: rows
are those of all callers, to be split by `usage attribute`. Behind a response cache only what was not answered from it is seen.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Activity, Batch, Bucket, Options
from modelguard.usage.sources.documents import amount, json_of, moment_of

CALLERS, ALL_MODELS = "(all callers)", "(all models)"
METRICS = {
    "Invocations": "calls",
    "InputTokenCount": "tokens_in",
    "OutputTokenCount": "tokens_out",
    "CacheReadInputTokenCount": "cache_read",
    "CacheWriteInputTokenCount": "cache_write",
}
_METRIC = re.compile(rf"(?<![A-Za-z])({'|'.join(METRICS)})(?![A-Za-z])")
_SEPARATORS = " \t:|/,;="


@dataclass(frozen=True, slots=True)
class _Series:
    """One metric of one dimension: `model` of Bedrock or `function` of Lambda."""

    metric: str
    model: str = ""
    function: str = ""
    account: str | None = None
    period: int = 3600


def parse(data: bytes, path: str, options: Options) -> Batch:
    """A file's usage and activity. Raises InputError with the place of what is wrong."""
    points = list(_answers(data, path, options) if data.lstrip()[:1] == b"{" else _console(data, path, options))
    if not points:
        raise InputError("holds no data points; nothing was imported", path=path)
    times = {at for at, _, _ in points}
    # Hours without calls have no points, so distances alone don't tell days from hours.
    daily = options.labels.get("period") == "86400" or (len(times) > 1 and all(t.hour == t.minute == 0 for t in times))
    found, twice = _once(points)
    usage: dict[tuple[datetime, str, str | None], dict[str, Any]] = {}
    activity: dict[tuple[datetime, str], float] = {}
    for at, series, value in found:
        hour = at.replace(minute=0, second=0, microsecond=0)
        if (daily or series.period > 3600) and hour.hour:
            raise InputError(f"a period of a day that starts at {at:%H:%M} UTC; ask for hours", path=path)
        if series.function:
            activity[hour, series.function] = activity.get((hour, series.function), 0) + value
            continue
        usage.setdefault((at, series.model, series.account), {})[METRICS[series.metric]] = round(value)
        daily = daily or series.period > 3600
    # A bucket a time of a period, named by what it holds: one that several files have counts once.
    buckets = [
        replace(Bucket(at, CALLERS, model, account, not daily, id=f"{at}|{model}|{account}|{sorted(sums)}"), **sums)
        for (at, model, account), sums in sorted(usage.items(), key=lambda kv: (kv[0][0], kv[0][1], kv[0][2] or ""))
    ]
    said = [Activity(at, who, "lambda invocations", n) for (at, who), n in sorted(activity.items())]
    notes = (f"{twice:,} data points are there twice; each counts once",) if twice else ()
    return Batch(tuple(buckets), tuple(said), notes)


def _once(points: Sequence[tuple[datetime, _Series, float]]) -> tuple[list[tuple[datetime, _Series, float]], int]:
    """Each point of a series once (the larger of two: the smaller was asked for before its period ended), and how many more."""
    found: dict[tuple[datetime, _Series], float] = {}
    for at, series, value in points:
        found[at, series] = max(value, found.get((at, series), 0.0))
    order = sorted(found.items(), key=lambda kv: (kv[0][0], str(kv[0][1])))
    return [(at, series, value) for (at, series), value in order], len(points) - len(found)


def _answers(data: bytes, path: str, options: Options) -> Iterator[tuple[datetime, _Series, float]]:
    document = json_of(data, path)
    if "MetricDataResults" in document:
        yield from _metric_data(document, path, options)
    elif "Datapoints" in document:
        yield from _statistics(document, path, options)
    else:
        raise InputError("neither MetricDataResults nor Datapoints: not an answer of CloudWatch", path=path)


def _metric_data(document: Mapping[str, Any], path: str, options: Options) -> Iterator[tuple[datetime, _Series, float]]:
    asked = _asked(options) if options.query is not None else {}
    if document.get("NextToken"):
        raise InputError("the answer goes on (NextToken); give all of it, as the AWS command line does", path=path)
    for number, result in enumerate(document["MetricDataResults"], 1):
        where = f"MetricDataResults[{number}]"
        times, values = result.get("Timestamps") or [], result.get("Values") or []
        if len(times) != len(values):
            raise InputError(f"{where}: {len(times)} timestamps, but {len(values)} values", path=path)
        if result.get("StatusCode") not in (None, "Complete"):
            raise InputError(f"{where} is not complete ({str(result['StatusCode'])[:20]})", path=path)
        series = asked.get(str(result.get("Id"))) or _labelled(str(result.get("Label") or ""), options)
        if series is None:
            raise InputError(
                f"{where} says neither its metric nor its model; nothing was imported", path=path,
                hint="Give the query with --query, or ask with labels: ${PROP('MetricName')} ${PROP('Dim.ModelId')}.",
            )  # fmt: skip
        for time, value in zip(times, values, strict=True):
            yield moment_of(time, path, where), series, amount(value, path, where)


def _asked(options: Options) -> dict[str, _Series]:
    """The series by Id, from the query file."""
    document = json_of(options.query or b"", options.query_path)
    queries = document.get("MetricDataQueries", document) if isinstance(document, dict) else document
    if not isinstance(queries, list):
        raise InputError("holds no MetricDataQueries", path=options.query_path)
    found = {}
    for query in queries:
        stat = query.get("MetricStat") or {}
        metric = stat.get("Metric") or {}
        name, dimensions = metric.get("MetricName"), {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()}
        if name not in METRICS:
            continue
        if stat.get("Stat", "Sum") not in ("Sum", "SampleCount"):
            raise InputError(
                f"query {query.get('Id')}: the statistic must be Sum, not {stat['Stat']}", path=options.query_path
            )
        found[str(query.get("Id"))] = _Series(
            name, dimensions.get("ModelId", "") or (ALL_MODELS if metric.get("Namespace") == "AWS/Bedrock" else ""),
            dimensions.get("FunctionName", ""), query.get("AccountId"), int(stat.get("Period") or 3600),
        )  # fmt: skip
    return found


def _labelled(label: str, options: Options) -> _Series | None:
    """The series that a label or a title says: the metric's name and its model, in any order."""
    given = options.labels
    found = _METRIC.search(label)
    metric = given.get("metric") or (found[1] if found else "")
    rest = (
        (label[: found.start()] + label[found.end() :] if found else label)
        .replace("AWS/Bedrock", "")
        .strip(_SEPARATORS)
    )
    if metric not in METRICS:
        return None
    period = int(given.get("period", "3600"))
    if "function" in given:
        return _Series(metric, function=given["function"], period=period)
    if "AWS/Lambda" in label:
        function = rest.replace("AWS/Lambda", "").strip(_SEPARATORS)
        return _Series(metric, function=function, period=period) if function else None
    model = given.get("model") or rest
    return _Series(metric, model, "", given.get("account"), period) if model else None


def _statistics(document: Mapping[str, Any], path: str, options: Options) -> Iterator[tuple[datetime, _Series, float]]:
    series = _labelled(str(document.get("Label") or ""), options)
    if series is None:
        raise InputError(
            "GetMetricStatistics answers don't say which model or function they are of;", path=path,
            hint="give --label model=ID or --label function=NAME",
        )  # fmt: skip
    for number, point in enumerate(document["Datapoints"], 1):
        where = f"Datapoints[{number}]"
        value = point.get("Sum", point.get("SampleCount"))
        if value is None:
            raise InputError(f"{where} has no Sum; ask with --statistics Sum", path=path)
        yield moment_of(point.get("Timestamp"), path, where), series, amount(value, path, where)


def _console(data: bytes, path: str, options: Options) -> Iterator[tuple[datetime, _Series, float]]:
    """The console's "Download as CSV": some lines of headings, then `time, value, value…`."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("not a CSV file in UTF-8", path=path) from error
    start = next((n for n, row in enumerate(rows) if row and _is_time(row[0])), None)
    if start is None or start == 0:
        raise InputError(
            "no line that starts with a time below headings: not a CSV of the CloudWatch console", path=path
        )
    width = max(len(row) for row in rows[:start])
    headings = _headings(rows[:start])
    titles = [" ".join(row[column] for row in headings if column < len(row)) for column in range(width)]
    series = [None, *(_labelled(title, options) for title in titles[1:])]
    for column, found in enumerate(series[1:], 2):
        if found is None:
            raise InputError(
                f'column {column}, "{titles[column - 1][:80]}", says neither its metric nor its model;', path=path,
                line=1, hint="title it like `Invocations MODEL`, or give --label metric=… --label model=…",
            )  # fmt: skip
    for number, row in enumerate(rows[start:], start + 1):
        if not any(row):
            continue
        if len(row) > width:
            raise InputError(f"{len(row)} columns, but the headings have {width}", path=path, line=number)
        at = moment_of(row[0], path, "", number)
        for column, text in enumerate(row[1:], 1):
            found = series[column]
            if text.strip() and found is not None:
                yield at, found, amount(text, path, f"column {column + 1}", number)


def _headings(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The lines that titles are taken from: where their first column names them, the fullest label alone."""
    named = {row[0].strip().lower(): row for row in rows if row}
    chosen = next((named[name] for name in ("full label", "label") if any(named.get(name, ())[1:])), None)
    return rows if chosen is None else [chosen]


def _is_time(text: str) -> bool:
    try:
        return moment_of(text, "", "") > datetime(2015, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    except InputError:
        return False
