"""A proxy with a database, as far as its keys go, on loopback: every request is held against LiteLLM's own models.

LiteLLM's database engine is not to be had from the registries, so its real endpoints can't run; what they take and answer
is defined by these models.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

ADMIN = "sk-admin-0123456789abcdefghij"


def litellm_models() -> Any:
    """LiteLLM's request and answer models. Skips the test without LiteLLM; in CI that fails."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if os.environ.get("MODELGUARD_CI"):
            from litellm.proxy import _types
        else:
            _types = pytest.importorskip("litellm.proxy._types", reason="pip install 'litellm[proxy]'")
    return _types


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class FakeProxy:
    """Keys by hash, and everything that was asked. `fail_after`: requests that change something before one is answered 500."""

    def __init__(self) -> None:
        self.types = litellm_models()
        self.keys: dict[str, dict[str, Any]] = {}
        self.changes: list[tuple[str, dict[str, Any]]] = []
        self.fail_after: int | None = None
        self.lose_answer = False
        self.master_rows: list[dict[str, Any]] = []
        self.page_size_seen: set[int] = set()
        self.url = ""

    def add(self, key: str, **fields: Any) -> str:
        """A key that is there already; its hash."""
        self.keys[digest(key)] = {"token": digest(key), "models": [], "spend": 0.0, **fields}
        return digest(key)

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if method == "GET" and path == "/key/list":
            return 200, self._list(query)
        if method == "GET" and path == "/spend/logs/v2":
            rows = self.master_rows if query["api_key"] == "litellm_proxy_master_key" else []
            datetime.strptime(query["start_date"], "%Y-%m-%d %H:%M:%S")
            return 200, {"data": rows, "total": len(rows), "page": 1, "page_size": 100, "total_pages": 1}
        if self.fail_after is not None and len(self.changes) >= self.fail_after:
            return 500, {"error": {"message": f"no, not with {body.get('key')}", "type": "internal", "code": "500"}}
        handler = {"/key/generate": self._generate, "/key/update": self._update, "/key/block": self._block}[path]
        return handler(body)

    def _list(self, query: dict[str, str]) -> Any:
        assert query["return_full_object"] == "true"
        page, size = int(query["page"]), int(query["size"])
        assert 1 <= size <= 100
        self.page_size_seen.add(size)
        entries = list(self.keys.values())
        shown = []
        for entry in entries[(page - 1) * size : page * size]:
            fields = {k: v for k, v in entry.items() if k in self.types.UserAPIKeyAuth.model_fields}
            shown.append(self.types.UserAPIKeyAuth(**fields).model_dump(mode="json", exclude={"parent_otel_span"}))
        pages = -(-len(entries) // size)
        return {"keys": shown, "total_count": len(entries), "current_page": page, "total_pages": pages}

    def _valid(self, model: Any, body: dict[str, Any]) -> dict[str, Any]:
        unknown = set(body) - set(model.model_fields)
        assert not unknown, f"LiteLLM knows no {unknown}"
        fields: dict[str, Any] = model(**body).model_dump(mode="json", exclude_unset=True)
        return fields

    def _generate(self, body: dict[str, Any]) -> tuple[int, Any]:
        fields = self._valid(self.types.GenerateKeyRequest, body)
        if any(k.get("key_alias") == body["key_alias"] for k in self.keys.values()):
            message = (
                f"Key with alias '{body['key_alias']}' already exists. Unique key aliases across all keys are required."
            )
            return 400, {
                "error": {"message": message, "type": "bad_request_error", "param": "key_alias", "code": "400"}
            }
        token = digest(fields.pop("key"))
        self.changes.append(("/key/generate", body))
        self.keys[token] = {"token": token, "spend": 0.0, **self._with_expiry(fields)}
        return 200, {"key": body["key"], "token": token, "key_name": f"sk-...{body['key'][-4:]}"}

    def _update(self, body: dict[str, Any]) -> tuple[int, Any]:
        fields = self._valid(self.types.UpdateKeyRequest, body)
        token = fields.pop("key")
        self.changes.append(("/key/update", body))
        self.keys[token] |= self._with_expiry(fields)
        return 200, {"key": token}

    def _block(self, body: dict[str, Any]) -> tuple[int, Any]:
        fields = self._valid(self.types.BlockKeyRequest, body)
        self.changes.append(("/key/block", body))
        self.keys[fields["key"]]["blocked"] = True
        return 200, None

    @staticmethod
    def _with_expiry(fields: dict[str, Any]) -> dict[str, Any]:
        duration = fields.pop("duration", None)
        if duration is None:
            return fields
        now = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
        return {**fields, "expires": (now + timedelta(days=int(duration.removesuffix("d")))).isoformat()}


@contextmanager
def served(proxy: FakeProxy) -> Iterator[FakeProxy]:
    """The proxy on a port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if self.headers.get("Authorization") != f"Bearer {ADMIN}":
                sent = self.headers.get("Authorization", "")
                status, document = 401, {"error": {"message": f"Invalid proxy server token passed. Received {sent}"}}
            else:
                status, document = proxy.answer(self.command, parts.path, query, body)
            if proxy.lose_answer and self.command == "POST":
                self.close_connection = True
                return
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _do

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
