"""What of a request costs something else than tokens of text: pictures, sound and files in it, what is to come out beside
text, tools that the provider runs, and service tiers.

Whatever is not known to be harmless counts as what it may be: a tool of an unknown type is one that the provider runs.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from modelguard.enforce.routes import Kind

_URL = re.compile(r"(?:https?|gs|s3)://", re.ASCII | re.IGNORECASE)
_DATA = re.compile(r"data:(\w+)/[\w+.;=-]*,", re.ASCII)
_BLOB = re.compile(r"[A-Za-z0-9+/=_\r\n-]{500,}\Z")
_THINGS = frozenset(
    {
        "url",
        "uri",
        "image_url",
        "file_url",
        "video_url",
        "audio_url",
        "document_url",
        "image",
        "file",
        "file_data",
        "data",
    }
)
"""Keys under which providers look for a data URL; under any other it is a text, and billed as one."""
_PICTURES = frozenset({"image_url", "image", "input_image", "image_file", "computer_screenshot", "input_screenshot"})
_SOUND = frozenset({"input_audio", "audio", "audio_url"})
_OPAQUE = frozenset(
    {
        "file",
        "input_file",
        "document",
        "document_url",
        "video",
        "video_url",
        "input_video",
        "container_upload",
        "file_url",
    }
)
"""Parts whose tokens nobody can count from here."""
_KEPT_ELSEWHERE = (
    "previous_response_id", "conversation", "prompt", "cachedContent", "cached_content", "file_ids", "vector_store_ids",
    "container", "previous_interaction_id",
)  # fmt: skip
"""What a provider adds from its own store; `prompt` only as a mapping, a stored one of OpenAI's."""
_CLIENT_TOOLS = re.compile(
    r"(?:function|custom|namespace|bash|text_editor|computer|computer_use_preview|memory|local_shell|apply_patch|tool_search"
    r"|tool_search_tool_\w+)(?:_20\d{6})?\Z"
)
"""Types of tools that the client runs, or that cost nothing but tokens."""
_DECLARED = frozenset(
    {"functionDeclarations", "function_declarations", "toolSpec", "cachePoint", "computerUse", "computer_use"}
)
_TOOL_NAMES = {
    "googlesearch": "web_search", "googlesearchretrieval": "web_search", "enterprisewebsearch": "web_search",
    "websearchpreview": "web_search", "websearch": "web_search", "xsearch": "web_search", "googlemaps": "maps",
    "codeexecution": "code_interpreter", "codeinterpreter": "code_interpreter", "filesearch": "file_search",
    "webfetch": "web_fetch", "urlcontext": "web_fetch", "imagegeneration": "image_generation",
}  # fmt: skip
_SEARCH_SETTINGS = {
    "web_search_options": "web_search", "search_parameters": "web_search", "search_options": "web_search",
    "enable_search": "web_search", "plugins": "plugins", "connectors": "connectors", "mcp_servers": "mcp",
    "data_sources": "data_sources",
}  # fmt: skip
_VERSION = re.compile(r"_20\d\d_?\d\d_?\d\d\Z")
_STANDARD = frozenset(
    {"", "default", "auto", "standard", "standard_only", "on_demand", "flex", "batch", "global", "not_specified"}
)
"""Words for a tier or place that costs no more than the standard one."""


@dataclass(slots=True)
class Holds:
    """What is in a request beside text: `pictures`, how many; `media` of which there is any (`audio`); `opaque`: whether
    there is something whose tokens can't be counted; `hour`: whether it writes the provider's cache for an hour."""

    pictures: int = 0
    media: set[str] = field(default_factory=set)
    opaque: bool = False
    hour: bool = False

    def add_files(self, kind: Kind, files: int) -> None:
        """The files of a form: pictures to edit, a recording to write down."""
        if kind == "images":
            self.pictures += files
        else:
            self.opaque = True
            self.media.add("audio")


def nodes(value: Any) -> Iterator[Any]:
    """All that is in a body, however deeply; iterative, as a body may be nested deeply."""
    todo = [value]
    while todo:
        item = todo.pop()
        yield item
        if isinstance(item, Mapping):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)


