"""Making a plan so, one request after the other: what narrows first, each new key kept before the proxy hears of it.

A run that ends in the middle is gone on with by running again: requests say what should be, not what to add; a key that
was kept and that the proxy does not have yet is sent again, the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from modelguard.enforce.fingerprint import KeyEntry, fingerprint
from modelguard.enforce.keys_plan import Change

Post = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class Keep(Protocol):
    """Where new keys go. Nothing that it is given is shown anywhere."""

    def key_for(self, consumer: str) -> str:
        """A consumer's new key, kept safely by the time this returns; the same one again where it was kept before."""


class Refused(Exception):
    """The proxy did something else than it was asked for. The text holds no key."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: changes in their order, and the fingerprints of new keys."""

    done: tuple[Change, ...]
    new: tuple[KeyEntry, ...]


def apply(changes: Sequence[Change], post: Post, keep: Keep, done: Callable[[Change], None]) -> Applied:
    """Send the requests of all changes that have one; `done` is called after each. What `post` and `keep` raise ends it."""
    finished: list[Change] = []
    new: list[KeyEntry] = []
    for change in changes:
        if not change.path:
            continue
        if change.kind == "create":
            new.append(_create(change, post, keep))
        else:
            post(change.path, change.body)
        finished.append(change)
        done(change)
    return Applied(tuple(finished), tuple(new))


def _create(change: Change, post: Post, keep: Keep) -> KeyEntry:
    key = keep.key_for(change.consumer)
    answer = post(change.path, {**change.body, "key": key})
    # A proxy that makes up a key of its own (custom key generation) would leave us with one that nobody kept.
    if answer.get("key") not in (None, key) or answer.get("token") not in (None, fingerprint(key)[7:]):
        raise Refused(f"the proxy made another key for {change.consumer} than it was asked to: block it, {change.key}")
    name, _, told = change.consumer.partition("@")
    account, _, stage = told.partition(",")
    return KeyEntry(fingerprint(key), name, change.key, None, account or None, stage or None)


def lines_of(entries: Sequence[KeyEntry]) -> str:
    """Lines for `keys:` in modelguard-keys.yaml, by which the guard knows the keys."""
    import json

    lines = []
    for entry in entries:
        lines += [f"  - consumer: {json.dumps(entry.consumer)}", f"    fingerprint: {entry.fingerprint}"]
        lines += [f"    alias: {json.dumps(entry.alias)}"]
        lines += [f"    account: {json.dumps(entry.account)}"] if entry.account else []
        lines += [f"    stage: {json.dumps(entry.stage)}"] if entry.stage else []
    return "".join(f"{line}\n" for line in lines)
