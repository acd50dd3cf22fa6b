"""What a request to the proxy is by its method and path: may it spend, and where does it name its model.

Whatever is not listed here is for administrators: a route that a new version of LiteLLM brings is refused until it is
known whether it spends. Source: `LiteLLMRoutes` and the path patterns of LiteLLM 1.106 to 1.108.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Class = Literal["open", "manage", "free", "spend", "pass", "file", "batch", "socket", "unknown"]
Kind = Literal[
    "chat", "completions", "embeddings", "messages", "responses", "gemini", "images", "audio", "moderations", "rerank",
    "count", "pass-through", "batch", "realtime", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """`class_`: open (no key), manage (LiteLLM's own authentication), free (a known key), spend, pass (a provider's own
    API through the proxy), file and batch, socket, unknown (an administrator's key). `model`: the name in the path."""

    class_: Class
    kind: Kind = "other"
    model: str | None = None


_DEPLOYMENT = r"(?:/openai/deployments/(?P<m1>.+)|/engines/(?P<m2>.+)|/v1/engines/(?P<m3>.+)|/v1|)"
_SPEND: tuple[tuple[str, Kind], ...] = (
    (r"/chat/completions", "chat"),
    (r"/completions", "completions"),
    (r"/embeddings", "embeddings"),
    (r"/images/(?:generations|edits|variations)", "images"),
    (r"/audio/(?:transcriptions|translations|speech)", "audio"),
    (r"/moderations", "moderations"),
    (r"/responses", "responses"),
    (r"/messages", "messages"),
    (r"/messages/count_tokens", "count"),
    (r"/rerank", "rerank"),
)
_MODELLED = tuple((re.compile(_DEPLOYMENT + path + r"\Z"), kind) for path, kind in _SPEND)
_MORE: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"/v2/rerank\Z"), "rerank"),
    # LiteLLM's own; everything else below /openai/v1 goes on to OpenAI as it is.
    (re.compile(r"/openai/v1/responses\Z"), "responses"),
    (re.compile(r"/cursor/chat/completions\Z"), "chat"),
    (re.compile(r"/claude_code_gateway/v1/messages\Z"), "messages"),
    (re.compile(r"(?:/v1beta|/v1)?/models/(?P<m1>.+):(?:generateContent|streamGenerateContent)\Z"), "gemini"),
    (re.compile(r"(?:/v1beta|/v1)?/models/(?P<m1>.+):countTokens\Z"), "count"),
    (re.compile(r"/utils/token_counter\Z"), "count"),
)
_PROVIDERS = (
    "openai", "openai_passthrough", "anthropic", "bedrock", "vertex_ai", "vertex-ai", "gemini", "azure", "azure_ai",
    "cohere", "mistral", "vllm", "openrouter", "watsonx", "cursor", "gigachat", "nvidia_nim", "assemblyai",
    "eu.assemblyai", "langfuse", "milvus", "tinyfish", "typesafe", "laya", "bespoke", "deepgram", "fal_ai", "azure_speech",
    "transcribe", "comprehendmedical", "groq", "together_ai", "fireworks_ai", "huggingface", "replicate", "databricks",
)  # fmt: skip
_PASS = re.compile(rf"/(?:{'|'.join(map(re.escape, _PROVIDERS))})(?:/|\Z)")
_PASS_MODEL = (
    re.compile(r"/bedrock/(?:v\d/)?model/(?P<m1>.+)/(?:invoke|converse|invoke-with-response-stream|converse-stream)\Z"),
    re.compile(r"/(?:gemini|vertex_ai|vertex-ai)/.*/?models/(?P<m1>[^/:]+):\w+\Z"),
    re.compile(
        r"/(?:azure|azure_ai)/openai/deployments/(?P<m1>.+)/(?:chat/completions|completions|embeddings|images/\w+|audio/\w+)\Z"
    ),
)
_OPEN = re.compile(
    r"/(?:health/(?:liveliness|liveness|readiness)|ping|test|docs(?:/.*)?|redoc|openapi\.json|favicon\.ico|get_favicon|get_image"
    r"|swagger(?:/.*)?|ui(?:/.*)?|_next/.*|litellm-asset-prefix/.*|litellm/.*|metrics/?|\.well-known/.*|public/.*|)\Z"
)
_MANAGE = re.compile(
    r"/(?:v2/)?(?:key|user|team|organization|customer|end_user|budget|spend|global|sso|login|logout|fallback|onboarding|credentials"
    r"|tag|invitation|audit|config|get|update|delete|jwt|project|access_group|model|management|email|router|settings|usage"
    r"|cost|daily|in_product_nudges|schedule|reload|get_logo_url|user_banner)(?:/.*)?\Z"
)
_FREE_GET = re.compile(
    r"(?:/v1|/v1beta|/openai/v1|/cursor|/cursor/v1|)/(?:models(?:/.*)?|model/info|model_group/info|files(?:/.*)?|batches(?:/.*)?"
    r"|responses/[^/]+(?:/input_items)?)\Z|/utils/model_info\Z|/v2/model/info\Z|/key/info\Z"
)
_FREE_OTHER = re.compile(
    r"(?:/v1|/openai/v1|)/(?:files/[^/]+|responses/[^/]+(?:/cancel)?|batches/[^/]+/cancel|responses/input_tokens)\Z"
)
_FILES = re.compile(r"(?:/[\w-]+)?(?:/v1|/openai/v1|)/files\Z")
_BATCHES = re.compile(r"(?:/[\w-]+)?(?:/v1|/openai/v1|)/batches\Z")
_ODD = re.compile(r"//|/\.{1,2}(?:/|\Z)|\\|[\x00-\x1f\x7f]|%|;")
_SOCKET = re.compile(r"(?:/v1|/openai/v1|)/realtime\Z")


