"""What a request to the proxy is by its method and path: may it spend, and where does it name its model.

Whatever is not listed here is for administrators: a route that a new version of LiteLLM brings is refused until it is
known whether it spends. Source: `LiteLLMRoutes` and the path patterns of LiteLLM 1.106 to 1.108.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Class = Literal["open", "manage", "listed", "free", "spend", "pass", "closed", "file", "batch", "socket", "unknown"]
Kind = Literal[
    "chat", "completions", "embeddings", "messages", "responses", "gemini", "images", "audio", "moderations", "rerank",
    "count", "pass-through", "batch", "realtime", "other",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """`class_`: open (no key), manage (LiteLLM's own authentication), listed (a known key; the
    proxy answers by itself), free (a key with a budget; a provider is asked, and bills nothing), spend, pass (a provider's own
    API through the proxy), closed (what of that nobody here can count), file and batch, socket, unknown (an
    administrator's key). `model`: the name in the path; `limit`: where a provider's own API has the limit of output
    (`inferenceConfig.maxTokens`), empty where that is not known."""

    class_: Class
    kind: Kind = "other"
    model: str | None = None
    limit: str = ""


_DEPLOYMENT = r"(?:/openai/deployments/(?P<m1>.+)|/engines/(?P<m2>.+)|/v1/engines/(?P<m3>.+)|/v1|)"
_SPEND: tuple[tuple[str, Kind], ...] = (
    (r"/chat/completions", "chat"),
    (r"/completions", "completions"),
    (r"/embeddings", "embeddings"),
    (r"/images/(?:generations|edits|variations)", "images"),
    (r"/audio/(?:transcriptions|translations|speech)", "audio"),
    (r"/moderations", "moderations"),
    (r"/responses", "responses"),
    (r"/responses/compact", "other"),
    (r"/responses/input_tokens", "count"),
    (r"/messages", "messages"),
    (r"/messages/count_tokens", "count"),
    (r"/rerank", "rerank"),
)
_MODELLED = tuple((re.compile(_DEPLOYMENT + path + r"\Z"), kind) for path, kind in _SPEND)
_MORE: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"/v2/rerank\Z"), "rerank"),
    # LiteLLM's own; everything else below /openai/v1 goes on to OpenAI as it is.
    (re.compile(r"/openai/v1/responses\Z"), "responses"),
    (re.compile(r"/openai/v1/responses/compact\Z"), "other"),
    (re.compile(r"/openai/v1/responses/input_tokens\Z"), "count"),
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
# What may stand before the call itself in a path of a provider's own API: nothing that could name a model.
_NEUTRAL = (
    r"(?:/(?:v\d\w*|api|openai|anthropic|inference|ml|text|models|endpoints/openapi|projects/[^/:]+|locations/[^/:]+))*"
)
_CALLS = (
    r"chat/completions|completions|embeddings|responses|images/(?:generations|edits|variations)"
    r"|audio/(?:transcriptions|translations|speech)|moderations|messages|rerank|chat|embed|complete|generate|generation"
    r"|fim/completions|listen"
)
_COUNTS = r"messages/count_tokens|responses/input_tokens|tokenize"
_GOOGLE = r"generateContent|streamGenerateContent|countTokens|rawPredict|streamRawPredict|embedContent|batchEmbedContents|predict"
# Whatever else is sent to a provider is closed: batches, tuning, sessions with keys of their own, agents, what names its
# model elsewhere. Each has a name in the path, or the one in the body counts.
_PASS_MODEL = (
    re.compile(
        r"/bedrock/(?:v\d/)?model/(?P<m>.+)/(?P<call>invoke|converse|invoke-with-response-stream|converse-stream|count-tokens)\Z"
    ),
    re.compile(rf"/(?:gemini|vertex_ai|vertex-ai)(?:/(?!models/|tunedModels/)[^/:]+)*/models/(?P<m>[^/:]+):(?P<call>{_GOOGLE})\Z"),
    re.compile(
        r"/(?:azure|azure_ai)/openai/deployments/(?P<m>[^/]+)/(?P<call>chat/completions|completions|embeddings|images/\w+|audio/\w+)\Z"
    ),
)  # fmt: skip
_PASS_NAMED = re.compile(rf"/[\w.-]+{_NEUTRAL}/(?P<call>{_CALLS}|{_COUNTS})\Z")
_FREE_CALLS = re.compile(rf"(?:{_COUNTS}|countTokens|count-tokens)\Z")
_LIMITS = {
    "chat/completions": "max_tokens", "completions": "max_tokens", "messages": "max_tokens", "chat": "max_tokens",
    "fim/completions": "max_tokens", "responses": "max_output_tokens", "converse": "inferenceConfig.maxTokens",
    "converse-stream": "inferenceConfig.maxTokens", "generateContent": "generationConfig.maxOutputTokens",
    "streamGenerateContent": "generationConfig.maxOutputTokens",
}  # fmt: skip
_OPEN = re.compile(
    r"/(?:health/(?:liveliness|liveness|readiness)|ping|test|docs(?:/.*)?|redoc|openapi\.json|favicon\.ico|get_favicon|get_image"
    r"|swagger(?:/.*)?|ui(?:/.*)?|_next/.*|litellm-asset-prefix/.*|litellm/.*|metrics/?|\.well-known/.*|public/.*|)\Z"
)
_MANAGE = re.compile(
    r"/(?:v2/)?(?:key|user|team|organization|customer|end_user|budget|spend|global|sso|login|logout|fallback|onboarding|credentials"
    r"|tag|invitation|audit|config|get|update|delete|jwt|project|access_group|model|management|email|router|settings|usage"
    r"|cost|daily|in_product_nudges|schedule|reload|get_logo_url|user_banner)(?:/.*)?\Z"
)
_LISTED = re.compile(
    r"(?:/v1|/v1beta|/openai/v1|)/(?:models(?:/.*)?|model/info|model_group/info)\Z|/cursor(?:/v1)?/models\Z"
    r"|/utils/model_info\Z|/v2/model/info\Z|/key/info\Z"
)
_FREE_GET = re.compile(
    r"(?:/v1|/v1beta|/openai/v1|/cursor|/cursor/v1|)/(?:files(?:/.*)?|batches(?:/.*)?|responses/[^/]+(?:/input_items)?)\Z"
)
_FREE_DELETE = re.compile(r"(?:/v1|/openai/v1|)/(?:files|responses)/[^/]+\Z")
_FREE_POST = re.compile(r"(?:/v1|/openai/v1|)/(?:responses|batches)/[^/]+/cancel\Z")
_FILES = re.compile(r"(?:/[\w-]+)?(?:/v1|/openai/v1|)/files\Z")
_BATCHES = re.compile(r"(?:/[\w-]+)?(?:/v1|/openai/v1|)/batches\Z")
_ODD = re.compile(r"//|/\.{1,2}(?:/|\Z)|\\|[\x00-\x1f\x7f]|[%;?#]")
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
        if _FREE_POST.match(path):
            return Route("free")
    if method == "DELETE" and _FREE_DELETE.match(path):
        return Route("free")
    if _passes(path, pass_through):
        return Route("free") if method == "DELETE" and _PASS.match(path) else _passing(path, pass_through)
    return Route("manage") if _MANAGE.match(path) else Route("unknown")


def provider_of(path: str) -> str | None:
    """The provider whose own API a path is below; None for the operator's own endpoints."""
    first = path.strip("/").split("/", 1)[0]
    return first.removesuffix("_passthrough").replace("vertex-ai", "vertex_ai") if first in _PROVIDERS else None


def odd(path: str) -> bool:
    """Whether a path may mean one thing here and another to what it is passed on to."""
    return bool(_ODD.search(path))


def _reading(method: str, path: str, pass_through: Sequence[str]) -> Route:
    """Reading spends nothing, but for health checks (/health), which are unknown here and so an administrator's."""
    if _OPEN.match(path) or method == "OPTIONS":
        return Route("open")
    if _LISTED.match(path):
        return Route("listed")
    if _FREE_GET.match(path):
        return Route("free")
    if _passes(path, pass_through):
        # A provider's GETs list and fetch; what is a call by its path, or may be one to an operator's target, is one.
        found = _passing(path, pass_through)
        return Route("free") if _PASS.match(path) and found.model is None else found
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


def _passing(path: str, pass_through: Sequence[str]) -> Route:
    """A call to a provider's own API: what is known of it by its path, or that nothing is."""
    if path in pass_through:
        # The operator's own endpoint as it stands; of what lies below one only what is known of any provider.
        return Route("pass", "pass-through")
    above = next((p for p in pass_through if path.startswith(p.rstrip("/") + "/")), None)
    shown = f"/own{path[len(above.rstrip('/')) :]}" if above is not None else path
    for pattern in (*_PASS_MODEL, _PASS_NAMED):
        match = pattern.match(shown)
        if match is not None:
            call = match["call"]
            kind: Kind = "count" if _FREE_CALLS.match(call) else "pass-through"
            limit = _LIMITS.get(call, "")
            if call == "chat/completions" and path.startswith(("/openai", "/azure/")):
                # The only one that all of their models take.
                limit = "max_completion_tokens"
            return Route("pass", kind, match.groupdict().get("m"), limit)
    return Route("closed", "pass-through")
