"""A provider on loopback that counts what it is asked, in the shapes of OpenAI, Anthropic, Google and Bedrock.

It writes one line a call to a file, so that calls of any number of proxy workers are counted, and runs as its own process.
`python upstream.py PORT FILE`. A model with `flaky` in its name fails with 500, one with `slow` takes its time,
and a stream of one with `cut` ends in the middle. A request with `say:` and JSON in base64 in its text is answered with that
usage (`usage`) and output (`output`), its stream with so many pieces (`events`).
"""

# ruff: noqa: E501  # answers in one piece read best
from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

LOG = Path(os.environ.get("UPSTREAM_LOG", "upstream.log"))
TOKENS_IN, TOKENS_OUT = 11, 7


def note(path: str, model: str, **more: Any) -> None:
    with LOG.open("a") as file:
        file.write(json.dumps({"path": path, "model": model, "at": time.time(), **more}) + "\n")


def say(**answer: Any) -> str:
    """A prompt that makes the upstream say so."""
    return f"say:{base64.urlsafe_b64encode(json.dumps(answer).encode()).decode()}."


def said(raw: bytes) -> dict[str, Any]:
    found = re.search(rb"say:([A-Za-z0-9_=-]+)\.", raw)
    return dict(json.loads(base64.urlsafe_b64decode(found[1]))) if found else {}


def path_model(path: str) -> str | None:
    for mark in ("/models/", "/model/", "/deployments/"):
        if mark in path:
            return path.split(mark, 1)[1].split("/", 1)[0].split(":", 1)[0]
    return None


async def read(request: Request) -> dict[str, Any]:
    raw = await request.body()
    try:
        found = json.loads(raw)
        return found if isinstance(found, dict) else {}
    except ValueError:
        form = {}
        for part in raw.split(b'name="model"')[1:]:
            form["model"] = part.strip().split(b"\r\n", 1)[0].decode("latin-1").strip()
        return form


async def serve(request: Request) -> Response:
    body, path = await read(request), request.url.path
    model = str(path_model(path) or body.get("model") or "?")
    if request.method == "GET" or path.endswith(("/files", "/batches")):
        text = (await request.body())[:4000].decode("utf-8", "replace")
        note(path, model, free=request.method == "GET", text=text)
        return JSONResponse({"id": f"file-{time.time_ns()}", "object": "file", "bytes": 1, "created_at": 1, "filename": "f",
                             "purpose": "batch", "status": "processed", "data": []})  # fmt: skip
    note(
        path,
        model,
        max_tokens=body.get("max_tokens") or body.get("max_output_tokens") or body.get("max_completion_tokens"),
    )
    if "cache" in body or "namespace" in body:
        return JSONResponse({"error": {"message": "unknown parameter: cache", "type": "invalid_request_error"}}, 400)
    if "flaky" in model:
        return JSONResponse({"error": {"message": "upstream is broken", "type": "server_error"}}, 500)
    if "slow" in model:
        await asyncio.sleep(float(os.environ.get("UPSTREAM_SLOW", "0.4")))
    told = said(await request.body())
    if body.get("stream") or ":streamGenerateContent" in path:
        return StreamingResponse(stream(path, model, told), media_type="text/event-stream")
    return whole(path, model, told)


