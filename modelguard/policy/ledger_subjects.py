"""What there is to judge about the ledger: its lines, caps and raises."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from modelguard.budget.ledger import Allocation, Cap, Ledger, Raise, cap_totals, raises
from modelguard.graph.model import Consumer, Graph
from modelguard.policy.findings import Subject
from modelguard.policy.owners import Owners, Review


@dataclass(frozen=True)
class LedgerView:
    """A ledger beside what judges it: the tree's consumers with the models they reach, owners, reviews, other changes."""

    ledger: Ledger | None
    graph: Graph
    reached: Mapping[str, frozenset[str]]
    on: date
    base: Ledger | None = None
    compared: bool = False
    owners: Owners = field(default_factory=Owners)
    review: Review | None = None
    others: tuple[tuple[str, Ledger], ...] = ()
    moved: frozenset[tuple[str, str]] = frozenset()
    """(consumer, canonical model) that the change moves."""


def number(amount: Decimal | float) -> float:
    """USD as a rule compares and shows them, to cents."""
    return round(float(amount), 2)


def ledger_subjects(view: LedgerView) -> Iterator[Subject]:
    """The ledger, its allocations and caps; with a base, its raises."""
    fields = sum(1 for n in view.graph.nodes if n.id.startswith("field:"))
    if view.ledger is None:
        yield Subject("ledger", "ledger", {"exists": False, "fields": fields, "default": 0.0})
        return
    ledger = view.ledger
    facts = {"exists": True, "fields": fields, "default": number(ledger.default)}
    yield Subject("ledger", "ledger", facts, ledger.path, 1)
    if view.compared:
        for more in raises(view.base or Ledger(), ledger):
            yield _raise(view, more, ledger.path)
        yield from _lifted(view.base or Ledger(), ledger)
    consumers = [n for n in view.graph.nodes if isinstance(n, Consumer)]
    for entry in ledger.allocations:
        yield _allocation(view, entry, consumers)
    yield from _caps(view)


def _lifted(base: Ledger, head: Ledger) -> Iterator[Subject]:
    """Caps that a change lifts or takes out: what they held back, it lets through."""
    if (base.mode, head.mode) == ("enforce", "shadow"):
        facts = {"what": "mode of the ledger", "path": head.path, "effect": "in shadow the proxy refuses nothing"}
        yield Subject("setting", "mode", facts, head.path, 1)
    after = {_cap_key(cap): cap for cap in head.caps}
    for cap in base.caps:
        new = after.get(_cap_key(cap))
        if new is not None and new.per_day <= cap.per_day:
            continue
        whose = cap.owner or cap.consumer or "everybody"
        amount = f"${number(cap.per_day):,.2f} a day"
        words = "is taken out, so no limit holds" if new is None else f"goes to ${number(new.per_day):,.2f} a day"
        facts = {"what": f"cap of {whose}", "path": head.path, "effect": f"{amount} {words}; needs {whose}"}
        yield Subject("setting", f"lifted:{_cap_key(cap)}", facts, head.path, new.line if new is not None else 1)


def _cap_key(cap: Cap) -> tuple[str | None, ...]:
    return (cap.owner, cap.consumer, cap.model, cap.account)


def _raise(view: LedgerView, more: Raise, path: str) -> Subject:
    owners = _deciding(view, more, path)
    review = view.review
    facts = {
        "consumer": more.consumer,
        "model": more.model,
        "before": number(more.before_per_day),
        "after": number(more.after_per_day),
        "owner": ", ".join(owners) or _nobody(more),
        "owned": bool(more.owner),
        "funds_change": any(_fits(more.consumer, c) and _fits(more.model, m) for c, m in view.moved),
        "review_known": review is not None,
    }
    if review is not None:
        facts |= {
            "author": review.author,
            "approvers": list(review.approvers),
            "self_approved": review.only_own(owners),
            "approved": review.approved_by(owners),
        }
    key = f"raise:{more.consumer}:{more.model}:{more.selectors}"
    anchor = f"allocation:{more.consumer}:{more.model}:{more.selectors}"
    return Subject("raise", key, facts, path, more.line, None, (more.consumer,), anchor)


