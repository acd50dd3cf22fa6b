"""A compiled policy for people: who may call what, by which names, for how much; and what to know about it."""

from __future__ import annotations

from datetime import UTC, datetime

from modelguard.enforce.compile import Compiled
from modelguard.enforce.policy import Allocation, Consumer, Grace
from modelguard.report.words import count, dollars, safe

_LEVELS = {"refused": "warning", "unpriced": "warning", "unknown-consumer": "warning", "unknown-model": "warning"}


def notes(compiled: Compiled) -> str:
    """What to know, one line each, the most pressing first."""
    lines = [f"{_LEVELS.get(n.kind, 'note')}: {safe(n.text)}" for n in compiled.notes]
    return "".join(f"{line}\n" for line in sorted(lines, key=lambda line: (line.startswith("note"), line)))


def render(compiled: Compiled) -> str:
    """The policy as a page."""
    policy = compiled.policy
    with_keys = sum(1 for c in policy.consumers if c.keys)
    head = f"policy {policy.version}   {count(len(policy.consumers), 'consumer')}, {with_keys} with a key"
    lines = [f"{head} · prices of {policy.as_of} · {policy.mode}"]
    for consumer in policy.consumers:
        lines += ["", *_consumer(consumer)]
    for switch in policy.grace:
        lines += ["", *_grace(switch)]
    lines += ["", "in the proxy's configuration", *(f"  {line}" for line in CONFIGURATION)]
    told = notes(compiled)
    return "\n".join(lines) + "\n" + (f"\n{told}" if told else "")


CONFIGURATION = (
    "general_settings: {custom_auth: modelguard.enforce.litellm.auth}      # without a database only",
    "litellm_settings: {callbacks: [modelguard.enforce.litellm.guard]}",
)


def _grace(switch: Grace) -> list[str]:
    start, end = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ") for at in (switch.starts, switch.ends))
    pace = "nothing is refreshed"
    if switch.refresh is not None:
        limits = [f"{switch.refresh.per_minute} a minute"]
        limits += [f"{switch.refresh.calls:,} calls"] if switch.refresh.calls is not None else []
        limits += [dollars(switch.refresh.usd)] if switch.refresh.usd is not None else []
        pace = "refreshed at most " + ", ".join(limits)
    head = f"grace for {safe(switch.consumer)}   {safe(switch.old)} → {safe(switch.new)}"
    return [head, f"  {start} to {end}, {pace}"]


def _consumer(consumer: Consumer) -> list[str]:
    keys = count(len(consumer.keys), "key") if consumer.keys else "no key"
    lines = [f"{safe(consumer.label)}   {keys}"]
    for allocation in consumer.allocations:
        lines.append(f"  {safe(allocation.model):32} {_limit(allocation)}")
    if not consumer.allocations:
        lines.append("  nothing: every call is refused")
    names = [safe(a.name) + (" (in part)" if a.partial else "") for a in consumer.allowed]
    if names:
        lines.append("    asked for as  " + ", ".join(names))
    return lines


def _limit(allocation: Allocation) -> str:
    parts = [f"{dollars(allocation.limit)} a {allocation.per}"]
    if allocation.first_day is not None:
        parts.append(f"{dollars(allocation.first_day)} on the first day")
    if allocation.break_glass is not None:
        glass = allocation.break_glass
        parts.append(f"broken glass by {safe(glass.by)} until {glass.until}: {safe(glass.reason)}")
    if allocation.expires is not None:
        parts.append(f"until {allocation.expires}")
    if allocation.owner:
        parts.append(safe(allocation.owner))
    return ", ".join(parts)
