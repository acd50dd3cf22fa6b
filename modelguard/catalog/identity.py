"""One model identity from the many names a model is called by.

Bedrock ids and ARNs, LiteLLM routes, Vertex and OpenRouter names, dates and aliases all come down to one canonical
name, the provider that bills for it and the region its price depends on. Reading a name is pure syntax, so a name
nobody has heard of still gets an identity; `known` says whether a price table or catalogue has it.

Sources: Bedrock model ids and inference profiles
(https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html), LiteLLM routes
(https://docs.litellm.ai/docs/providers), Vertex versions (`model@date`), OpenRouter variants (`model:free`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from modelguard.catalog.routes import (
    AZURE_SCOPES,
    BEDROCK_PROFILES,
    MAKERS,
    ROUTES,
    VENDORS,
    VENDORS_WITHOUT_NAME,
)

MAX_LENGTH = 300
"""Longer strings are never a model's name (an ARN has at most 2,048 characters by AWS's limit, 200 in practice)."""
MAX_NESTING = 8
"""Names within names (`us.anthropic.us.anthropic.…`) deeper than this are nonsense, not names."""

_CHARSET = re.compile(r"[a-z0-9@][a-z0-9._:@/+*-]*\Z")
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]*):\d*:([a-z-]+)/(.+)\Z")
_REGION = re.compile(r"(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d)\Z")
_BEDROCK_ID = re.compile(rf"(?:({'|'.join(BEDROCK_PROFILES)})\.)?({'|'.join(VENDORS)})\.(.+)\Z")
_DATE = re.compile(r"-20\d{2}(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?=-|\Z)")
_CLAUDE_NEW_ORDER = re.compile(r"claude-([4-9]|\d\d)(?:-(\d{1,2}))?-(opus|sonnet|haiku|fable|mythos)(?=-|\Z)")
_WORDY_ROUTES = ("models/", "github/", "aws/", "google/", "meta/", "oci/")
_FAMILY_VERSION = re.compile(
    r"(?:claude-(?:(?:opus|sonnet|haiku|fable|mythos)-)?\d|gpt-\d|gemini-\d|grok-\d|nova-(?:\d-)?(?:micro|lite|pro|premier)\Z"
    r"|llama-?\d|mistral-(?:large|medium|small)|deepseek-[rv]\d|command-[ar]\b|qwen-?\d|kimi-k\d|glm-\d)"
)


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model a name means, who bills for it, and where.

    `name` is canonical: lower case, without route, profile, version suffix, date or `-latest`. `provider` is
    genai-prices' provider id ("aws", "anthropic", "openai", "azure", "google" …), "" where the name does not say
    (behind a proxy). `region` is a Bedrock geography ("us", "eu", "apac", "global" …), a cloud region, or "".
    `native` is the provider's own id with its date and version, without the route. `known`: some price table has it.
    """

    name: str
    provider: str
    region: str
    raw: str
    known: bool
    native: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one pass over a name found."""

    name: str
    provider: str = ""
    region: str = ""
    native: str = ""
    routed: bool = False
    opaque: bool = False


@lru_cache(maxsize=4096)
def identify(raw: str) -> ModelIdentity:
    """The identity of any string; never raises. Canonical names map to themselves."""
    reading = _read(raw)
    return ModelIdentity(
        name=reading.name,
        provider=reading.provider,
        region=reading.region,
        raw=raw,
        known=not reading.opaque and reading.name in _names(),
        native=reading.native,
    )


@lru_cache(maxsize=4096)
def looks_like_model(raw: str) -> bool:
    """Whether the string can only mean a model: a known name or route, a Bedrock ARN, or a new version of a known family.

    Strict on purpose: ordinary words, paths, URLs and sentences are not models, even where a catalogue lists a model
    called "command" or "base"; such a word counts only behind a provider's route ("cohere/command").
    """
    reading = _read(raw)
    if reading.opaque:
        return bool(_ARN.match(_strip_routes(raw.strip().lower())[2]))
    name = reading.name
    if "/" in name or not _CHARSET.match(name) or name.endswith((".py", ".yaml", ".yml", ".json", ".txt", ".md")):
        return False
    if not (
        re.search(r"\d|[a-z]-[a-z]", name) or (reading.routed and not raw.strip().lower().startswith(_WORDY_ROUTES))
    ):
        return False
    if name in _names():
        return True
    return bool(_FAMILY_VERSION.match(name))


def _read(raw: str) -> _Reading:
    """Take a name apart, or give it back opaque where it can't be one."""
    text = raw.strip().lower()
    reading = _read_once(text)
    for _ in range(MAX_NESTING):
        again = _read_once(reading.name)
        if reading.opaque or again.name == reading.name:
            return reading
        reading = replace(reading, name=again.name)
    return _Reading(name=text, opaque=True)


