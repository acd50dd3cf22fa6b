"""One identity from the many names of a model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelguard.catalog.identity import identify, looks_like_model


@pytest.mark.parametrize(
    ("raw", "name", "provider", "region"),
    [
        ("bedrock/us.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6", "aws", "us"),
        ("bedrock/us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6", "aws", "us"),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5", "aws", "eu"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
            "claude-3-haiku",
            "aws",
            "us-east-1",
        ),
        ("anthropic/claude-3-5-sonnet-20241022", "claude-3-5-sonnet", "anthropic", ""),
        ("claude-3.5-sonnet-latest", "claude-3-5-sonnet", "anthropic", ""),
        ("gpt-4o-2024-08-06", "gpt-4o", "openai", ""),
        ("azure/gpt-4o", "gpt-4o", "azure", ""),
        ("gemini/gemini-2.0-flash", "gemini-2.0-flash", "google", ""),
    ],
)
def test_names(raw: str, name: str, provider: str, region: str) -> None:
    found = identify(raw)
    assert (found.name, found.provider, found.region) == (name, provider, region)


@pytest.mark.parametrize(
    "text", ["gpt-4o", "claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6", "text-embedding-3-small"]
)
def test_models(text: str) -> None:
    assert looks_like_model(text)


@pytest.mark.parametrize(
    "text",
    ["", "model", "base", "https://x/gpt-4o", "roadster", "use gpt-4o", "config/gpt-4o.yaml", "a" * 5000, "../gpt-4o"],
)
def test_not_models(text: str) -> None:
    assert not looks_like_model(text)


@given(st.text(max_size=80))
def test_any_text_has_an_identity_and_a_name_is_its_own(text: str) -> None:
    name = identify(text).name
    assert identify(name).name == name
    looks_like_model(text)