def whole(path: str, model: str, told: dict[str, Any]) -> Response:
    ident, text = f"up-{model}-{time.time_ns()}", f"this is {model}"
    usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT, "total_tokens": TOKENS_IN + TOKENS_OUT}
    usage = told.get("usage", usage)
    io = told.get("usage", {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT})
    if path.endswith("/chat/completions"):
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return JSONResponse(
            {
                "id": ident,
                "object": "chat.completion",
                "created": 1,
                "model": model,
                "choices": [choice],
                "usage": usage,
            }
        )
    if path.endswith("/completions"):
        choice = {"index": 0, "finish_reason": "stop", "text": text}
        return JSONResponse(
            {
                "id": ident,
                "object": "text_completion",
                "created": 1,
                "model": model,
                "choices": [choice],
                "usage": usage,
            }
        )
    if path.endswith("/embeddings"):
        row = {"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}
        return JSONResponse(
            {"object": "list", "data": [row], "model": model, "usage": {"prompt_tokens": 11, "total_tokens": 11}}
        )
    if path.endswith("/responses/compact"):
        kept = {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"}
        return JSONResponse({"id": ident, "object": "response.compaction", "created_at": 1, "output": [kept],
                             "usage": {"total_tokens": 18, **io}})  # fmt: skip
    if path.endswith("/responses"):
        content = {"type": "output_text", "text": text, "annotations": []}
        output = {"type": "message", "id": "m", "status": "completed", "role": "assistant", "content": [content]}
        return JSONResponse({"id": ident, "object": "response", "created_at": 1, "model": model, "status": "completed",
                             "output": [*told.get("output", []), output],
                             "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
                             "usage": {"total_tokens": 18, **io}, **({"service_tier": told["service_tier"]} if "service_tier" in told else {})})  # fmt: skip
    if path.endswith("/messages"):
        return JSONResponse({"id": ident, "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn",
                             "stop_sequence": None, "content": [{"type": "text", "text": text}], "usage": io})  # fmt: skip
    if path.endswith("/moderations"):
        return JSONResponse(
            {"id": ident, "model": model, "results": [{"flagged": False, "categories": {}, "category_scores": {}}]}
        )
    if "/images/" in path:
        return JSONResponse({"created": 1, "data": [{"b64_json": "AAAA"}], "usage": {"total_tokens": 18, **io}})
    if path.endswith("/speech"):
        return Response(b"RIFF", media_type="audio/mpeg")
    if "/audio/" in path:
        return JSONResponse({"text": text, **({"usage": told["usage"]} if "usage" in told else {})})
    if path.endswith("/rerank"):
        return JSONResponse(
            {
                "id": ident,
                "results": [{"index": 0, "relevance_score": 0.5}],
                "meta": {"billed_units": {"search_units": 1}},
            }
        )
    if "ontent" in path:
        part = {"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP", "index": 0}
        google = {"promptTokenCount": TOKENS_IN, "candidatesTokenCount": TOKENS_OUT, "totalTokenCount": 18}
        return JSONResponse({"candidates": [part], "modelVersion": model, "usageMetadata": told.get("usage", google)})
    if path.endswith("/converse"):
        return JSONResponse({"output": {"message": {"role": "assistant", "content": [{"text": text}]}}, "stopReason": "end_turn",
                             "usage": {"inputTokens": TOKENS_IN, "outputTokens": TOKENS_OUT, "totalTokens": 18}})  # fmt: skip
    return JSONResponse({"id": ident, "model": model, "usage": usage})


async def stream(path: str, model: str, told: dict[str, Any]) -> Any:
    count = int(told.get("events", 40 if "long" in model else 4))
    pause = 0.1 if "long" in model else 0.0
    ident = f"up-{time.time_ns()}"
    if path.endswith("/messages"):
        message = {"id": ident, "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None,
                   "stop_sequence": None, "usage": {"input_tokens": TOKENS_IN, "output_tokens": 1}}  # fmt: skip
        yield event({"type": "message_start", "message": message}, "message_start")
        yield event(
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            "content_block_start",
        )
        for i in range(count):
            await asyncio.sleep(pause)
            delta = {"type": "text_delta", "text": f"w{i} "}
            yield event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
        yield event({"type": "content_block_stop", "index": 0}, "content_block_stop")
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        out = told.get("usage", {"output_tokens": TOKENS_OUT})
        yield event({"type": "message_delta", "delta": end, "usage": out}, "message_delta")
        yield event({"type": "message_stop"}, "message_stop")
        return
    if path.endswith("/responses"):
        document = json.loads(bytes(whole(path, model, told).body))
        yield event(
            {"type": "response.created", "response": {**document, "status": "in_progress", "output": []}},
            "response.created",
        )
        for i in range(count):
            await asyncio.sleep(pause)
            yield event({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": f"w{i} "},
                        "response.output_text.delta")  # fmt: skip
        yield event({"type": "response.completed", "response": document}, "response.completed")
        return
    if "ontent" in path:
        yield event(json.loads(bytes(whole(path, model, told).body)))
        return
    for i in range(count):
        await asyncio.sleep(pause)
        delta = {
            "index": 0,
            "delta": {"role": "assistant", "content": f"w{i} "},
            "text": f"w{i} ",
            "finish_reason": None,
        }
        yield event({"id": ident, "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [delta]})
        if "cut" in model and i == 2:
            raise ConnectionResetError
    last = {"index": 0, "delta": {}, "text": "", "finish_reason": "stop"}
    usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT, "total_tokens": TOKENS_IN + TOKENS_OUT}
    usage = told.get("usage", usage)
    yield event({"id": ident, "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [last]})
    yield event(
        {"id": ident, "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [], "usage": usage}
    )
    yield "data: [DONE]\n\n"


def event(document: dict[str, Any], name: str = "") -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(document)}\n\n"


async def realtime(socket: WebSocket) -> None:
    model = socket.query_params.get("model", "?")
    note("/realtime", model)
    await socket.accept()
    await socket.send_text(json.dumps({"type": "session.created", "session": {"model": model}}))
    try:
        async for text in socket.iter_text():
            if json.loads(text).get("type") == "response.create":
                note("/realtime/response", model)
                usage = {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT, "total_tokens": 18}
                usage = said(text.encode()).get("usage", usage)
                await socket.send_text(
                    json.dumps({"type": "response.done", "response": {"id": "r", "usage": usage, "output": []}})
                )
    except Exception:
        return


METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
app = Starlette(routes=[WebSocketRoute("/{path:path}", realtime), Route("/{path:path}", serve, methods=METHODS)])

if __name__ == "__main__":
    import uvicorn

    LOG = Path(sys.argv[2])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