def _read_once(text: str) -> _Reading:
    """One pass: ARN, routes, Bedrock id, decorations."""
    if len(text) > MAX_LENGTH or not _CHARSET.match(text) or "://" in text:
        return _Reading(name=text, opaque=True)
    provider, region, rest, routed = _strip_routes(text)
    if rest.startswith("arn:"):
        return _read_arn(text, rest)
    if (bedrock := _BEDROCK_ID.match(rest)) and re.search(r"[\d-]", bedrock[3]):
        return replace(_read_bedrock(rest, bedrock, region), provider=provider or "aws")
    is_bedrock = provider == "aws" or (not provider and bool(re.search(r"-v\d+:\d+\Z", rest)))
    name = _canonical(rest, bedrock=is_bedrock)
    if provider is None:
        provider = "aws" if is_bedrock else _maker(name)
    return _Reading(name, provider, region, rest, routed)


def _read_bedrock(native: str, match: re.Match[str], region: str) -> _Reading:
    """A Bedrock id, `[profile.]vendor.model[-version]`; the profile says more about the price than the region."""
    profile, vendor, model = match.groups()
    name = _canonical(VENDORS_WITHOUT_NAME.get(vendor, "") + model, bedrock=True)
    return _Reading(name, "aws", profile or region, native, routed=True)


def _read_arn(text: str, arn: str) -> _Reading:
    """An ARN: foundation models and system profiles name their model, everything else (a SageMaker endpoint, an
    application's inference profile, a provisioned or imported model) hides it."""
    parts = _ARN.match(arn)
    bedrock = parts and parts[2] in ("foundation-model", "inference-profile") and _BEDROCK_ID.match(parts[3])
    if parts and bedrock:
        return _read_bedrock(parts[3], bedrock, parts[1])
    return _Reading(name=text, provider="aws" if parts else "", region=parts[1] if parts else "", opaque=True)


def _strip_routes(text: str) -> tuple[str | None, str, str, bool]:
    """Who bills (None: no route says), the region, what is left, and whether a route was taken off."""
    provider, region = None, ""
    while "/" in text and not text.startswith("arn:"):
        head, rest = text.split("/", 1)
        if not rest:
            break
        if provider is None:
            if head not in ROUTES:
                break
            provider = ROUTES[head]
        elif provider == "aws" and _REGION.match(head):
            region = head
        elif provider == "azure" and head in AZURE_SCOPES:
            region = AZURE_SCOPES[head]
        elif not provider and head not in ROUTES:
            break
        # Any other segment behind the biller's is the maker, an organisation or an API ("openrouter/anthropic/…").
        text = rest
    return provider, region, text, provider is not None


def _canonical(name: str, *, bedrock: bool) -> str:
    """The name without version, date and alias decorations, by rules that give a canonical name back unchanged."""
    while True:
        shorter = _undecorated(name, bedrock=bedrock)
        if shorter == name:
            return name
        name = shorter


def _undecorated(name: str, *, bedrock: bool) -> str:
    """One pass of taking decorations off; never longer than what came in."""
    if bedrock:
        name = _without_bedrock_version(name)
    if name.startswith("ft:"):
        base = name[3:].split(":", 1)[0]
        return f"ft:{_undated(base)}" if base else name
    head, at, _ = name.partition("@")
    if at and head:
        name = head
    head, colon, variant = name.rpartition(":")
    if colon and head and variant in ("free", "nitro", "beta", "thinking", "extended", "floor", "online", "exacto"):
        name = head
    name = _undated(name)
    head = name.removesuffix("-latest")
    if head != name and "-" in head:
        name = head
    if name.startswith("claude-"):
        name = _claude(name)
    if name.startswith("gpt-35-"):
        name = "gpt-3.5-" + name[7:]
    return name


def _undated(name: str) -> str:
    """Without a release date (-20250514, -2024-08-06), unless nothing else were left."""
    return _DATE.sub("", name) or name


def _without_bedrock_version(name: str) -> str:
    """Without Bedrock's `-v1:0`, `:0` and `-v1`; `-v2` stays where it is all that tells two models apart."""
    dated = bool(_DATE.search(name))
    if match := re.search(r"-(?:v([01])|[01]):\d+(?::\d+k)?\Z", name):
        shorter = name[: match.start()]
        return shorter if "-" in shorter else name.split(":", 1)[0]
    if match := re.search(r":\d+(?::\d+k)?\Z", name):
        name = name[: match.start()] or name
    pattern = r"-v\d+\Z" if dated else r"-v1\Z"
    shorter = re.sub(pattern, "", name)
    return shorter if "-" in shorter else name


def _claude(name: str) -> str:
    """Claude's spellings as one: dashes for dots, tier before version from 4 on, and no `-0` minor version."""
    name = re.sub(r"(?<=\d)\.(?=\d)", "-", name)
    if match := _CLAUDE_NEW_ORDER.match(name):
        major, minor, tier = match.groups()
        name = f"claude-{tier}-{major}" + (f"-{minor}" if minor else "") + name[match.end() :]
    return re.sub(r"\A(claude-(?:opus|sonnet)-4)-0(?=-|\Z)", r"\1", name)


def _maker(name: str) -> str:
    """The provider whose own API serves the bare name, "" where several do."""
    return next((provider for prefixes, provider in MAKERS if name.startswith(prefixes)), "")


@cache
def _names() -> frozenset[str]:
    """Canonical names of the shipped catalogue (data/names.txt, made by `modelguard prices refresh`)."""
    from importlib.resources import files

    text = files("modelguard.catalog").joinpath("data/names.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
