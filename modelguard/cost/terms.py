"""What a user declares about bills that no log says: service tiers, provisioned capacity, tries, token factors, quotas."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Service = Literal["standard", "batch", "flex", "priority"]


@dataclass(frozen=True, slots=True)
class Billing:
    """How a consumer is billed on a model (globs). Factors are on tokens of the model that it used before.

    `attempts` is how often a call may be tried in all; `provisioned_per_day` USD for capacity that is paid for by time,
    whatever goes through it.
    """

    consumer: str = "*"
    model: str = "*"
    service: Service = "standard"
    tokens_in: Decimal | None = None
    tokens_out: Decimal | None = None
    attempts: int = 1
    provisioned_per_day: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of the provider on a model (glob of canonical names), a minute; tokens are prompt and output together."""

    model: str
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """All that was declared; the first entry that fits counts. `aliases` are what logs call a consumer, by its name."""

    billing: tuple[Billing, ...] = ()
    quotas: tuple[Quota, ...] = ()
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def names(self, consumer: str) -> tuple[str, ...]:
        """What logs may call a consumer."""
        return next((found for name, found in self.aliases if name == consumer), ())

    def of(self, consumer: str, model: str) -> Billing:
        """How a consumer is billed on a model, by canonical name."""
        for entry in self.billing:
            if fnmatch.fnmatchcase(consumer, entry.consumer) and fnmatch.fnmatchcase(model, entry.model):
                return entry
        return Billing()

    def quota(self, model: str) -> Quota | None:
        """The quota of a model, None where none was declared."""
        return next((q for q in self.quotas if fnmatch.fnmatchcase(model, q.model)), None)


def terms_of(values: Mapping[str, Any]) -> Terms:
    """The `billing`, `quotas` and `consumers` of a modelguard.yaml that its schema has been held against."""
    billing = tuple(_billing(entry) for entry in values.get("billing") or ())
    quotas = tuple(
        Quota(e["model"], e.get("requests_per_minute"), e.get("tokens_per_minute")) for e in values.get("quotas") or ()
    )
    consumers = values.get("consumers") or {}
    aliases = tuple((name, tuple((entry or {}).get("aliases") or ())) for name, entry in consumers.items())
    return Terms(billing, quotas, aliases)


def _billing(entry: Mapping[str, Any]) -> Billing:
    def number(key: str) -> Decimal | None:
        return Decimal(str(entry[key])) if key in entry else None

    hourly = number("provisioned_per_hour")
    return Billing(
        consumer=entry.get("consumer", "*"),
        model=entry.get("model", "*"),
        service=entry.get("service", "standard"),
        tokens_in=number("tokens_in"),
        tokens_out=number("tokens_out"),
        attempts=entry.get("attempts", 1),
        provisioned_per_day=None if hourly is None else hourly * 24,
    )
