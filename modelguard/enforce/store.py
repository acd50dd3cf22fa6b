"""Budgets that hold: what was spent and what is reserved, by account and period, in a store that all workers share.

Reserve before the call, settle at what it cost, release what did not happen. A reservation whose worker died is counted
as spent once it is older than LEASE: what was lost is never free. Amounts are whole nano-dollars (10⁻⁹ USD), so that
sums are exact in every store; a tenth of a cent per million tokens is still a whole number a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

from modelguard.enforce.policy import Allocation, Cap, Period

NANO = Decimal(10) ** 9
LEASE = 900.0
"""Seconds after which a reservation that nobody settled counts as spent; longer than LiteLLM's longest time-out (600)."""
MAX_LEASE = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Account:
    """Whose money: an allocation of one consumer, or a cap. `limit` and `soft` are nano-dollars in `period`.

    `first` is what the limit grows by in the period of the first use ever, as the cold first day may cost more.
    """

    key: str
    period: str
    limit: int
    soft: int | None = None
    first: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store says to a reservation. `full` is the account that has no room (also where that was overridden);
    `used` and `limit` are nano-dollars of that account before it, else of the one nearest its limit after it; `soft`
    whether some account is above its soft limit."""

    granted: bool
    full: str = ""
    used: int = 0
    limit: int = 0
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as a reservation finds it: nano-dollars used before and after it, and the limit of the period."""

    account: Account
    before: int
    after: int
    limit: int


def judge(standing: Sequence[Standing], force: bool) -> Answer:
    """Whether every account has room; the answer tells of the first that has none, else of the one nearest its limit."""
    full = next((s for s in standing if s.after > s.limit), None)
    if full is not None and not force:
        return Answer(False, full.account.key, full.before, full.limit)
    soft = any(s.account.soft is not None and s.after > s.account.soft for s in standing)
    nearest = min(standing, key=lambda s: s.limit - s.after, default=None)
    if nearest is None:
        return Answer(True)
    return Answer(True, full.account.key if full else "", nearest.after, nearest.limit, soft)


class StoreError(Exception):
    """The store can't be used now: nothing may be spent that it does not know of."""


class Store(Protocol):
    """What is kept. All times are seconds since the epoch; every change is atomic over all accounts of a call."""

    async def reserve(
        self, call: str, accounts: Sequence[Account], amount: int, now: float, *, force: bool = False
    ) -> Answer:
        """Set `amount` aside for a call in all accounts, or in none. A reservation replaces what its call had before, in
        whatever accounts that was; one that is not granted changes nothing. With `force` it is granted regardless."""

    async def settle(self, call: str, cost: int | None, now: float, accounts: Sequence[Account] = ()) -> None:
        """Turn a call's reservations into what it cost; None: into all that was reserved. A second time does nothing.

        `accounts` are charged where the store has forgotten the reservation, as a Redis that crashed may have. A
        reservation that comes after its call was settled raises StoreError, or can't come."""

    async def used(self, accounts: Sequence[Account], now: float) -> list[tuple[int, int]]:
        """(spent, reserved) of accounts in their periods."""

    async def sweep(self, now: float) -> int:
        """Count reservations older than their lease as spent; how many there were."""

    async def take(self, counter: str, limit: int, window: float, now: float, amount: int = 1) -> bool:
        """Take from a counter that all workers share, that starts anew each `window` seconds; False where it is used up."""

    async def add(self, counter: str, amount: int, now: float) -> None:
        """Add to a figure that all workers share."""

    async def counted(self, counter: str) -> int:
        """A figure."""

    async def once(self, key: str, seconds: float, now: float) -> bool:
        """True for the first who asks for a key within so many seconds."""

    async def put(self, key: str, value: str, seconds: float, now: float) -> None:
        """Keep a short text."""

    async def get(self, key: str, now: float) -> str | None:
        """A text that was kept, None where there is none (any more)."""

    async def close(self) -> None:
        """Let go of what is open."""


def nano(amount: Decimal) -> int:
    """USD as nano-dollars, rounded up."""
    return int((amount * NANO).to_integral_value(ROUND_CEILING))


def usd(amount: int) -> Decimal:
    """Nano-dollars as USD."""
    return Decimal(amount) / NANO


def period_of(per: Period, on: date) -> str:
    """The name of the period that a UTC day is in: 2026-11-25, 2026-W48 (ISO weeks, from Monday), 2026-11."""
    if per == "day":
        return on.isoformat()
    if per == "week":
        year, week, _ = on.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{on.year}-{on.month:02d}"


def ends(per: Period, on: date) -> datetime:
    """When the period of a day ends, UTC."""
    if per == "day":
        after = on + timedelta(days=1)
    elif per == "week":
        after = on + timedelta(days=7 - on.weekday())
    else:
        after = date(on.year + on.month // 12, on.month % 12 + 1, 1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC)


_SHARE = {"day": Decimal(1), "week": Decimal(7), "month": Decimal(365) / 12}


def account_of(consumer: str, allocation: Allocation, on: date) -> Account:
    """The account of an allocation on a UTC day."""
    first = 0
    if allocation.first_day is not None:
        first = max(0, nano(allocation.first_day) - nano(allocation.limit / _SHARE[allocation.per]))
    return Account(
        key=f"{consumer}|{allocation.id}",
        period=period_of(allocation.per, on),
        limit=nano(allocation.limit),
        soft=nano(allocation.soft) if allocation.soft is not None else None,
        first=first,
    )


def cap_account(cap: Cap, on: date) -> Account:
    """The account of a cap on a UTC day."""
    return Account(cap.id, period_of(cap.per, on), nano(cap.limit))


def rounded(dollars_per_million: Decimal) -> int:
    """From USD per million × tokens, that is micro-dollars, to nano-dollars."""
    return int((dollars_per_million * 1000).to_integral_value(ROUND_CEILING))
