"""Usage and cost answers of OpenAI's and Anthropic's administration APIs.

OpenAI (https://platform.openai.com/docs/api-reference/usage): pages of buckets with `start_time` and `end_time` (seconds)
and results of `input_tokens` (with `input_cached_tokens` in them), `output_tokens`, `num_model_requests`, `model`,
`project_id`, `api_key_id`, `user_id`; costs have `amount.value` in USD and `line_item`.
Anthropic (https://docs.anthropic.com/en/api/admin-api/usage-cost): `starting_at`, `ending_at`, results of
`uncached_input_tokens`, `cache_creation.ephemeral_*_input_tokens`, `cache_read_input_tokens`, `output_tokens`, `model`,
`api_key_id`, `workspace_id`, and no counts of requests; costs have `amount` in cents, as a text.
Keys and projects are ids: give them names by aliases in modelguard.yaml. Both sit behind any response cache, so requests
that it answered are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from modelguard.errors import InputError
from modelguard.usage.events import Batch, Bucket, Options
from modelguard.usage.sources.documents import count, json_of, moment_of, usd

Result = Mapping[str, Any]


def openai(data: bytes, path: str, options: Options) -> Batch:
    """OpenAI's /v1/organization/usage/completions (and embeddings) or /v1/organization/costs."""
    found = []
    for at, hourly, result, where in _buckets(data, path, "start_time", "end_time"):
        kind = str(result.get("object", ""))
        if "costs" in kind:
            amount = result.get("amount") or {}
            if str(amount.get("currency", "usd")).lower() != "usd":
                raise InputError(f"{where}: not in USD", path=path)
            model = str(result.get("line_item") or "(all models)").split(",")[0]
            cost = usd(amount.get("value"), path, f"{where}.amount.value")
            found.append(Bucket(at, _who(result, "project_id"), model, hourly=hourly, cost=cost, id=_id(at, result)))
            continue
        if "input_tokens" not in result:
            raise InputError(f"{where} has no input_tokens: not an answer of OpenAI's usage API", path=path)
        cached = count(result.get("input_cached_tokens"), path, f"{where}.input_cached_tokens")
        total = count(result["input_tokens"], path, f"{where}.input_tokens")
        requests = count(result.get("num_model_requests"), path, f"{where}.num_model_requests")
        if total is not None and cached is not None and cached > total:
            raise InputError(f"{where}: more cached than all input tokens", path=path)
        found.append(
            Bucket(
                at, _who(result, "api_key_id", "project_id", "user_id"), str(result.get("model") or "(all models)"), hourly=hourly,
                requests=requests if options.labels.get("cache") == "none" else None, calls=requests,
                tokens_in=None if total is None else total - (cached or 0), cache_read=cached,
                tokens_out=count(result.get("output_tokens"), path, f"{where}.output_tokens"), id=_id(at, result),
            )
        )  # fmt: skip
    return Batch(tuple(found))


def anthropic(data: bytes, path: str, options: Options) -> Batch:
    """Anthropic's /v1/organizations/usage_report/messages or /v1/organizations/cost_report."""
    found = []
    for at, hourly, result, where in _buckets(data, path, "starting_at", "ending_at"):
        if "amount" in result:
            if str(result.get("currency", "USD")).upper() != "USD":
                raise InputError(f"{where}: not in USD", path=path)
            cents = usd(result["amount"], path, f"{where}.amount")
            cost = None if cents is None else cents / 100
            model = str(result.get("model") or "(all models)")
            found.append(Bucket(at, _who(result, "workspace_id"), model, hourly=hourly, cost=cost, id=_id(at, result)))
            continue
        if "uncached_input_tokens" not in result:
            raise InputError(f"{where} has no uncached_input_tokens: not an answer of Anthropic's usage API", path=path)
        written = [
            count(value, path, f"{where}.cache_creation.{name}") or 0
            for name, value in (result.get("cache_creation") or {}).items()
        ]
        found.append(
            Bucket(
                at, _who(result, "api_key_id", "workspace_id"), str(result.get("model") or "(all models)"), hourly=hourly,
                tokens_in=count(result["uncached_input_tokens"], path, f"{where}.uncached_input_tokens"),
                tokens_out=count(result.get("output_tokens"), path, f"{where}.output_tokens"),
                cache_read=count(result.get("cache_read_input_tokens"), path, f"{where}.cache_read_input_tokens"),
                cache_write=sum(written), id=_id(at, result),
            )
        )  # fmt: skip
    return Batch(tuple(found))


def _buckets(data: bytes, path: str, start: str, end: str) -> Iterator[tuple[datetime, bool, Result, str]]:
    """Each result with its time; whether the bucket is at most an hour long."""
    pages = json_of(data, path)
    for page in pages if isinstance(pages, list) else [pages]:
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise InputError("no `data` of buckets; nothing was imported", path=path)
        for number, bucket in enumerate(page["data"], 1):
            where = f"data[{number}]"
            if not isinstance(bucket, dict) or not isinstance(bucket.get("results"), list):
                raise InputError(f"{where} has no results; nothing was imported", path=path)
            at, until = (
                moment_of(bucket.get(start), path, f"{where}.{start}"),
                moment_of(bucket.get(end), path, f"{where}.{end}"),
            )
            hourly = until - at <= timedelta(hours=1)
            if not hourly and (at.hour or at.minute):
                raise InputError(
                    f"{where} is a bucket of a day that starts at {at:%H:%M} UTC; ask for hours", path=path
                )
            for position, result in enumerate(bucket["results"], 1):
                if not isinstance(result, dict):
                    raise InputError(f"{where}.results[{position}] is no object; nothing was imported", path=path)
                yield at, hourly, result, f"{where}.results[{position}]"


FIGURES = ("amount", "currency")


def _id(at: datetime, result: Result) -> str:
    """What a result is of: its time and all that it is grouped by. Pages that overlap have it twice."""
    grouped = sorted((k, v) for k, v in result.items() if isinstance(v, str | bool) and k not in FIGURES)
    kinds = ",".join(sorted(result))
    return f"{at.isoformat()}|{kinds}|{grouped}"


def _who(result: Result, *keys: str) -> str:
    names = [str(result[key]) for key in keys if result.get(key)]
    return "|".join(names) or "(all callers)"
