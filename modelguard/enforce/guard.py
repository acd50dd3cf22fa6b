"""The guard's decisions, apart from any proxy: who asks, what for, is there money; and what a call came to.

It fails closed: without a policy or a store nothing is called. In shadow mode it decides and records the same and
refuses nothing, so what it would have refused can be read before it does.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from modelguard.enforce.calls import UNPAID, Call, Part, Refusal, Refused
from modelguard.enforce.lines import lines_of
from modelguard.enforce.policy import Consumer, Deciding, Decision, caps_over, expired, most
from modelguard.enforce.pricing import NoBound, real_cost, worst_cost
from modelguard.enforce.record import Recorder
from modelguard.enforce.refusals import exhausted, how_to_get, nobody
from modelguard.enforce.routes import provider_of
from modelguard.enforce.source import PolicySource
from modelguard.enforce.store import (
    LEASE,
    Account,
    Answer,
    Store,
    StoreError,
    account_of,
    cap_account,
    nano,
    usd,
)
from modelguard.enforce.usage_of import Tokens

WAIT = 10.0
"""Seconds after an answer's end within which LiteLLM has to say what it came to."""
SWEEP = 60.0


class Guard:
    """One for a process. `clock` gives seconds since the epoch."""

    def __init__(
        self, source: PolicySource, store: Store | None, recorder: Recorder, clock: Callable[[], float] = time.time
    ) -> None:
        self.source, self.store, self.recorder, self.clock = source, store, recorder, clock
        self.calls: dict[str, Call] = {}
        self.on_soft: list[Callable[[Call, str], None]] = []
        self.caches: Callable[[], bool] = lambda: False
        """Whether the proxy has a response cache, and stops calls that it does not answer where UNPAID says so."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._swept = 0.0

    def today(self) -> date:
        """The UTC day of the clock."""
        return datetime.fromtimestamp(self.clock(), UTC).date()

    # -- before the call -----------------------------------------------------------------------------------------------

    def decide(self, call: Call, name: str) -> tuple[list[Decision], Refusal | None]:
        """What serves a name for this consumer: decisions that allow it, or the reason why there is none."""
        assert call.consumer is not None
        served = self._served(call, name)
        if not served:
            return [], self._unknown(call.consumer, name)
        found = [call.deciding.decide(call.consumer, raw, self.today()) for raw in served]
        allowed = [d for d in found if d.allowed]
        if call.route.class_ == "pass" and len(allowed) < len(found):
            # Nobody here chooses among them.
            allowed = []
        refused = next((d for d in found if not d.allowed), found[0])
        return allowed, None if allowed else self.refusal(call.consumer, refused, name)

    def _served(self, call: Call, name: str) -> tuple[str, ...]:
        served = call.deciding.served(name)
        if call.route.class_ != "pass":
            return served
        # A provider's own API: the model is the provider's, whatever the proxy calls by that name. Behind an endpoint of
        # the operator's own it may be that of any provider that the policy knows to have it.
        provider = provider_of(call.path)
        if provider is None:
            return call.deciding.named(name) or (f"{call.path.strip('/').split('/', 1)[0]}/{name}",)
        return (name if name.startswith(f"{provider}/") else f"{provider}/{name}",)

    def has_budget(self, call: Call) -> bool:
        """Whether the consumer may call anything at all."""
        assert call.consumer is not None
        mine = (a for a in call.consumer.allocations if not expired(a, self.today()))
        return call.deciding.policy.default > 0 or any(most(a) > 0 for a in mine)

    def refusal(self, consumer: Consumer, decision: Decision, name: str) -> Refusal:
        """The 403 for a decision."""
        model = decision.model.name
        asked = f"{model} (asked for as {name!r})" if name != model else model
        who = consumer.label
        if decision.why == "unpriced":
            how = "Add its price in tokens to `prices:` in modelguard.yaml, and compile the policy anew."
            what = f"No price is known for {asked}"
            if decision.model.units:
                what = f"{asked} is billed by the {' and the '.join(decision.model.units)}, not by tokens alone"
            return Refusal(403, "unpriced", f"{what}, so {who} may not call it.", how, who, model)
        if not consumer.allocations:
            what = f"{who} has no budget for any model, so not for {asked}."
        elif decision.why == "expired":
            what = f"The budget of {who} for {asked} has expired."
        else:
            what = f"{who} has no budget for {asked}."
        return Refusal(403, decision.why, what, how_to_get(consumer, model), who, model)

    def _unknown(self, consumer: Consumer, name: str) -> Refusal:
        what = f"This proxy's policy knows no model {name!r}, so {consumer.label} may not call it."
        how = "Ask for a name of the proxy's configuration; after a change of it, compile the policy anew."
        return Refusal(403, "unknown_model", what, how, consumer.label, name)

    async def reserve(self, call: Call, name: str, decision: Decision) -> Part:
        """Set the most that a call may cost aside, under the name that it is asked for. Raises Refused."""
        assert call.consumer is not None and decision.allocation is not None and self.store is not None
        allocation = decision.allocation
        today = self.today()
        accounts = [account_of(call.consumer.label, allocation, today)]
        caps = caps_over(call.deciding.policy, call.consumer, allocation, decision.model)
        accounts += [cap_account(c, today) for c in caps]
        if call.grace is not None and call.grace.refresh is not None and call.grace.refresh.usd is not None:
            accounts.append(Account(f"grace/{call.grace.id}", "window", nano(call.grace.refresh.usd)))
        amount = self._worst(call, decision, name)
        known = call.parts.get(name)
        if known is not None and known.accounts == tuple(accounts) and known.reserved >= amount:
            return known
        try:
            answer = await self.store.reserve(
                call.part_id(name), accounts, amount, self.clock(), force=call.shadow or False
            )
        except StoreError as error:
            if known is None:
                # A store that was only slow may do it yet: what is given up must not count as spent later.
                self.spawn(self._tell(call.part_id(name), 0, ()))
            raise Refused(Refusal(503, "store_unavailable", f"{error}; nothing is called without it.")) from error
        part = Part(name, decision.model, allocation, tuple(accounts), amount)
        if answer.full:
            refusal = exhausted(call.consumer, decision, amount, answer, today)
            if not call.shadow:
                raise Refused(refusal)
            call.refusal = call.refusal or refusal
        self.calls[call.id] = call
        call.parts[name] = part
        self._soft(call, answer, accounts)
        return part

    def may_be_cached(self, call: Call, refusal: Refusal) -> bool:
        """Whether a call without money goes on as far as the response cache, whose answers cost nothing.

        Not for a list of models at once: LiteLLM answers 200 with whatever stopped each of them.
        """
        if refusal.code != "budget_exhausted" or call.route.class_ != "spend" or call.refresh:
            return False
        return self.caches() and not (call.asked is not None and call.asked.several)

    def bound(self, call: Call, decision: Decision) -> int | NoBound:
        """The most that a call may cost by a decision, nano-dollars, or why nobody can say."""
        assert call.asked is not None and decision.allocation is not None
        return worst_cost(call.asked, decision.model, decision.allocation.max_output)

    def _worst(self, call: Call, decision: Decision, name: str) -> int:
        """What is to be reserved. Raises Refused for what has no bound; in shadow that is noted, and nothing reserved."""
        found = self.bound(call, decision)
        if not isinstance(found, NoBound):
            return found
        assert call.consumer is not None
        refusal = Refusal(403, "unpriced", found.why, found.how, call.consumer.label, decision.model.name)
        if not call.shadow:
            raise Refused(refusal)
        call.refusal = call.refusal or refusal
        return 0

    def may_serve(self, call: Call, raw: str) -> bool:
        """Whether a raw model may be called for what a request asks."""
        assert call.consumer is not None
        decision = call.deciding.decide(call.consumer, raw, self.today())
        bounded = call.asked is None or not decision.allowed or not isinstance(self.bound(call, decision), NoBound)
        return decision.allowed and bounded

    def dearest(self, call: Call, allowed: list[Decision]) -> Decision:
        """Of a group's models the one to reserve for: which of them answers is chosen later, among those with a bound."""
        amounts = [(self.bound(call, d), d) for d in allowed]
        bounded = [(a, d) for a, d in amounts if not isinstance(a, NoBound)]
        return max(bounded, key=lambda pair: pair[0])[1] if bounded else allowed[0]

    def _soft(self, call: Call, answer: Answer, accounts: list[Account]) -> None:
        if not answer.soft or call.consumer is None:
            return
        share = 100 * answer.used / answer.limit if answer.limit else 100.0
        call.soft = f"{call.consumer.label} has used {share:.0f} % of ${usd(answer.limit):.2f} in {accounts[0].period}"
        for told in self.on_soft:
            with contextlib.suppress(Exception):
                told(call, call.soft)

    # -- around each model call ----------------------------------------------------------------------------------------

    async def attempt(self, call: Call | None, name: str, raw: str) -> None:
        """The last gate before a provider: the very model that is about to be called, `name` the group it was chosen
        from. Raises Refused."""
        UNPAID.set(None)
        if call is not None and not raw.strip("/") and call.route.class_ in ("free", "file", "batch"):
            # Files and the like are moved by the same code that calls models, and name none.
            return
        if call is None or call.consumer is None:
            if call is not None and call.shadow:
                return
            raise Refused(nobody(raw))
        decision = call.deciding.decide(call.consumer, raw, self.today())
        if not decision.allowed:
            refusal = self.refusal(call.consumer, decision, name)
            call.refusal = call.refusal or refusal
            if not call.shadow:
                raise Refused(refusal)
            return
        if call.route.kind == "count" or call.route.class_ == "free" or call.asked is None:
            # Counting tokens costs nothing, wherever it is done.
            return
        asked = self.part_name(call, name, raw)
        try:
            part = await self.reserve(call, asked, decision)
            part.failed = False
        except Refused as refused:
            if self.may_be_cached(call, refused.refusal):
                assert decision.allocation is not None
                UNPAID.set(refused.refusal)
                self.calls[call.id] = call
                call.parts[asked] = Part(asked, decision.model, decision.allocation, (), 0)
                return
            call.refusal = call.refusal or refused.refusal
            if not call.shadow:
                raise

    def looked_up(self, call: Call | None, answered: bool) -> None:
        """The response cache was asked: the gate for calls that only it may answer. Raises Refused."""
        refusal = UNPAID.get()
        if answered:
            if call is not None and call.shadow and call.refusal and call.refusal.code == "budget_exhausted":
                # Enforced it would have been served all the same.
                call.refusal = None
            return
        if refusal is not None:
            if call is not None:
                call.refusal = call.refusal or refusal
            raise Refused(refusal)

    def part_name(self, call: Call, group: str, raw: str) -> str:
        """The name that a client asked by for what a group serves; the group's own for what it did not ask for."""
        if group in call.parts:
            return group
        return next((n for n in call.parts if raw in self._served(call, n)), group)

    # -- after it ------------------------------------------------------------------------------------------------------

    async def succeeded(self, call: Call, name: str, tokens: Tokens | None, cost: int | None, **more: object) -> None:
        """A model call's account: settle it at the price of what served it. `cost` is for answers without tokens."""
        part = call.parts.get(name) or (next(iter(call.parts.values())) if len(call.parts) == 1 else None)
        if part is None or part.spend is not None:
            return
        for key, value in more.items():
            setattr(part, key, value)
        if part.served is not None and part.served != part.model.raw:
            part.model = call.deciding.model(part.served)
        if part.cache_hit:
            part.spend = 0
        elif tokens is not None and part.model.price is not None:
            part.spend = real_cost(part.model, tokens, call.asked)
        else:
            # What speech costs no answer tells, and LiteLLM's figure leaves out the sound.
            spoken = call.asked is not None and call.asked.kind == "audio"
            part.spend = cost if cost is not None and not spoken else part.reserved
        if tokens is not None:
            part.tokens_in = tokens.plain + tokens.cache_read + tokens.cache_write
            part.tokens_out = tokens.output
            part.cache_read, part.cache_write = tokens.cache_read, tokens.cache_write
            part.apart, part.service = (*tokens.kinds, *tokens.uses), tokens.service
        await self._settle(call, part)
        if all(p.spend is not None or p.failed for p in call.parts.values()):
            call.settled.set()

    async def _settle(self, call: Call, part: Part) -> None:
        """Tell the store, now or in the background: the record of a call does not wait for a store that is away."""
        assert self.store is not None
        try:
            await self.store.settle(call.part_id(part.name), part.spend, self.clock(), part.accounts)
        except StoreError:
            self.spawn(self._tell(call.part_id(part.name), part.spend, part.accounts))

    async def _tell(self, ident: str, spend: int | None, accounts: tuple[Account, ...]) -> None:
        """Settle again and again until the store hears it or the lease is over, when it counts as spent without us: what
        was spent must not be forgotten while this process lives."""
        assert self.store is not None
        until, pause = time.monotonic() + LEASE, 0.2
        while time.monotonic() < until:
            await asyncio.sleep(pause)
            try:
                await self.store.settle(ident, spend, self.clock(), accounts)
                return
            except StoreError as error:
                pause, trouble = min(pause * 3, 30.0), str(error)
        print(f"modelguard: {trouble}; a reservation stays until its lease ends", file=sys.stderr)

    def failed(self, call: Call, name: str) -> None:
        """A model call that failed. Its reservation stays while others of the request may still be made on it."""
        part = call.parts.get(name)
        if part is not None:
            part.failed = True

    def finish(self, call: Call, seen: Tokens | None = None) -> None:
        """The request is over for the client; what is open is settled in the background."""
        call.ended = True
        self.spawn(self._finish(call, seen))

    async def _finish(self, call: Call, seen: Tokens | None) -> None:
        try:
            nothing = call.status is None or call.status >= 400
            if call.parts and not nothing and seen is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(call.settled.wait(), WAIT)
            # Of a stream that broke off LiteLLM says that it failed; what had come by then was made.
            broken = not nothing and call.events > 0 and all(p.failed for p in call.parts.values())
            for part in call.parts.values():
                if part.spend is None:
                    await self._close(call, part, nothing or (part.failed and not broken), seen)
            self.write(call)
            await self._sweep()
        finally:
            self.calls.pop(call.id, None)

    async def _close(self, call: Call, part: Part, nothing: bool, seen: Tokens | None) -> None:
        """A part that LiteLLM gave no account of; `nothing`: nothing came of it."""
        if nothing:
            part.spend = 0
        elif seen is not None and part.model.price is not None:
            # A stream says at its end what it came to; of one that was left before there is only what was sent.
            left = replace(seen, output=max(seen.output, _sent(call))) if call.abandoned else seen
            await self.succeeded(call, part.name, left, None)
            return
        elif (call.abandoned or part.failed) and call.asked is not None:
            made = worst_cost(replace(call.asked, max_output=_sent(call), copies=1), part.model, None)
            part.spend = part.reserved if isinstance(made, NoBound) else min(part.reserved, made)
        else:
            part.spend = part.reserved
        await self._settle(call, part)

    async def _sweep(self) -> None:
        """Now and then, whoever is first counts what dead workers left."""
        now = self.clock()
        if self.store is None or abs(now - self._swept) < SWEEP:
            return
        self._swept = now
        with contextlib.suppress(StoreError):
            await self.store.sweep(now)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background, kept until it is done."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def write(self, call: Call) -> None:
        """The lines about a request: one for each model call, one where it was refused before any."""
        for line in lines_of(call, self.clock()):
            self.recorder.write(line)


def _sent(call: Call) -> int:
    """Tokens that were sent before a stream's end, and so were generated: every event holds one, and none is 20 bytes
    more."""
    return max(call.events, call.body_bytes // 20)


def consumer_of(deciding: Deciding, name: str) -> Consumer | None:
    """A policy's consumer by name."""
    return next((c for c in deciding.policy.consumers if c.name == name), None)
