"""The rollup's total beside a bill: how much of what was paid the rollup explains, and where the rest lies.

Days that both have are compared; a day that only one has is named, not counted. Within them every model is: its cost where
the rollup has it, else its tokens at list price. What a model costs in the bill and not in the rollup is unexplained there:
a key, an account or a region that is not logged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from modelguard.usage.rollup import Row
from modelguard.usage.summary import billed

PriceOf = Callable[[str], tuple[Decimal, Decimal] | None]
CLOSE = Decimal("0.02")
"""Share of the bill up to which a difference is rounding, time zones and late rows."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A model in both: USD of the bill and of the rollup, and tokens (in and out together). None: not known."""

    model: str
    paid: Decimal
    known: Decimal | None
    paid_tokens: float | None
    known_tokens: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """All models, the days compared, days that only one side has, accounts of the bill that the rollup lacks."""

    models: tuple[Compared, ...]
    days: tuple[str, ...]
    only_bill: tuple[str, ...]
    only_rollup: tuple[str, ...]
    accounts: tuple[str, ...]
    unpriced: tuple[str, ...]

    @property
    def paid(self) -> Decimal:
        """USD of the bill."""
        return sum((m.paid for m in self.models), Decimal(0))

    @property
    def known(self) -> Decimal:
        """USD that the rollup has."""
        return sum((m.known for m in self.models if m.known is not None), Decimal(0))


def reconcile(rollup: Iterable[Row], bill: Iterable[Row], price_of: PriceOf) -> Reconciled:
    """The rollup's rows beside a bill's. Rows that the bill itself gave the rollup count by what others say of them."""
    known, paid = billed(rollup), list(bill)
    ours, theirs = {r.day for r in known}, {r.day for r in paid}
    days = ours & theirs
    left, right = _by_model(r for r in known if r.day in days), _by_model(r for r in paid if r.day in days)
    models, unpriced = [], []
    for model in sorted(set(left) | set(right)):
        cost = _known_cost(left.get(model, []), price_of)
        if model in left and cost is None:
            unpriced.append(model)
        pay = sum((r.cost or Decimal(0) for r in right.get(model, [])), Decimal(0))
        why = _why(model, model in left, model in right, pay, cost)
        models.append(
            Compared(
                model,
                pay,
                cost if model in left else Decimal(0),
                _tokens(right.get(model, [])),
                _tokens(left.get(model, [])),
                why,
            )
        )
    accounts = {r.account for r in paid if r.account} - {r.account for r in known if r.account}
    return Reconciled(
        tuple(sorted(models, key=lambda m: (-abs(m.paid - (m.known or 0)), m.model))), tuple(sorted(days)),
        tuple(sorted(theirs - ours)), tuple(sorted(ours - theirs)),
        tuple(sorted(accounts)) if any(r.account for r in known) else (), tuple(unpriced),
    )  # fmt: skip


def _by_model(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.model].append(row)
    return found


def _known_cost(rows: Sequence[Row], price_of: PriceOf) -> Decimal | None:
    total = Decimal(0)
    for row in rows:
        if row.cost is not None:
            total += row.cost
            continue
        price = price_of(row.raw or row.model)
        if price is None or row.tokens_in is None or row.tokens_out is None:
            return None
        total += (Decimal(str(row.tokens_in)) * price[0] + Decimal(str(row.tokens_out)) * price[1]) / 1_000_000
    return total


def _tokens(rows: Sequence[Row]) -> float | None:
    parts = [
        value
        for r in rows
        for value in (r.tokens_in, r.tokens_out, r.cache_read_tokens, r.cache_write_tokens)
        if value is not None
    ]
    return sum(parts) if parts else None


def _why(model: str, ours: bool, theirs: bool, paid: Decimal, known: Decimal | None) -> str:
    if not ours:
        return "in the bill alone: whoever calls it is not in the logs that were imported"
    if not theirs:
        return "in the rollup alone: another bill, a credit, or another name in this one"
    if known is None:
        return "what the rollup has of it has neither cost nor a price"
    if paid and abs(paid - known) <= CLOSE * abs(paid):
        return ""
    if paid > known:
        return "more was paid than is known: calls that are not in the logs, or a price above the list's"
    return "less was paid than is known: discounts or credits, or calls of another account"
