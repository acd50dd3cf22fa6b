"""Words and figures as people read them; text of scanned repositories made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol, TypeVar
from urllib.parse import quote

from modelguard.catalog.identity import identify
from modelguard.graph.model import Consumer

_PLATFORMS = {"lambda": "Lambda", "step": "pipeline step", "script": "script"}
_PROVIDERS = {"aws": "Bedrock", "anthropic": "Anthropic", "openai": "OpenAI", "google": "Google", "azure": "Azure"}


_INERT = ("C", "Zl", "Zp")
"""Unicode's control, format (bidi), private and unassigned characters, and its own line and paragraph ends."""
_COMMANDS = re.compile(r"(?<!\S):(?=:)|(?<=#)#(?=\w*\[)")
"""What CI systems obey in a log: `::error`, `##[group]` (GitHub), `##vso[` (Azure), `##teamcity[`."""


def safe(text: str) -> str:
    """Text that can neither draw on a terminal nor command a CI system that reads the log: one line, no control,
    escape or direction-changing characters; those are shown by their code."""
    if text.isascii() and text.isprintable() and "::" not in text and "##" not in text:
        return text
    shown = "".join(_shown(c) if unicodedata.category(c).startswith(_INERT) else c for c in text)
    return _COMMANDS.sub(lambda m: _shown(m[0]), shown)


def _shown(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def address(path: str) -> str:
    """A path as a relative reference (RFC 3986), percent-encoded; bytes that are no UTF-8 as they are on disk."""
    try:
        return quote(path.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError:
        return quote(path.encode("utf-8", "replace"), safe="/")


def platform(consumer: Consumer) -> str:
    """`Lambda ×32 (dev)`, `Deployment`, `pipeline step`."""
    kind = _PLATFORMS.get(consumer.platform, consumer.platform.rsplit("/", 1)[-1])
    copies = f" ×{consumer.instances}" if consumer.instances != 1 else ""
    told = ", ".join(t for t in (consumer.account, consumer.stage) if t)
    account = f" ({told})" if told else ""
    return safe(f"{kind}{copies}{account}")


def model(raw: str | None) -> str:
    """The canonical name of a model, or words for none."""
    return safe(identify(raw).name) if raw else "none"


def biller(raw: str | None) -> str:
    """`Bedrock, us`: who bills for it and where."""
    if not raw:
        return ""
    identity = identify(raw)
    parts = [_PROVIDERS.get(identity.provider, identity.provider), identity.region]
    return ", ".join(p for p in parts if p)


def dollars(amount: Decimal | None, width: int = 0) -> str:
    """USD rounded to cents, with the sign flush left in a column; `unknown` for None."""
    if amount is None:
        return "unknown".rjust(width)
    return "$" + f"{amount:,.2f}".rjust(max(width - 1, 0))


def count(number: int, thing: str, things: str = "") -> str:
    """`1 consumer`, `5 consumers`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


_COMMAND = re.compile(r"(?:^|: )(modelguard [a-z].*)$")
_PASTED = re.compile(r"[\w .,/@=:+-]+")


def remedy(text: str) -> tuple[str, str]:
    """A remedy's words and the command at its end, "" where it has none that can be pasted.

    A name that a shell would read as more than a name makes it one that can't.
    """
    found = _COMMAND.search(text)
    if found is None:
        return text, ""
    words, command = text[: found.start()], found[1].rstrip(".")
    if not _PASTED.fullmatch(command):
        return words, ""
    return f"{words}:" if words else "", command


class _Told(Protocol):
    @property
    def level(self) -> str: ...
    @property
    def consumers(self) -> tuple[str, ...]: ...


_LEVELS = ("error", "warning", "note")
T = TypeVar("T", bound=_Told)


def widest(findings: Iterable[T]) -> list[T]:
    """Findings by level, those that name most consumers first, else in their order."""
    return sorted(findings, key=lambda f: (_LEVELS.index(f.level), -len(f.consumers)))
