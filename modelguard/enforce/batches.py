"""Batches: every line of a file that is to be run as one is judged when it comes in, and its cost when it is started.

A batch names no model; its file does. So the models and tokens of a file are kept under the id that the provider gives
it, for whom it is, and a batch over a file that did not come in this way is refused. A batch is charged whole when it
is started, at full prices: its results come from the provider later, past the proxy's accounts.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from modelguard.enforce.apart import Holds
from modelguard.enforce.bodies import Form, read_body, read_form
from modelguard.enforce.calls import Call, Refusal, Refused
from modelguard.enforce.guard import Guard
from modelguard.enforce.pricing import NoBound, most_input, most_output, worst_cost
from modelguard.enforce.request import Asked, BadRequest, asked, clean, put_limit
from modelguard.enforce.routes import Kind, route_of
from modelguard.enforce.store import StoreError

MAX_FILE = 200 * 1024 * 1024
KEEP = 30 * 24 * 3600.0
"""Seconds for which a file's models are kept: OpenAI keeps files of batches for 30 days."""
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Headers = list[tuple[bytes, bytes]]


async def judge_file(
    guard: Guard, call: Call, scope: MutableMapping[str, Any], headers: Headers, receive: Receive
) -> Form:
    """An upload. One for a batch must ask only for what the consumer may call; others cost nothing by themselves."""
    from modelguard.enforce.wire import header

    form = read_form(await read_body(receive, MAX_FILE), header(headers, b"content-type"))
    fields = dict(form.fields)
    taken = clean(fields)
    if taken:
        raise Refused(
            Refusal(400, "bad_request", f"A form must not set {', '.join(sorted(taken))[:200]} on this proxy.")
        )
    for name in (n.strip() for key in ("model", "target_model_names") for n in str(fields.get(key) or "").split(",")):
        if name:
            _check(guard, call, name)
    if fields.get("purpose") == "batch":
        data = form.files.get("file", b"")
        call.asked, limited = _lines(guard, call, data)
        if limited != data and not call.shadow:
            if form.raw.count(data) != 1:
                raise Refused(Refusal(400, "bad_request", "The form holds the batch's lines twice.", "", call.who))
            form.raw = form.raw.replace(data, limited)
    return form


