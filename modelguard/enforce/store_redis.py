"""The store for many hosts: Redis (or Valkey), every change one Lua script, so it is whole or not at all.

Keys carry one hash tag, so they also live together in a cluster. A Redis that is slow or gone is an error within
TIMEOUT seconds, and the guard refuses; nothing is ever spent that Redis was not told of. How much survives a crash of
Redis is its own setting (appendonly yes, appendfsync everysec: the last second). Lua's numbers are exact up to 2⁵³
nano-dollars, nine million USD a period.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, cast

from modelguard.enforce.store import LEASE, Account, Answer, Standing, StoreError, judge

TIMEOUT = 1.0
DONE = int(2 * LEASE)
"""Seconds for which it is kept that a call was settled: longer than any of its parts may still come in."""
KEEP = 100 * 24 * 3600
"""Seconds for which a period's figures are kept: a month and the time to ask about it."""

# Accounts come as (spend key, first key, period, limit, first) each; the answer is {before, limit} each.
_RESERVE = """
local res, leases = KEYS[1], KEYS[2]
if redis.call('EXISTS', KEYS[3]) == 1 then return redis.error_reply('SETTLED') end
local amount, force, call, now, lease, keep = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local n = (#KEYS - 3) / 2
local mine = {}
local had = redis.call('HGETALL', res)
for i = 1, #had, 2 do mine[had[i]] = tonumber(had[i + 1]) end
local out, ok = {}, true
for i = 1, n do
  local spend, first = KEYS[2 * i + 2], KEYS[2 * i + 3]
  local period, limit, more = ARGV[3 * i + 4], tonumber(ARGV[3 * i + 5]), tonumber(ARGV[3 * i + 6])
  local f = redis.call('HMGET', spend, 'spent', 'reserved')
  local before = (tonumber(f[1]) or 0) + (tonumber(f[2]) or 0) - (mine[spend] or 0)
  if more > 0 then
    redis.call('SETNX', first, period)
    if redis.call('GET', first) == period then limit = limit + more end
  end
  if before + amount > limit then ok = false end
  out[2 * i - 1], out[2 * i] = string.format('%.0f', before), string.format('%.0f', limit)
end
if ok or force == '1' then
  for key, old in pairs(mine) do redis.call('HINCRBY', key, 'reserved', string.format('%.0f', -old)) end
  redis.call('DEL', res)
  for i = 1, n do
    local spend = KEYS[2 * i + 2]
    redis.call('HINCRBY', spend, 'reserved', string.format('%.0f', amount))
    redis.call('EXPIRE', spend, keep)
    redis.call('HSET', res, spend, string.format('%.0f', amount))
  end
  redis.call('EXPIRE', res, keep)
  redis.call('ZADD', leases, now + lease, call)
end
return out
"""
# A reservation that is not there was lost with the memory of a Redis that ended: its accounts come along.
_SETTLE = """
local res, leases, done, call, cost = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
if redis.call('EXISTS', done) == 1 then return 0 end
redis.call('SET', done, '', 'EX', ARGV[3])
local had = redis.call('HGETALL', res)
if #had == 0 and cost ~= '' then
  for i = 4, #KEYS do
    redis.call('HINCRBY', KEYS[i], 'spent', cost)
    redis.call('EXPIRE', KEYS[i], ARGV[4])
  end
end
for i = 1, #had, 2 do
  redis.call('HINCRBY', had[i], 'reserved', '-' .. had[i + 1])
  redis.call('HINCRBY', had[i], 'spent', cost == '' and had[i + 1] or cost)
end
redis.call('DEL', res)
redis.call('ZREM', leases, call)
return #had / 2
"""
_TAKE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
if used == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
"""
TAG = "{modelguard}"


class RedisStore:
    """A store at a redis:// URL. The connection is made on first use, in the event loop that uses it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None

    def _redis(self) -> Any:
        if self._client is None:
            from redis.asyncio import Redis

            self._client = Redis.from_url(
                self._url, decode_responses=True, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
            )
            self._reserve = self._client.register_script(_RESERVE)
            self._settle = self._client.register_script(_SETTLE)
            self._take = self._client.register_script(_TAKE)
        return self._client

    async def _do(self, work: Awaitable[Any]) -> Any:
        from redis.exceptions import RedisError

        try:
            return await work
        except (RedisError, OSError, TimeoutError) as error:
            # The error's own text may hold the URL with its password.
            raise StoreError(f"the budget store (Redis) can't be used: {type(error).__name__}") from None

    async def reserve(
        self, call: str, accounts: Sequence[Account], amount: int, now: float, *, force: bool = False
    ) -> Answer:
        """See Store."""
        self._redis()
        keys, arguments = [_res(call), f"{TAG}leases", _done(call)], [amount, int(force), call, now, LEASE, KEEP]
        for account in accounts:
            keys += [_spend(account), f"{TAG}first:{account.key}"]
            arguments += [account.period, account.limit, account.first]
        found = [int(v) for v in await self._do(self._reserve(keys=keys, args=arguments))]
        pairs = zip(accounts, found[::2], found[1::2], strict=True)
        return judge([Standing(a, before, before + amount, limit) for a, before, limit in pairs], force)

    async def settle(self, call: str, cost: int | None, now: float, accounts: Sequence[Account] = ()) -> None:
        """See Store."""
        self._redis()
        keys = [_res(call), f"{TAG}leases", _done(call), *(_spend(a) for a in accounts)]
        await self._do(self._settle(keys=keys, args=[call, "" if cost is None else cost, DONE, KEEP]))

    async def used(self, accounts: Sequence[Account], now: float) -> list[tuple[int, int]]:
        """See Store."""
        found = []
        for account in accounts:
            spent, reserved = await self._do(self._redis().hmget(_spend(account), "spent", "reserved"))
            found.append((int(spent or 0), int(reserved or 0)))
        return found

    async def sweep(self, now: float) -> int:
        """See Store."""
        late = await self._do(self._redis().zrangebyscore(f"{TAG}leases", "-inf", now, 0, 500))
        for call in late:
            await self.settle(call, None, now)
        return len(late)

    async def take(self, counter: str, limit: int, window: float, now: float, amount: int = 1) -> bool:
        """See Store."""
        self._redis()
        arguments = [amount, limit, int(window * 1000)]
        return bool(await self._do(self._take(keys=[f"{TAG}counter:{counter}"], args=arguments)))

    async def add(self, counter: str, amount: int, now: float) -> None:
        """See Store."""
        await self._do(self._redis().incrby(f"{TAG}counter:{counter}", amount))
        await self._do(self._redis().expire(f"{TAG}counter:{counter}", KEEP))

    async def counted(self, counter: str) -> int:
        """See Store."""
        return int(await self._do(self._redis().get(f"{TAG}counter:{counter}")) or 0)

    async def once(self, key: str, seconds: float, now: float) -> bool:
        """See Store."""
        return bool(await self._do(self._redis().set(f"{TAG}kept:{key}", "", nx=True, px=int(seconds * 1000))))

    async def put(self, key: str, value: str, seconds: float, now: float) -> None:
        """See Store."""
        await self._do(self._redis().set(f"{TAG}kept:{key}", value, px=int(seconds * 1000)))

    async def get(self, key: str, now: float) -> str | None:
        """See Store."""
        return cast(str | None, await self._do(self._redis().get(f"{TAG}kept:{key}")))

    async def close(self) -> None:
        """See Store."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _res(call: str) -> str:
    return f"{TAG}res:{call}"


def _done(call: str) -> str:
    return f"{TAG}done:{call}"


def _spend(account: Account) -> str:
    return f"{TAG}spend:{account.period}:{account.key}"
