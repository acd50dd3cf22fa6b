"""The lines of the record (record.py) about a request that is over. docs/enforce.md describes each member."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from modelguard.enforce.calls import Call, Part
from modelguard.enforce.store import usd


def lines_of(call: Call, now: float) -> Iterator[dict[str, object]]:
    """One for each model call of a request, one where it was refused before any. `now` in seconds since the epoch."""
    base = {
        "ts": datetime.fromtimestamp(call.started, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "call": call.id,
        "consumer": call.consumer.name if call.consumer else None,
        "account": call.consumer.account if call.consumer else None,
        "stage": call.consumer.stage if call.consumer else None,
        "key": (call.key.alias or call.key.fingerprint[:15]) if call.key else None,
        "route": call.route.kind,
        "status": call.status,
        # A fallback that was refused while another served is no refusal of the request.
        "refused": call.refusal.code if call.refusal and not call.shadow and (call.status or 500) >= 400 else None,
        "would_refuse": call.refusal.code if call.refusal and call.shadow else None,
        "refresh": call.refresh,
        "policy": call.deciding.policy.version,
        "seconds": round(now - call.started, 3),
    }
    for part in call.parts.values():
        yield {**base, **_of_part(call, part)}
    if not call.parts:
        names = call.asked.names if call.asked else []
        none = {"asked": names[0] if names else None, "model": call.refusal.model if call.refusal else None}
        yield {**base, **none, "cost": "0", "cache_hit": False, "stale": None}


def _of_part(call: Call, part: Part) -> dict[str, object]:
    glass = part.allocation.break_glass
    return {
        "asked": part.name,
        "served": part.served or part.model.raw,
        "model": part.model.name,
        "tokens_in": part.tokens_in,
        "tokens_out": part.tokens_out,
        "cache_read_tokens": part.cache_read,
        "cache_write_tokens": part.cache_write,
        "apart": {name: count for name, count in part.apart if count},
        "service": part.service or None,
        "cost": f"{usd(part.spend or 0):f}",
        "cache_hit": part.cache_hit,
        "cache_key": part.cache_key,
        "stale": call.stale.model if call.stale and part.cache_hit else None,
        "break_glass": glass.by if glass is not None else None,
        "allocation": part.allocation.id,
    }