def _lines(guard: Guard, call: Call, data: bytes) -> tuple[Asked, bytes]:
    """What a batch's file asks for: models, and by each in `weights` tokens of input and output in the worst case, the
    longest line's input, and whether some line holds more than text. And the file with the ledger's limit of output in
    each line that has none, the others as they came."""
    total, limited = Asked(), []
    for number, line in enumerate(data.splitlines(), 1):
        limited.append(line)
        if not line.strip():
            continue
        try:
            entry = msgspec.json.decode(line)
            body = entry["body"]
            one = asked(body, None, None, _kind(entry.get("url")))
        except (msgspec.DecodeError, BadRequest, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Refused(
                Refusal(403, "no_model", f"Line {number} of the batch can't be judged: it has no body.")
            ) from error
        if not one.names:
            raise Refused(Refusal(403, "no_model", f"Line {number} of the batch names no model.", "", call.who))
        for name in one.names:
            if name not in total.names:
                _check(guard, call, name)
                total.names.append(name)
        if _put(guard, call, one, body):
            limited[-1] = msgspec.json.encode(entry)
        _add(guard, call, total.weights.setdefault(one.calls[0], [0, 0, 0, 0]), one, number)
    if not total.names:
        raise Refused(Refusal(403, "no_model", "The batch's file has no line.", "", call.who))
    changed = any(new != old for new, old in zip(limited, data.splitlines(), strict=True))
    return total, b"\n".join(limited) + b"\n" if changed else data


def _put(guard: Guard, call: Call, one: Asked, body: dict[str, Any]) -> bool:
    """Puts the ledger's limit into a line without one: a batch is charged as it starts, and nobody tells what it came to."""
    allowed, _ = decided(guard, call, one.calls[0])
    limit = allowed[0].allocation.max_output if allowed else None
    if one.max_output is not None or limit is None or not put_limit(body, one.kind, limit + one.thinking):
        return False
    one.max_output = limit + one.thinking
    return True


def _kind(url: object) -> Kind:
    """What kind of call a line's `url` is."""
    return route_of("POST", url).kind if isinstance(url, str) else "chat"


def _add(guard: Guard, call: Call, weight: list[int], one: Asked, number: int) -> None:
    """Add a line's worst case. Raises Refused where it has none: a batch's tools are used out of sight, so none may be."""
    allowed, refusal = decided(guard, call, one.calls[0])
    if refusal is not None:
        return
    model, limit = allowed[0].model, allowed[0].allocation.max_output
    bound, output = worst_cost(one, model, limit), most_output(one, model, limit)
    if one.tools or one.services or isinstance(bound, NoBound) or isinstance(output, NoBound):
        why = (
            bound.why if isinstance(bound, NoBound) else "A batch's calls of tools and service tiers can't be counted."
        )
        _stop(call, Refusal(403, "unpriced", f"Line {number} of the batch: {why}", "", call.who, model.name))
        return
    tokens = most_input(one, model)
    weight[0] += tokens
    weight[1] += output
    weight[2] = max(weight[2], tokens)
    weight[3] |= one.holds.opaque or bool(one.holds.pictures)


def _stop(call: Call, refusal: Refusal) -> None:
    if not call.shadow:
        raise Refused(refusal)
    call.refusal = call.refusal or refusal


def _check(guard: Guard, call: Call, name: str) -> None:
    refusal = decided(guard, call, name)[1]
    if refusal is not None:
        _stop(call, refusal)


def decided(guard: Guard, call: Call, name: str) -> Any:
    """A name of a batch's line is the proxy's, or else the provider's own (OpenAI's)."""
    if call.deciding.served(name):
        return guard.decide(call, name)
    own = name if "/" in name else f"openai/{name}"
    assert call.consumer is not None
    decision = call.deciding.decide(call.consumer, own, guard.today())
    return ([decision], None) if decision.allowed else ([], guard.refusal(call.consumer, decision, name))


async def remember(guard: Guard, call: Call, answer: bytes) -> None:
    """Keep what an uploaded file asks for, under the id in the provider's answer."""
    if call.route.class_ != "file" or call.asked is None or guard.store is None:
        return
    try:
        found = json.loads(answer).get("id")
    except (ValueError, AttributeError):
        return
    if isinstance(found, str):
        kept = json.dumps({"who": call.who, "weights": call.asked.weights})
        await guard.store.put(f"batch-file:{found}", kept, KEEP, guard.clock())


async def judge_batch(
    guard: Guard, call: Call, scope: MutableMapping[str, Any], headers: Headers, receive: Receive
) -> bytes:
    """A batch to start: its file must be known and this consumer's, and there must be money for all of it."""
    raw = await read_body(receive, 1024 * 1024)
    try:
        body = msgspec.json.decode(raw or b"{}")
    except msgspec.DecodeError:
        raise Refused(Refusal(400, "bad_request", "The body is not JSON in UTF-8.")) from None
    if not isinstance(body, dict) or guard.store is None:
        raise Refused(Refusal(400, "bad_request", "The body is no JSON object."))
    clean(body)
    ident = body.get("input_file_id")
    try:
        kept = await guard.store.get(f"batch-file:{ident}", guard.clock()) if isinstance(ident, str) else None
    except StoreError as error:
        raise Refused(Refusal(503, "store_unavailable", f"{error}.")) from error
    found = json.loads(kept) if kept else {}
    if found.get("who") != call.who:
        what = f"{call.who} did not upload this file for a batch through this proxy, so what it asks for is not known."
        _stop(call, Refusal(403, "unknown_file", what, "Upload it with purpose batch.", call.who))
        return msgspec.json.encode(body)
    for name, (tokens_in, tokens_out, longest, beside) in found["weights"].items():
        allowed, refusal = decided(guard, call, name)
        if refusal is not None:
            _stop(call, refusal)
            continue
        call.asked = Asked([name], [name], max_output=tokens_out, input_tokens=tokens_in, longest=longest)
        call.asked.holds = Holds(opaque=bool(beside))
        await guard.reserve(call, name, allowed[0])
    named = body.get("model")
    if isinstance(named, str):
        _check(guard, call, named)
    return msgspec.json.encode(body)