def _nobody(more: Raise) -> str:
    if more.owner:
        return f"{more.owner}, who owns nothing before this change"
    return "an owner, which it does not name"


def _deciding(view: LedgerView, more: Raise, path: str) -> list[str]:
    """Who may approve a raise: the line's owner in the base's ledger, or its new owner where the base knows one of that
    name; and CODEOWNERS of the ledger. Never only a name that the change itself brings along."""
    before = view.base.allocations if view.base is not None else ()
    line = [
        a.owner for a in before if (a.consumer, a.model, a.selectors) == (more.consumer, more.model, more.selectors)
    ]
    known = {a.owner for a in before}
    own = line if any(line) else [more.owner] if more.owner in known or not view.compared else []
    return list(dict.fromkeys([*(owner for owner in own if owner), *view.owners.of(path)]))


def _allocation(view: LedgerView, entry: Allocation, consumers: Sequence[Consumer]) -> Subject:
    meant = [c for c in consumers if _means(entry, c)]
    facts: dict[str, object] = {
        "consumer": entry.consumer,
        "model": entry.model,
        "owner": entry.owner or ", ".join(view.owners.of(view.ledger.path if view.ledger else "")),
        "expires": entry.expires.isoformat() if entry.expires else "",
        "expired": entry.expires is not None and entry.expires < view.on,
        "per_day": number(entry.per_day),
        "matches": len(meant),
        "uses": sum(any(_fits(entry.model, m) for m in view.reached.get(c.id, ())) for c in meant),
        "break_glass": entry.break_glass is not None,
    }
    if entry.expires is not None:
        facts["days_left"] = (entry.expires - view.on).days
    key = f"allocation:{entry.consumer}:{entry.model}:{entry.selectors}"
    path = view.ledger.path if view.ledger else None
    return Subject("allocation", key, facts, path, entry.line, None, (entry.consumer,))


def _means(entry: Allocation, consumer: Consumer) -> bool:
    if not any(_fits(entry.consumer, n) or _fits(n, entry.consumer) for n in (consumer.name, *consumer.aliases)):
        return False
    pairs = ((entry.account, consumer.account), (entry.stage, consumer.stage))
    return all(wanted is None or _fits(wanted, have or "") for wanted, have in pairs)


def _fits(pattern: str, text: str) -> bool:
    return fnmatch.fnmatchcase(text.lower(), pattern.lower())


def _caps(view: LedgerView) -> Iterator[Subject]:
    """Each cap with what stands under it, alone and together with what other open changes raise."""
    assert view.ledger is not None
    alone = dict(cap_totals(view.ledger))
    raised_by = [(name, _raised(view, other)) for name, other in view.others]
    together = _plus(view.ledger, [a for _, more in raised_by for a in more])
    sums = dict(cap_totals(together))
    for cap, total in alone.items():
        others = [name for name, more in raised_by if any(_under(cap, a) for a in more)]
        facts = {
            "owner": cap.owner or "",
            "total": number(total),
            "limit": number(cap.per_day),
            "together": number(sums[cap]),
            "others": others,
        }
        key = f"cap:{_cap_key(cap)}"
        yield Subject("cap", key, facts, view.ledger.path, cap.line)


def _raised(view: LedgerView, other: Ledger) -> list[Allocation]:
    """What another change's ledger has more than the base, each allocation with only the difference as its limit."""
    from dataclasses import replace

    base = view.base or Ledger()
    found = []
    for more in raises(base, other):
        entry = next(a for a in other.allocations if a.line == more.line)
        found.append(replace(entry, per_day=max(entry.per_day - _before(base, entry), Decimal(0))))
    return found


def _before(base: Ledger, entry: Allocation) -> Decimal:
    same = [
        a.per_day
        for a in base.allocations
        if (a.consumer, a.model, a.selectors) == (entry.consumer, entry.model, entry.selectors)
    ]
    return max(same, default=Decimal(0))


def _plus(ledger: Ledger, more: Sequence[Allocation]) -> Ledger:
    from dataclasses import replace

    return replace(ledger, allocations=(*ledger.allocations, *more))


def _under(cap: Cap, allocation: Allocation) -> bool:
    return bool(cap_totals(Ledger(allocations=(allocation,), caps=(cap,)))[0][1])
