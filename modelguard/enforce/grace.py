"""Grace for the cache: answers of an old model while those of the new one come in, marked, and for a while.

A switch of models makes every answer cold, as LiteLLM's cache is keyed by the name that the client asked for. It comes
in two ways. A client asks for another name: the new name's key misses, and the old name's is looked up instead. Or a
name is pointed at another model: the key stays, and answers of the old model would be served for as long as they live,
unmarked; here they are told apart by which model made them, and end with the window.

This rests on LiteLLM's cache class (litellm_cache.py puts it in place); nothing here knows a request's content.
"""

from __future__ import annotations

import fnmatch
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from modelguard.catalog.identity import identify
from modelguard.enforce.calls import Call, Stale
from modelguard.enforce.policy import Deciding, Grace
from modelguard.enforce.store import Store, StoreError

MARK = "modelguard_model"
"""What an entry of the cache says made it: a canonical name."""
MAX_KEPT = 4096
MAX_NAMES = 8
"""Most names of the old model that are looked up for one request."""
Origin = Literal["old", "new"]


@dataclass(slots=True)
class Progress:
    """How far a switch has come: distinct requests that were answered from old entries, and those refreshed since."""

    seen: int = 0
    warm: int = 0

    @property
    def share(self) -> float:
        """How much of the working set is warm, 0 to 1."""
        return self.warm / self.seen if self.seen else 1.0


@dataclass(slots=True)
class Graces:
    """The switches that are under way, in one process."""

    store: Store
    clock: Callable[[], float] = time.time
    known: set[tuple[str, str]] = field(default_factory=set)
    _extended: dict[str, tuple[float, bool]] = field(default_factory=dict)

    def rule(self, call: Call, raw: str) -> Grace | None:
        """The switch that a call is on the new side of; the narrowest by consumer where there are several."""
        kind, name = call.route.kind, call.deciding.model(raw).name
        found = [
            g
            for g in call.deciding.policy.grace
            if kind in g.kinds and fnmatch.fnmatchcase(name, g.new) and self.clock() >= g.starts
        ]
        mine = [g for g in found if call.consumer is not None and _fits(call, g)]
        return min(mine or found, key=lambda g: len(g.consumer.replace("*", "")) * -1, default=None)

    async def open(self, call: Call, rule: Grace) -> bool:
        """Whether old answers may be served now, to this consumer, for this request."""
        if call.refresh or call.no_grace or call.consumer is None or call.consumer.grace == "never":
            return False
        if not _fits(call, rule):
            return False
        return self.clock() < await self.ends(rule)

    async def ends(self, rule: Grace) -> float:
        """The end of a switch's window; later by half where it is to be extended and is not warm."""
        now = self.clock()
        longer = rule.ends + (rule.ends - rule.starts) / 2
        if rule.at_end == "stop" or now < rule.ends or now >= longer:
            return rule.ends if rule.at_end == "stop" or now < rule.ends else longer
        asked, extended = self._extended.get(rule.id, (0.0, False))
        if now - asked > 5:
            progress = await self.progress(rule)
            extended = progress.warm < progress.seen
            self._extended[rule.id] = (now, extended)
        return longer if extended else rule.ends

    async def progress(self, rule: Grace) -> Progress:
        """What all workers have seen and refreshed."""
        return Progress(
            await self.store.counted(f"grace:{rule.id}:seen"), await self.store.counted(f"grace:{rule.id}:warm")
        )

    async def served(self, call: Call, rule: Grace, key: str, entry: Mapping[str, Any], response: Any) -> None:
        """An old answer is being served: mark the call, and count its key once."""
        stamp = entry.get("timestamp")
        age = int(self.clock() - stamp) if isinstance(stamp, int | float) else None
        call.stale = Stale(made_by(entry, response) or rule.old, age, rule.id)
        call.stale_key = key
        if (rule.id, key) in self.known:
            return
        if len(self.known) > 200_000:
            self.known.clear()
        self.known.add((rule.id, key))
        await self.count(rule, key, "seen")

    async def count(self, rule: Grace, key: str, what: Literal["seen", "warm"]) -> None:
        """Count a key once over all workers. A store that is gone costs the figure, not the answer."""
        try:
            if await self.store.once(f"grace:{rule.id}:{what}:{key}", 90 * 86400.0, self.clock()):
                await self.store.add(f"grace:{rule.id}:{what}", 1, self.clock())
        except StoreError:
            return


def _fits(call: Call, rule: Grace) -> bool:
    assert call.consumer is not None
    names = (call.consumer.name, call.consumer.label, *call.consumer.aliases)
    return any(fnmatch.fnmatchcase(n, rule.consumer) for n in names)


def made_by(entry: Mapping[str, Any], response: Any) -> str | None:
    """The canonical name of the model that made an entry: our mark, else what the answer itself says."""
    mark = entry.get(MARK)
    if isinstance(mark, str):
        return mark
    said = response.get("model") if isinstance(response, Mapping) else None
    return identify(said).name if isinstance(said, str) and said else None


def origin(rule: Grace, entry: Mapping[str, Any], response: Any) -> Origin:
    """Which side of a switch an entry is from. What says nothing is old where it is from before the switch."""
    name = made_by(entry, response)
    if name is not None:
        if fnmatch.fnmatchcase(name, rule.new):
            return "new"
        if fnmatch.fnmatchcase(name, rule.old):
            return "old"
    stamp = entry.get("timestamp")
    return "old" if isinstance(stamp, int | float) and stamp < rule.starts else "new"


def old_names(deciding: Deciding, rule: Grace, asked: str) -> tuple[str, ...]:
    """Names by which the old model may have been asked for, those that look most like the new one's name first.

    The ledger's own; what the policy knows; and the name asked for with the old model's in the new one's place, as after
    a switch nothing in the repository says the old name any more where the proxy passes on any (`bedrock/*`).
    """
    import difflib

    known = deciding.kept.get((rule.id, asked))
    if known is not None:
        return known
    found = list(rule.names)
    swapped = asked.replace(identify(asked).name, rule.old)
    for name in [*deciding.names, *(m.raw for m in deciding.policy.models), swapped]:
        served = deciding.served(name)
        if name != asked and served and all(fnmatch.fnmatchcase(deciding.model(r).name, rule.old) for r in served):
            found.append(name)
    ordered = sorted(
        dict.fromkeys(found), key=lambda n: (n not in rule.names, -difflib.SequenceMatcher(None, n, asked).ratio())
    )
    if len(deciding.kept) >= MAX_KEPT:
        deciding.kept.clear()
    deciding.kept[rule.id, asked] = tuple(ordered[:MAX_NAMES])
    return deciding.kept[rule.id, asked]


def report(rule: Grace, progress: Progress, now: float, ends: float) -> dict[str, Any]:
    """A switch's progress as a line of modelguard.grace/1. `cold_at_end` is what the pace leaves at the window's end."""
    left = max(0.0, ends - now)
    pace = rule.refresh.per_minute if rule.refresh is not None else 0
    return {
        "schema": "modelguard.grace/1",
        "grace": rule.id,
        "working_set": progress.seen,
        "warm": progress.warm,
        "seconds_left": round(left),
        "cold_at_end": max(0, progress.seen - progress.warm - int(pace * left / 60)),
    }


def parsed(response: Any) -> Any:
    """A cached answer as a mapping where it is JSON text."""
    if isinstance(response, str | bytes):
        try:
            return json.loads(response)
        except ValueError:
            return None
    return response
