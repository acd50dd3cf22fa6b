# ruff: noqa: E501  # a row a case reads best
"""What of a request costs something else than tokens of text, in every provider's dialect."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.enforce.apart import held, services_of, tools_of, wanted, weight

PNG = "data:image/png;base64," + "A" * 500_000


def content(*parts: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


@pytest.mark.parametrize(
    ("body", "pictures", "media", "opaque"),
    [
        (content({"type": "text", "text": "hi"}), 0, set(), False),
        (content({"type": "image_url", "image_url": {"url": "https://x/y.png"}}), 1, set(), False),
        (content({"type": "image_url", "image_url": {"url": PNG}}), 1, set(), False),
        (content({"type": "image_url", "image_url": PNG}, {"type": "image_url", "image_url": PNG}), 2, set(), False),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]}, 1, set(), False),
        (content({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 9000}}), 1, set(), False),
        (content({"image": {"format": "png", "source": {"bytes": "AAAA"}}}), 1, set(), False),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "AA"}}]}]}, 1, set(), False),
        ({"contents": [{"parts": [{"inline_data": {"mime_type": "audio/wav", "data": "AA"}}]}]}, 0, {"audio"}, True),
        ({"contents": [{"parts": [{"fileData": {"mimeType": "video/mp4", "fileUri": "gs://x"}}]}]}, 0, set(), True),
        (content({"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}), 0, {"audio"}, True),
        (content({"type": "file", "file": {"file_id": "f"}}), 0, set(), True),
        # What calls itself a picture, and is a film or a document.
        (content({"type": "image_url", "image_url": {"url": "https://x/film.mp4?x=1"}}), 1, set(), True),
        (content({"type": "image_url", "image_url": {"url": "gs://x/paper.PDF"}}), 1, set(), True),
        (content({"type": "image_url", "image_url": {"url": "https://x/y", "format": "video/mp4"}}), 1, set(), True),
        (content({"type": "image_url", "image_url": {"url": "https://x/y", "format": "image/webp"}}), 1, set(), False),
        ({"contents": [{"parts": [{"fileData": {"mimeType": "text/plain", "fileUri": "gs://x"}}]}]}, 0, set(), True),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "text/plain", "data": "QUJD"}}]}]}, 0, set(), False),
        (content({"type": "document", "source": {"type": "url", "url": "https://x"}}), 0, set(), True),
        (content({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}}), 0, set(), False),
        (content({"type": "tool_result", "content": [{"type": "image", "source": {"type": "url", "url": "https://x"}}]}), 1, set(), False),
        (content({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}), 0, set(), True),
        ({"previous_response_id": "r"}, 0, set(), True),
        ({"conversation": "c"}, 0, set(), True),
        ({"prompt": {"id": "pmpt_1"}}, 0, set(), True),
        ({"prompt": "words"}, 0, set(), False),
        ({"cachedContent": "c"}, 0, set(), True),
        ({"tools": [{"type": "function", "function": {"parameters": {"type": "object", "properties": {"type": {"type": "string"}, "image": {"type": "string"}}}}}]}, 0, set(), False),
    ],
)  # fmt: skip
def test_what_a_body_holds(body: dict[str, Any], pictures: int, media: set[str], opaque: bool) -> None:
    found = held(body)
    assert (found.pictures, found.media, found.opaque) == (pictures, media, opaque)


def test_a_picture_is_not_counted_by_its_bytes_and_base64_in_a_text_is() -> None:
    assert weight({"url": PNG}) < 100
    assert weight({"source": {"type": "base64", "media_type": "image/png", "data": "A" * 9000}}) < 200
    assert weight({"content": "A" * 9000}) >= 9000
    assert weight({"media_type": "image/png", "data": "words and words. " * 900}) > 9000


@pytest.mark.parametrize(
    "body",
    [
        content({"type": "text", "text": PNG}),
        {"messages": [{"role": "user", "content": PNG}]},
        {"input": [PNG]},
        {"prompt": PNG},
        content({"type": "image_url", "image_url": {"url": "data:text/plain," + "words " * 90_000}}),
        content(
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words " * 90_000}}
        ),
        content({"type": "document", "source": {"type": "text", "media_type": "image/png", "data": "A" * 500_000}}),
        {"contents": [{"parts": [{"inlineData": {"mimeType": "text/plain", "data": "A" * 500_000}}]}]},
    ],
    ids=lambda b: str(b)[:70],
)
def test_text_that_looks_like_something_else_is_counted(body: dict[str, Any]) -> None:
    assert weight(body) >= 500_000


def test_a_cache_for_an_hour_is_seen() -> None:
    assert held(content({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}})).hour
    assert not held(content({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}})).hour


@pytest.mark.parametrize(
    ("body", "tools"),
    [
        ({}, {}),
        ({"tools": []}, {}),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, {}),
        ({"tools": [{"name": "f", "description": "d", "input_schema": {}}]}, {}),
        ({"tools": [{"type": "custom", "name": "f"}]}, {}),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}, {"type": "text_editor_20250728", "name": "e"}]}, {}),
        ({"tools": [{"functionDeclarations": [{"name": "f"}]}]}, {}),
        ({"toolConfig": {"tools": [{"toolSpec": {"name": "f"}}, {"cachePoint": {"type": "default"}}]}}, {}),
        ({"tools": [{"type": "web_search"}]}, {"web_search": None}),
        ({"tools": [{"type": "web_search_preview_2025_03_11"}], "max_tool_calls": 3}, {"web_search": 3}),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]}, {"web_search": 2}),
        ({"tools": [{"type": "web_search", "max_uses": -1}]}, {"web_search": None}),
        ({"tools": [{"type": "code_execution_20250825", "name": "c"}]}, {"code_interpreter": None}),
        ({"tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}, {"code_interpreter": None}),
        ({"tools": [{"type": "mcp", "server_url": "https://x"}]}, {"mcp": None}),
        ({"tools": [{"googleSearch": {}}]}, {"web_search": None}),
        ({"tools": [{"functionDeclarations": [], "googleMaps": {}}]}, {"maps": None}),
        ({"tools": [{"type": "function", "function": {"name": "f"}, "googleSearch": {}}]}, {"web_search": None}),
        ({"tools": {"google_search": {}}}, {"web_search": None}),
        ({"tools": ["web_search"]}, {"a tool of no known form": None}),
        ({"tools": [{"tomorrow": {}}]}, {"tomorrow": None}),
        ({"tools": [{"type": "tomorrow_20300101"}]}, {"tomorrow": None}),
        ({"toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}]}}, None),
        ({"extra_body": {"tools": [{"googleSearch": {}}]}}, {"web_search": None}),
        ({"config": {"tools": [{"urlContext": {}}]}}, {"web_fetch": None}),
        ({"web_search_options": {}}, {"web_search": None}),
        ({"web_search_options": None}, {}),
        ({"enable_search": True}, {"web_search": None}),
        ({"plugins": [{"id": "web"}]}, {"plugins": None}),
        ({"mcp_servers": [{"url": "https://x"}]}, {"mcp": None}),
    ],
)  # fmt: skip
def test_tools_that_the_provider_runs(body: dict[str, Any], tools: dict[str, int | None] | None) -> None:
    assert tools_of(body) == (tools if tools is not None else {"systemTool": None})


@pytest.mark.parametrize(
    ("body", "services"),
    [
        ({}, ()),
        ({"service_tier": "auto"}, ()),
        ({"service_tier": "flex"}, ()),
        ({"service_tier": "priority"}, ("priority",)),
        ({"serviceTier": {"type": "priority"}}, ("priority",)),
        ({"extra_body": {"service_tier": "ultrafast"}}, ("ultrafast",)),
        ({"speed": "fast"}, ("speed fast",)),
        ({"speed": 1.25}, ()),
        ({"inference_geo": "us"}, ("inference_geo us",)),
        ({"performanceConfig": {"latency": "optimized"}}, ("latency optimized",)),
        ({"performanceConfig": {"latency": "standard"}}, ()),
    ],
)
def test_tiers_that_cost_more(body: dict[str, Any], services: tuple[str, ...]) -> None:
    assert services_of(body) == services


@pytest.mark.parametrize(
    ("body", "media", "only"),
    [
        ({}, set(), False),
        ({"modalities": ["text"]}, set(), True),
        ({"modalities": ["text", "audio"]}, {"audio"}, False),
        ({"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}, {"image"}, False),
        ({"config": {"response_modalities": ["IMAGE"]}}, {"image"}, False),
    ],
)
def test_what_is_to_come_out(body: dict[str, Any], media: set[str], only: bool) -> None:
    assert wanted(body) == (frozenset(media), only)


TEXT = st.text(max_size=20) | st.sampled_from(
    ["type", "tools", "source", "data", "image", "service_tier", "max_uses", "modalities"]
)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda c: st.lists(c) | st.dictionaries(TEXT, c))


@given(st.dictionaries(TEXT, JSON))
def test_any_body_is_looked_at(body: dict[str, Any]) -> None:
    held(body)
    tools_of(body)
    services_of(body)
    wanted(body)
    assert weight(body) >= 0
