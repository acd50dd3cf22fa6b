"""Names in logs to consumers of the graph: by exact name, then alias or pattern, then a unique match of words (likely).

A log's name may be several, best first, joined by `|`: a tag, an inference profile, an identity's ARN. A session of an
assumed role is called like the Lambda function that has it, so sessions are tried before roles. What maps to none keeps
its own name: the role's, as sessions come and go. Credentials that stand for a name are cut to a fingerprint.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modelguard.usage.rollup import match_consumers

_ASSUMED = re.compile(r"arn:aws[a-z-]*:sts::(\d*):assumed-role/([^/]+)/(.+)\Z")
_ENTITY = re.compile(r"arn:aws[a-z-]*:iam::(\d*):(?:user|role)/(?:.*/)?([^/]+)\Z")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z-]+:[a-z0-9-]*:(\d*):[a-z-]+[/:](.+)\Z")
_SECRET = re.compile(r"(?:sk|pk|key|Bearer)[-_ ].{16,}\Z", re.IGNORECASE)
_DIGEST = re.compile(r"[0-9a-f]{40,128}\Z")
SHOWN = 5
"""How many logged names the rollup's header lists for one rule."""


@dataclass(frozen=True, slots=True)
class Known:
    """A consumer that names may map to. `account` is the infrastructure's own word for it."""

    name: str
    aliases: tuple[str, ...] = ()
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a logged name stands for. `how` says by which rule; "" where it maps to none."""

    logged: str
    consumer: str
    how: str = ""
    certainty: str = ""
    account: str | None = None


def candidates(who: str) -> list[str]:
    """The names within a logged one, best first."""
    found: list[str] = []
    for part in who.split("|"):
        assumed, entity, arn = _ASSUMED.match(part), _ENTITY.match(part), _ARN.match(part)
        if assumed:
            found += [assumed[3], assumed[2]]
        elif entity:
            found.append(entity[2])
        elif arn:
            found += [part, arn[2]]
        elif part:
            found.append(part)
    return [_without_secret(name) for name in dict.fromkeys(found)]


def _without_secret(name: str) -> str:
    if _DIGEST.match(name):
        return f"key-{name[:12]}"
    if _SECRET.match(name):
        return f"key-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return name


def own_name(who: str) -> str:
    """What an unmapped name is called: the role of a session, else the best there is."""
    assumed = _ASSUMED.match(who)
    if assumed:
        return assumed[2]
    return next(iter(candidates(who)), "(no name)")[:200]


def resolve(whos: Iterable[str], consumers: Sequence[Known]) -> dict[str, Named]:
    """Every logged name with whom it stands for."""
    listed = sorted(set(whos))
    parts = {who: candidates(who) for who in listed}
    by_name: dict[str, list[Known]] = {}
    for known in consumers:
        by_name.setdefault(known.name, []).append(known)
    # The same consumer of several stages is one to map to.
    pairs = [(name, tuple(sorted({a for k in each for a in k.aliases}))) for name, each in by_name.items()]
    matched = match_consumers(sorted({p for names in parts.values() for p in names}), pairs)
    found = {}
    for who in listed:
        best = next((p for p in parts[who] if matched.get(p, ("", ""))[1] == "certain"), None)
        best = best or next((p for p in parts[who] if p in matched), None)
        if best is None:
            found[who] = Named(own_name(who), own_name(who))
            continue
        consumer, certainty = matched[best]
        accounts = {k.account for k in by_name[consumer]}
        account = next(iter(accounts)) if len(accounts) == 1 else None
        how = "its name" if best == consumer else "the same words" if certainty == "likely" else "an alias"
        found[who] = Named(best, consumer, how, certainty, account)
    return found
