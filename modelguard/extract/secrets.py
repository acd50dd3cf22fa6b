"""Credentials in scanned files: recognised and dropped while a file is read, so no later stage can print or cache one.

A dropped literal leaves a keyed digest (HMAC-SHA256, 16 bytes) that only says whether two are equal. The key never
leaves the user's machine, the digest never leaves the process and its cache: no secret can be guessed from output.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re

MAX_LINES_TEXT = 20_000
"""Longest text of several lines that is kept: a script, a configuration file inside a manifest."""
MAX_TEXT = 400
"""Longest literal that is kept; a model's name, a path or an address is shorter."""

_key = b""

# Formats published by the issuers: OpenAI/LiteLLM sk-, Anthropic sk-ant-, Groq gsk_, Google AIza, Hugging Face hf_,
# GitHub gh?_, AWS AKIA/ASIA and bedrock API keys ABSK, Slack xox?-, JSON web tokens eyJ, PEM keys.
_SHAPES = re.compile(
    r"(?:\bsk-[A-Za-z0-9_-]{8,}|\bgsk_[A-Za-z0-9]{16,}|\bAIza[A-Za-z0-9_-]{30,}|\bhf_[A-Za-z0-9]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bABSK[A-Za-z0-9+/=]{20,}|\bxox[abpr]-[A-Za-z0-9-]{10,}|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\bBearer\s+[A-Za-z0-9._~+/=-]{12,})"
)
_NAMES = re.compile(
    r"(?:^|[_\-./\s]|(?<=[a-z]))(?:api[_-]?key|apikey|access[_-]?key|secret[_-]?key|master[_-]?key|virtual[_-]?key|auth[_-]?key|private[_-]?key"
    r"|token|secret|password|passwd|bearer|credentials?|authorization)s?(?:[_-]?value)?$",
    re.IGNORECASE,
)
# A name that says where a credential lies, or text that is a reference to one, holds none itself.
_REFERENCE = re.compile(
    r"^(?:$|os\.environ/|\$|\{\{|<[^<>]*>$|%|arn:|(?:https?|ssm|vault|secretsmanager|op|sops)://|projects/|(?:var|local|data|module|each)\."
    r"|/[\w.-]+(?:/[\w.-]+)+$|[A-Za-z]+$|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$)"
)


_SAMPLE_WORDS = frozenset(
    "test testing dummy fake mock example sample placeholder changeme your unused insert replace fill todo fixme not no foo"
    " none null empty unset na ollama local lm studio n".split()
)
_TO_FILL = frozenset("placeholder changeme your insert replace fill todo fixme example sample".split())
_FILLS = frozenset("with real actual base64 encoded in before deploying this".split())
"""Words beside those that say what a placeholder is to be replaced with."""
_FILLER = frozenset(
    "a sk api key apikey token secret here value the my me change put with needed required ci for use"
    " a an in is only openai anthropic azure litellm google gemini bedrock llm model proj ant master virtual password"
    " groq cohere mistral together openrouter deepseek hf huggingface replicate voyage xai grok perplexity fireworks nvidia".split()
)


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a credential would: `test_key`, `your-api-key-here`, `sk-dummy`, `xxx`."""
    words = _words(text)
    if not words or len(text) > 60:
        return not words
    sample = [w in _SAMPLE_WORDS or set(w) == {"x"} for w in words]
    return any(sample) and all(s or w in _FILLER for s, w in zip(sample, words, strict=True))


def is_to_fill(text: str) -> bool:
    """Whether a placeholder waits to be replaced (`REPLACE_ME`, `xxx`), rather than being given as it is (`not-needed`)."""
    words = _words(text)
    fills = any(w in _TO_FILL or set(w) == {"x"} for w in words)
    return fills and len(text) <= 60 and is_placeholder(" ".join(w for w in words if w not in _FILLS))


_ENCODED = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def _words(text: str) -> list[str]:
    """The words of a text; of one in base64, as Kubernetes has it, those of what it says."""
    if _ENCODED.fullmatch(text) and len(text) >= 8:
        with contextlib.suppress(ValueError):
            said = base64.b64decode(text).decode("ascii")
            text = said if said.isprintable() else text
    return [w for w in re.split(r"[^A-Za-z0-9]+", text.lower()) if w]


def set_digest_key(key: bytes) -> None:
    """Set the key of the digests for this process; equal keys make digests comparable across processes and runs."""
    global _key  # noqa: PLW0603  one per process, set before the first file is read
    _key = key


def digest(text: str) -> str:
    """A keyed fingerprint of a credential, for joining equal ones only; never shown."""
    return hmac.new(_key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def has_secret_shape(text: str) -> bool:
    """Whether the text holds something in a published credential format, whatever it is called."""
    return len(text) >= 11 and _SHAPES.search(text) is not None


def is_secret_name(name: str) -> bool:
    """Whether a key or variable of this name holds a credential (`litellm_api_key`, not `api_key_name`)."""
    return _NAMES.search(name) is not None


def is_secret(name: str, text: str) -> bool:
    """Whether this literal under this name is a credential rather than a reference, a placeholder word or nothing."""
    named = bool(name) and is_secret_name(name) and not _REFERENCE.match(text.strip())
    return (named or has_secret_shape(text)) and not is_placeholder(text) and not is_to_fill(text)


_ASSIGNED = re.compile(
    r"(?i)((?:key|token|secret|password|passwd|bearer|authorization)[\w-]*[\"']?\s*(?:[:=]+>?|\s)\s*)([\"']?)([^\s\"',;]{6,})"
)


def concealed(text: str) -> str:
    """A text of several lines without the credentials in it; each leaves a mark that only says whether two are equal."""
    shaped = _SHAPES.sub(lambda m: f"sk-{digest(m[0])[:12]}", text)
    return _ASSIGNED.sub(
        lambda m: m[0] if _REFERENCE.match(m[3]) else f"{m[1]}{m[2]}sk-{digest(m[3])[:12]}",
        shaped,
    )


def masked(line: str) -> str:
    """A line of a scanned file as it may be shown: credentials, and what is assigned to a credential's name, as `***`."""
    return _ASSIGNED.sub(r"\1\2***", _SHAPES.sub("***", line))
