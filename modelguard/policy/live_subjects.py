"""What there is to judge about the keys of a running proxy: each difference between them and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelguard.enforce.keys_plan import Change
from modelguard.policy.findings import Subject


def live_subjects(changes: Iterable[Change], ledger: str) -> Iterator[Subject]:
    """A subject a difference; `ledger` is the path of the file that says how it should be."""
    for change in changes:
        facts = {
            "kind": change.kind,
            "consumer": change.consumer,
            "key": change.key,
            "what": change.what,
            "excess": change.excess,
        }
        who = (change.consumer,) if change.consumer else ()
        yield Subject("live", f"live:{change.kind}:{change.consumer}:{change.key}", facts, ledger, 1, None, who)