def held(body: Mapping[str, Any]) -> Holds:
    """What a body holds beside text."""
    found = Holds()
    for item in nodes(body):
        if isinstance(item, Mapping):
            _part(item, found)
        elif isinstance(item, str):
            match = _DATA.match(item)
            if match is not None:
                _medium(match[1], found)
    found.opaque = found.opaque or any(
        body.get(k) for k in _KEPT_ELSEWHERE if k != "prompt" or isinstance(body.get(k), Mapping)
    )
    return found


def _part(item: Mapping[str, Any], found: Holds) -> None:
    """A mapping that may be a part of a message, in the dialects of OpenAI, Anthropic, Google and Bedrock."""
    type_ = item.get("type")
    if not isinstance(type_, str):
        type_ = ""
    if type_ in _PICTURES:
        # A picture in a data URL is counted where that is.
        found.pictures += not _is_data(item)
        found.opaque = found.opaque or _is_no_picture(item)
    elif type_ in _SOUND:
        _medium("audio", found)
    elif type_ in _OPAQUE and not _text_inside(item):
        found.opaque = True
    for key in ("inlineData", "inline_data", "fileData", "file_data"):
        inner = item.get(key)
        if isinstance(inner, Mapping):
            medium = str(inner.get("mimeType") or inner.get("mime_type") or "").partition("/")[0]
            # A text that is kept elsewhere is as long as it is.
            _medium("" if medium == "text" and not isinstance(inner.get("data"), str) else medium, found)
    for key in ("image", "document", "video", "audio"):
        inner = item.get(key)
        if isinstance(inner, Mapping) and "source" in inner and "format" in inner:
            _medium(key, found)
    found.hour = found.hour or item.get("ttl") == "1h"


def _is_data(item: Mapping[str, Any]) -> bool:
    return any(isinstance(v, str) and _DATA.match(v) for v in nodes(item))


def _is_no_picture(item: Mapping[str, Any]) -> bool:
    """Whether what is called a picture says that it is something else: LiteLLM passes films and documents on that way."""
    for node in nodes(item):
        if isinstance(node, Mapping):
            format_ = node.get("format")
            if isinstance(format_, str) and "/" in format_ and not format_.lower().startswith("image/"):
                return True
        elif isinstance(node, str) and _URL.match(node):
            type_, _ = mimetypes.guess_type(node.partition("?")[0].partition("#")[0])
            if type_ is not None and not type_.startswith("image/"):
                return True
    return False


def _text_inside(item: Mapping[str, Any]) -> bool:
    """Anthropic's documents of plain text, which stand in the request themselves."""
    source = item.get("source")
    return isinstance(source, Mapping) and source.get("type") in ("text", "content")


def _medium(medium: str, found: Holds) -> None:
    """A thing by the first word of its type: image, audio, video, application, …; of what is none of these it may be any."""
    if medium == "image":
        found.pictures += 1
    elif medium != "text":
        found.opaque = True
        # Only what is sound for sure needs a price for sound: of the rest most models read no sound at all.
        found.media |= {"audio"} if medium == "audio" else set()


def weight(value: Any) -> int:
    """Bytes of all texts, but for what stands there in base64 where things other than text do: `held` speaks of that."""
    total, todo = 0, [(value, "")]
    while todo:
        item, key = todo.pop()
        if isinstance(item, str):
            thing = key in _THINGS and (match := _DATA.match(item)) is not None and match[1] != "text"
            total += 0 if thing else len(item) if item.isascii() else len(item.encode("utf-8", "surrogatepass"))
        elif isinstance(item, Mapping):
            total += sum(len(k) + 4 for k in item) - _blob(item)
            todo.extend((inner, k) for k, inner in item.items())
        elif isinstance(item, list):
            todo.extend((inner, key) for inner in item)
        else:
            total += 4
    return total


def _blob(item: Mapping[str, Any]) -> int:
    """Bytes of base64 beside the type that says what it is, where that is no text."""
    data = item.get("data", item.get("bytes"))
    told = item.get("media_type") or item.get("mimeType") or item.get("mime_type") or item.get("format")
    if item.get("type") == "text" or str(told or "").lower().startswith("text"):
        return 0
    known = told or "bytes" in item
    return len(data) if known and isinstance(data, str) and _BLOB.match(data) else 0


# -- what comes out, and by which means ----------------------------------------------------------------------------------


