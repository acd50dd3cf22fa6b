"""The ledger (budgets.yaml): who may spend how much on which model, and what a need comes to against it.

Amounts are USD a day: a week is 7 days, a month 365 ÷ 12.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

from modelguard.budget.enforced import (
    BreakGlass,
    ConsumerSettings,
    Grace,
    parse_break_glass,
    parse_consumers,
    parse_grace,
)
from modelguard.schemas.load import node_at, read_yaml

DAYS = {"day": Decimal(1), "week": Decimal(7), "month": Decimal(365) / 12}
Verdict = Literal["covered", "missing", "exceeded", "unknown"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """One line of the ledger. `per_day` and `first_day` are USD; selectors are None where they are not given.

    `limit` and `soft` are USD per `per`, as they are written; `max_output` tokens. What only the proxy's guard uses is in
    enforced.py.
    """

    consumer: str
    model: str
    per_day: Decimal
    line: int
    owner: str | None = None
    reason: str = ""
    expires: date | None = None
    first_day: Decimal | None = None
    account: str | None = None
    stage: str | None = None
    provider: str | None = None
    region: str | None = None
    limit: Decimal | None = None
    per: str = "day"
    soft: Decimal | None = None
    max_output: int | None = None
    break_glass: BreakGlass | None = None

    @property
    def selectors(self) -> str:
        """`account=prod,stage=eu`, "" without any: what tells allocations of one consumer and model apart."""
        pairs = ((key, getattr(self, key)) for key in ("account", "stage", "provider", "region"))
        return ",".join(f"{key}={value}" for key, value in pairs if value is not None)


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling over many allocations, USD a day; None selects everything."""

    per_day: Decimal
    line: int
    owner: str | None = None
    consumer: str | None = None
    model: str | None = None
    account: str | None = None
    limit: Decimal | None = None
    per: str = "day"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole ledger; `default` is USD a day for whatever is not listed."""

    path: str = "budgets.yaml"
    default: Decimal = Decimal(0)
    allocations: tuple[Allocation, ...] = ()
    caps: tuple[Cap, ...] = ()
    mode: Literal["enforce", "shadow"] = "enforce"
    grace: tuple[Grace, ...] = ()
    consumers: tuple[ConsumerSettings, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """What a consumer will spend on a model, USD; None is unknown. `model` is the canonical name."""

    consumer: str
    model: str
    steady_per_day: Decimal | None
    first_day: Decimal | None
    aliases: tuple[str, ...] = ()
    account: str | None = None
    stage: str | None = None
    provider: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A need against the ledger. `expired` is the allocation that would have covered it until that date."""

    verdict: Verdict
    need: Need
    allocated_per_day: Decimal
    first_day_allowed: Decimal
    owner: str | None = None
    line: int | None = None
    why: str = ""
    expired: date | None = None


@dataclass(frozen=True, slots=True)
class Raise:
    """An allocation that a change adds or raises; USD a day."""

    consumer: str
    model: str
    before_per_day: Decimal
    after_per_day: Decimal
    owner: str | None
    line: int
    selectors: str = ""


def parse_ledger(data: bytes, path: str) -> Ledger:
    """The ledger in `data`. Raises InputError with path, line and column for anything that is not valid."""
    values, node = read_yaml(data, path, "budgets")
    allocations = tuple(
        _allocation(entry, node_at(node, ["allocations", index]).start_mark.line + 1)
        for index, entry in enumerate(values.get("allocations") or [])
    )
    caps = tuple(
        Cap(
            per_day=_per_day(entry),
            line=node_at(node, ["caps", index]).start_mark.line + 1,
            **{k: entry.get(k) for k in ("owner", "consumer", "model", "account")},
            limit=Decimal(str(entry["limit"])),
            per=entry["per"],
        )
        for index, entry in enumerate(values.get("caps") or [])
    )
    grace = parse_grace(values.get("grace") or [], node, path)
    consumers = parse_consumers(values.get("consumers") or [])
    default = Decimal(str(values.get("default", 0)))
    return Ledger(path, default, allocations, caps, values.get("mode", "enforce"), grace, consumers)


def _per_day(entry: dict[str, Any]) -> Decimal:
    return Decimal(str(entry["limit"])) / DAYS[entry["per"]]


