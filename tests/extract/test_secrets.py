"""What stands where a credential would is none; what may be one always counts as one."""

from __future__ import annotations

import pytest

from modelguard.extract.secrets import is_placeholder, is_secret, is_to_fill


@pytest.mark.parametrize(
    "text",
    ["", "test_key", "your-api-key-here", "sk-dummy", "xxx", "sk-xxxxxxxxxxxx", "fake-openai-key", "not-needed", "sk-test",
     "no-key-required", "lm-studio", "ollama", "n/a", "put-your-key-here", "changeme", "dummy", "fill-in"],
)  # fmt: skip
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)
    assert not is_secret("OPENAI_API_KEY", text)


@pytest.mark.parametrize(
    "text", ["sk-1234abcd9876", "sk-test-9f8a7b6c5d4e3f2a", "hunter2secretword9", "prod-key-7", "s3cr3t-t0ken"]
)
def test_what_may_be_a_credential_is_one(text: str) -> None:
    assert not is_placeholder(text)
    assert is_secret("OPENAI_API_KEY", text)


@pytest.mark.parametrize(
    ("text", "fills"),
    [
        ("REPLACE_ME", True),
        ("replace-with-real-key", True),
        ("sk-ci-master-not-real", False),
        ("your-key-here", True),
        ("xxx", True),
        ("ollama", False),
        ("hunter2secret9", False),
    ],
)
def test_what_waits_to_be_replaced(text: str, fills: bool) -> None:
    assert is_to_fill(text) is fills
