"""The ledger's grace periods as costs are forecast with them."""

from __future__ import annotations

from modelguard.budget.ledger import Ledger
from modelguard.cost.extras import GracePeriod


def grace_periods(ledger: Ledger | None) -> list[GracePeriod]:
    """Consumers that never have one first, then the ledger's in its order: the first that fits a switch counts."""
    if ledger is None:
        return []
    never = [GracePeriod(c.consumer, "*", "*", 0.0) for c in ledger.consumers if c.grace == "never"]
    return never + [
        GracePeriod(g.consumer, g.old, g.new, (g.ends - g.starts) / 3600, float(g.per_minute or 0), g.calls, g.usd)
        for g in ledger.grace
    ]