def _allocation(entry: dict[str, Any], line: int) -> Allocation:
    return Allocation(
        consumer=entry["consumer"],
        model=entry["model"],
        per_day=_per_day(entry),
        line=line,
        owner=entry.get("owner"),
        reason=entry.get("reason", ""),
        expires=date.fromisoformat(entry["expires"]) if "expires" in entry else None,
        first_day=Decimal(str(entry["first_day"])) if "first_day" in entry else None,
        limit=Decimal(str(entry["limit"])),
        per=entry["per"],
        soft=Decimal(str(entry["soft"])) if "soft" in entry else None,
        max_output=entry.get("max_output"),
        break_glass=parse_break_glass(entry.get("break_glass")),
        **{key: entry.get(key) for key in ("account", "stage", "provider", "region")},
    )


# -- judging -----------------------------------------------------------------------------------------------------------


def judge(ledger: Ledger, need: Need, on: date) -> Judged:
    """What the ledger says to a need on a day. The most specific allocation that has not expired counts."""
    matching = [a for a in ledger.allocations if _covers(a, need)]
    valid = [a for a in matching if a.expires is None or a.expires >= on]
    best = max(valid, key=specificity, default=None)
    if best is None:
        expired = max(matching, key=specificity, default=None)
        return _unlisted(ledger, need, expired)
    first_allowed = best.first_day if best.first_day is not None else best.per_day
    verdict: Verdict = "covered"
    why = ""
    if need.steady_per_day is None:
        verdict, why = "unknown", "what it will cost is not known"
    elif need.steady_per_day > best.per_day:
        verdict, why = "exceeded", f"${need.steady_per_day:,.2f} a day against ${best.per_day:,.2f}"
    elif need.first_day is None:
        verdict, why = "unknown", "what the first, cold day will cost is not known"
    elif need.first_day > first_allowed:
        verdict, why = "exceeded", f"${need.first_day:,.2f} on the first day against ${first_allowed:,.2f}"
    return Judged(verdict, need, best.per_day, first_allowed, best.owner, best.line, why)


def _unlisted(ledger: Ledger, need: Need, expired: Allocation | None) -> Judged:
    owner = expired.owner if expired else _owner_of(ledger, need.consumer)
    worst = None
    if need.steady_per_day is not None and need.first_day is not None:
        worst = max(need.steady_per_day, need.first_day)
    if worst is not None and worst <= ledger.default and expired is None:
        return Judged("covered", need, ledger.default, ledger.default, owner, None, "within the default")
    why = "no allocation"
    if expired is not None:
        why = f"its allocation expired on {expired.expires}"
    day = expired.expires if expired else None
    line = expired.line if expired else None
    return Judged("missing", need, ledger.default, ledger.default, owner, line, why, day)


def _owner_of(ledger: Ledger, consumer: str) -> str | None:
    """Whom to ask: the owner of the consumer's other allocations, where there is one."""
    owners = {a.owner for a in ledger.allocations if a.owner and a.consumer == consumer}
    return owners.pop() if len(owners) == 1 else None


def _covers(allocation: Allocation, need: Need) -> bool:
    names = (need.consumer, *need.aliases)
    if not any(n == allocation.consumer or fnmatch.fnmatchcase(n, allocation.consumer) for n in names):
        return False
    if not fnmatch.fnmatchcase(need.model.lower(), allocation.model.lower()):
        return False
    pairs = (
        (allocation.account, need.account),
        (allocation.stage, need.stage),
        (allocation.provider, need.provider),
        (allocation.region, need.region),
    )
    return _selected(pairs)


def _selected(pairs: Iterable[tuple[str | None, str | None]]) -> bool:
    """Whether every selector that is given fits what is there: pairs of (selector, value)."""
    return all(wanted is None or fnmatch.fnmatchcase(have or "", wanted) for wanted, have in pairs)


def specificity(allocation: Allocation) -> tuple[int, ...]:
    """What orders allocations that cover the same need: the greatest is the most specific, and decides."""
    exact = [not set("*?[") & set(text) for text in (allocation.consumer, allocation.model)]
    selectors = (allocation.account, allocation.stage, allocation.provider, allocation.region)
    return (exact[0], exact[1], sum(s is not None for s in selectors), len(allocation.consumer), -allocation.line)


