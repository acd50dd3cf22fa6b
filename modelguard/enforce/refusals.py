"""Refusals in words: what is wanting, until when, and how it is had."""

from __future__ import annotations

from datetime import date

from modelguard.enforce.calls import Refusal
from modelguard.enforce.policy import Consumer, Decision, most
from modelguard.enforce.store import Answer, ends, usd

PROXY = "litellm-proxy"
"""The consumer that the proxy's own calls (health checks) are held against; without it in the ledger they are refused."""


def how_to_get(consumer: Consumer, model: str) -> str:
    """How a budget is had, as one line that can be pasted."""
    owners = sorted({a.owner for a in consumer.allocations if a.owner})
    asked = f" (ask {', '.join(owners)})" if owners else ""
    line = f"- {{consumer: {consumer.name}, model: {model}, limit: USD, per: day}}"
    return f"To get one, add to `allocations:` in budgets.yaml{asked} and have it merged: {line}"


def exhausted(consumer: Consumer, decision: Decision, amount: int, answer: Answer, on: date) -> Refusal:
    """The 403 for a call that does not fit into what is left of a budget."""
    allocation = decision.allocation
    assert allocation is not None
    whose = "a cap above it" if answer.full.startswith(("cap/", "grace/")) else f"its ${usd(answer.limit):.2f}"
    until = ends(allocation.per, on).strftime("%Y-%m-%dT%H:%MZ")
    what = (
        f"The budget of {consumer.label} for {decision.model.name} is used up: this call may cost ${usd(amount):.4f}, and"
        f" ${usd(answer.used):.4f} of {whose} a {allocation.per} are used or reserved, until {until}."
    )
    how = "A smaller max_tokens needs less." if usd(amount) <= most(allocation) else "A call of this size never fits."
    return Refusal(403, "budget_exhausted", what, how, consumer.label, decision.model.name)


def nobody(raw: str) -> Refusal:
    """The 403 for a call that no request is behind."""
    what = f"The proxy itself wanted to call {raw}, and no consumer is behind it."
    how = f"Health checks and the like need an allocation of the consumer {PROXY!r} in budgets.yaml."
    return Refusal(403, "no_consumer", what, how, None, raw)