def route_of(method: str, path: str, pass_through: Sequence[str] = ()) -> Route:
    """The route of a request; `path` decoded and without the server's root path, method in capitals or WEBSOCKET."""
    if method == "WEBSOCKET":
        return Route("socket", "realtime") if _SOCKET.match(path) else Route("unknown")
    if method in ("GET", "HEAD", "OPTIONS"):
        return _reading(method, path, pass_through)
    if method == "POST":
        found = _spending(path)
        if found is not None:
            return found
        if _FILES.match(path):
            return Route("file", "batch")
        if _BATCHES.match(path):
            return Route("batch", "batch")
    if _FREE_OTHER.match(path):
        return Route("free")
    if _passes(path, pass_through):
        return Route("free") if method == "DELETE" and _PASS.match(path) else _passing(path)
    return Route("manage") if _MANAGE.match(path) else Route("unknown")


def odd(path: str) -> bool:
    """Whether a path may mean one thing here and another to what it is passed on to."""
    return bool(_ODD.search(path))


def _reading(method: str, path: str, pass_through: Sequence[str]) -> Route:
    """Reading spends nothing, but for health checks (/health), which are unknown here and so an administrator's."""
    if _OPEN.match(path) or method == "OPTIONS":
        return Route("open")
    if _FREE_GET.match(path):
        return Route("free")
    if _passes(path, pass_through):
        # A provider's GETs list and fetch; a template that a target may answer with a call is treated as one.
        return Route("free") if _PASS.match(path) else _passing(path)
    return Route("manage") if _MANAGE.match(path) else Route("unknown")


def _spending(path: str) -> Route | None:
    for pattern, kind in (*_MODELLED, *_MORE):
        match = pattern.match(path)
        if match is not None:
            groups = match.groupdict()
            return Route("spend", kind, next((m for m in groups.values() if m), None))
    return None


def _passes(path: str, pass_through: Sequence[str]) -> bool:
    return bool(_PASS.match(path)) or any(path == p or path.startswith(p.rstrip("/") + "/") for p in pass_through)


def _passing(path: str) -> Route:
    kind: Kind = "count" if path.endswith((":countTokens", "/count_tokens")) else "pass-through"
    for pattern in _PASS_MODEL:
        match = pattern.match(path)
        if match is not None:
            return Route("pass", kind, match["m1"])
    return Route("pass", kind)
