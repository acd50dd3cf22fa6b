"""A proxy's keys against the ledger, for people. No key is ever in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from modelguard.enforce.keys import Keys
from modelguard.enforce.keys_plan import Change
from modelguard.report.words import count, safe

_TITLES = {
    "master-key": "the master key answers calls",
    "orphan": "keys of nobody",
    "block": "keys of consumers without an allocation: --apply blocks them",
    "update": "keys that say something else than the ledger: --apply sets them right",
    "create": "consumers without a key: --apply makes one",
    "blocked": "keys that somebody blocked",
    "gone": "keys that are not there any more",
}
_ORDER = tuple(_TITLES)
_DONE = {"block": "blocked", "update": "set right", "create": "made"}


def render(keys: Keys, changes: Sequence[Change]) -> str:
    """The page; one line where nothing differs."""
    told = left_out(keys)
    if not changes:
        return f"as the ledger has it: {count(len(keys.wanted), 'consumer')} with a key\n{told}"
    lines = [count(len(changes), "difference") + " between the ledger and the proxy's keys"]
    for kind, same in groupby(sorted(changes, key=lambda c: _ORDER.index(c.kind)), key=lambda c: c.kind):
        lines += ["", _TITLES[kind]]
        for change in same:
            who = f"{safe(change.consumer)}  " if change.consumer else ""
            lines.append(f"  {who}{safe(change.key)}: {safe(change.what)}")
    return "\n".join(lines) + "\n" + (f"\n{told}" if told else "")


def left_out(keys: Keys) -> str:
    """Names that keys don't list, and why, a line each."""
    return "".join(
        f"note: {safe(n.consumer)}: its key does not list {safe(n.name)}: {safe(n.why)}\n" for n in keys.left_out
    )


def done_line(change: Change) -> str:
    """What was just done."""
    return f"{_DONE[change.kind]}: {safe(change.consumer)} {safe(change.key)}"