_HOLDERS = (
    "extra_body", "config", "generationConfig", "generation_config", "inferenceConfig", "inference_config",
    "additionalModelRequestFields", "textGenerationConfig", "parameters", "options", "session",
)  # fmt: skip
FALLBACKS = (
    "fallbacks", "context_window_fallbacks", "content_policy_fallbacks", "default_fallbacks", "context_window_fallback_dict",
)  # fmt: skip
_DEPTH = 6


def settings(body: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Where a body has settings: at the top, in what goes on to the provider as it is, and in what a fallback brings with
    it, that takes the place of the request's own."""
    yield body
    if depth >= _DEPTH:
        return
    for key in _HOLDERS:
        inner = body.get(key)
        if isinstance(inner, Mapping):
            yield from settings(inner, depth + 1)
    for key in FALLBACKS:
        for target in targets(body.get(key)):
            yield from settings(target, depth + 1)


def targets(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The fallbacks that are requests of their own: `[{model: a, …}]`, `[{a: [{model: b, …}]}]`."""
    if depth >= _DEPTH:
        return
    for entry in value if isinstance(value, list) else (value,):
        if not isinstance(entry, dict):
            continue
        if isinstance(entry.get("model"), str):
            yield entry
            continue
        for inner in entry.values():
            yield from targets(inner, depth + 1)


def wanted(body: Mapping[str, Any]) -> tuple[frozenset[str], bool]:
    """What is to come out beside text, and whether nothing but text may."""
    found: set[str] = set()
    for holder in settings(body):
        for key in ("modalities", "responseModalities", "response_modalities", "output_modalities"):
            value = holder.get(key)
            if isinstance(value, list):
                found |= {str(v).lower() for v in value}
    return frozenset(found & {"audio", "image", "video"}), bool(found) and found <= {"text"}


def tools_of(body: Mapping[str, Any]) -> dict[str, int | None]:
    """The tools that the provider runs, and how often each may be used at most; None where nobody says."""
    found: dict[str, int | None] = {}
    for holder in settings(body):
        whole = holder.get("max_tool_calls")
        for tool in _listed(holder):
            for name in _provider_tools(tool):
                times = tool.get("max_uses") if isinstance(tool, Mapping) else None
                found[name] = _times(times if times is not None else whole)
        for key, name in _SEARCH_SETTINGS.items():
            if holder.get(key) not in (None, False, [], "none"):
                found.setdefault(name, _times(whole))
    return found


def _listed(holder: Mapping[str, Any]) -> Iterator[Any]:
    tools = holder.get("tools")
    yield from tools if isinstance(tools, list) else () if tools is None else (tools,)
    converse = holder.get("toolConfig")
    if isinstance(converse, Mapping) and isinstance(converse.get("tools"), list):
        yield from converse["tools"]


def _times(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000 else None


def _provider_tools(tool: Any) -> list[str]:
    """What of a tool's entry the provider runs; nothing for one that the client runs."""
    if not isinstance(tool, Mapping):
        return ["a tool of no known form"]
    found = [_tool_name(k) for k in tool if _plain(k) in _TOOL_NAMES]
    type_ = tool.get("type")
    if type_ is not None:
        return found if _CLIENT_TOOLS.match(str(type_)) else [*found, _tool_name(str(type_))]
    if found or "name" in tool or "function" in tool or any(k in _DECLARED for k in tool):
        return found
    return [_tool_name(str(k)) for k in tool]


def _tool_name(word: str) -> str:
    """One name for what providers call differently: `web_search_20250305`, `googleSearch`."""
    return _TOOL_NAMES.get(_plain(word), re.sub(_VERSION, "", word)[:60])


def _plain(word: str) -> str:
    return re.sub(_VERSION, "", word).replace("_", "").lower()


def services_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Tiers and places that cost more than the standard ones, in words: `priority`, `speed fast`."""
    found: list[str] = []
    for holder in settings(body):
        tier = holder.get("service_tier", holder.get("serviceTier"))
        tier = tier.get("type") if isinstance(tier, Mapping) else tier
        latency = holder.get("performanceConfig")
        told = [
            ("", tier),
            ("speed ", holder.get("speed") if isinstance(holder.get("speed"), str) else None),
            ("inference_geo ", holder.get("inference_geo")),
            ("latency ", latency.get("latency") if isinstance(latency, Mapping) else None),
        ]
        found += [f"{word}{value}"[:60] for word, value in told if value is not None and str(value) not in _STANDARD]
    return tuple(dict.fromkeys(found))