# -- what to do --------------------------------------------------------------------------------------------------------


def raises(base: Ledger, head: Ledger) -> tuple[Raise, ...]:
    """Allocations that head adds, raises, or keeps for longer than base has them; a higher default, too."""
    before: dict[tuple[object, ...], Allocation] = {}
    for allocation in base.allocations:
        old = before.get(_key(allocation))
        if old is None or _most(allocation) > _most(old):
            before[_key(allocation)] = allocation
    found = []
    if head.default > base.default:
        found.append(Raise("*", "*", base.default, head.default, None, 1, "default"))
    for allocation in head.allocations:
        old = before.get(_key(allocation))
        was = _most(old) if old is not None else Decimal(0)
        if _most(allocation) > was or (old is not None and _longer(old, allocation)):
            found.append(
                Raise(
                    allocation.consumer,
                    allocation.model,
                    was,
                    _most(allocation),
                    # Who has to agree is who owned it: a change can't hand a line to somebody else first.
                    (old.owner if old is not None else None) or allocation.owner,
                    allocation.line,
                    allocation.selectors,
                )
            )
    return tuple(found)


def _longer(old: Allocation, new: Allocation) -> bool:
    return old.expires is not None and (new.expires is None or new.expires > old.expires)


def _key(a: Allocation) -> tuple[object, ...]:
    return (a.consumer, a.model, a.selectors)


def _most(allocation: Allocation) -> Decimal:
    return max(allocation.per_day, allocation.first_day or Decimal(0))


def cap_totals(ledger: Ledger) -> tuple[tuple[Cap, Decimal], ...]:
    """Every cap with what the allocations under it add up to, USD a day."""
    return tuple((c, sum((a.per_day for a in ledger.allocations if _under(c, a)), Decimal(0))) for c in ledger.caps)


def caps_exceeded(ledger: Ledger) -> tuple[tuple[Cap, Decimal], ...]:
    """Caps that the allocations under them add up to more than, with the sum, USD a day."""
    return tuple((cap, total) for cap, total in cap_totals(ledger) if total > cap.per_day)


def _under(cap: Cap, allocation: Allocation) -> bool:
    pairs = (
        (cap.owner, allocation.owner),
        (cap.consumer, allocation.consumer),
        (cap.model, allocation.model),
        (cap.account, allocation.account),
    )
    return _selected(pairs)


def suggest(judged: Sequence[Judged]) -> str:
    """Lines for `allocations:` that would cover the needs, with 20 % to spare; what is unknown is left for a person."""
    return "".join(_suggested(j) for j in judged if j.verdict in ("missing", "exceeded"))


def _suggested(judged: Judged) -> str:
    need = judged.need
    lines = [f"  - consumer: {_plain(need.consumer)}", f"    model: {_plain(need.model)}"]
    if need.steady_per_day is None:
        lines.append("    limit:                  # USD; no usage is recorded, so decide")
    else:
        lines.append(f"    limit: {rounded(need.steady_per_day)}")
    lines.append("    per: day")
    if judged.owner:
        lines.append(f"    owner: {json.dumps(judged.owner)}")
    if need.first_day is not None and need.steady_per_day is not None:
        limit = rounded(need.steady_per_day)
        if need.first_day > limit:
            lines.append(f"    first_day: {rounded(need.first_day)}")
    if need.account:
        lines.append(f"    account: {_plain(need.account)}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    safe = text and all(c.isalnum() or c in "-_./" for c in text) and text[0].isalpha()
    return text if safe else json.dumps(text)


def rounded(amount: Decimal) -> Decimal:
    """A fifth more, up to a figure that a person would write: two significant digits, whole dollars from 10 up."""
    wanted = amount * Decimal("1.2")
    if wanted <= 0:
        return Decimal(0)
    exponent = wanted.adjusted() - 1
    step = Decimal(1).scaleb(exponent)
    return (wanted / step).to_integral_value(ROUND_CEILING) * step if exponent < 0 else _whole(wanted, step)


def _whole(wanted: Decimal, step: Decimal) -> Decimal:
    return Decimal(int((wanted / step).to_integral_value(ROUND_CEILING) * step))
