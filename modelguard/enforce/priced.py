"""What the policy says of models and their prices: USD per million tokens, and of whatever else they bill."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the file. Unknown keys are refused: a guard must not pass over a restriction that it does not know."""


class Price(Record, frozen=True, omit_defaults=True):
    """USD per million tokens; cache prices are None where the provider has none. `kinds`: of tokens that are not text's.

    `tiers` are what a call costs as a whole once its prompt is longer, shortest first; `services` what it costs at a tier
    that a request asks for (`priority`, `flex`).
    """

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    source: str = ""
    cache_write_1h: Decimal | None = None
    kinds: tuple[tuple[str, Decimal], ...] = ()
    tiers: tuple[Tier, ...] = ()
    services: tuple[Service, ...] = ()


class Tier(Record, frozen=True):
    """The price of a call whose prompt has more tokens than `above`."""

    above: int
    price: Price


class Service(Record, frozen=True):
    """The price of a call at a service tier."""

    name: str
    price: Price


class Model(Record, frozen=True, omit_defaults=True):
    """A provider's model as the proxy names it (`raw`), its canonical `name`; `price` None with the reason in `why`.

    `uses`: USD for each use of a tool that the provider runs, `request` of every call. `units`: what is billed too, and is in
    no price, `reads` only where a request holds it. `context` and `most`: tokens that go in and come out at most; `picture`:
    of one that it makes; None: not known.
    """

    raw: str
    name: str
    provider: str = ""
    region: str = ""
    price: Price | None = None
    why: str = ""
    uses: tuple[tuple[str, Decimal], ...] = ()
    units: tuple[str, ...] = ()
    context: int | None = None
    most: int | None = None
    picture: int | None = None
    reads: tuple[str, ...] = ()
