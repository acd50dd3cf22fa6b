"""Words and figures as people read them; text of scanned repositories made safe to show."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from modelguard.catalog.identity import identify
from modelguard.graph.model import Consumer

_PLATFORMS = {"lambda": "Lambda", "step": "pipeline step", "script": "script"}
_PROVIDERS = {"aws": "Bedrock", "anthropic": "Anthropic", "openai": "OpenAI", "google": "Google", "azure": "Azure"}


def safe(text: str) -> str:
    """Text without control, escape and direction-changing characters, so that it can't draw on a terminal."""
    return "".join(c if unicodedata.category(c)[0] != "C" else f"\\x{ord(c):02x}" for c in text)


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
