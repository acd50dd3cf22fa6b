"""Keys by their fingerprint: SHA-256 of the key, as LiteLLM itself keeps keys in its database and logs.

A key is long and random (NEW_BYTES), so its fingerprint can't be turned back; one that a person made up can, so
short ones are refused. modelguard-keys.yaml lists fingerprints only and may be committed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date

from modelguard.errors import InputError
from modelguard.schemas.load import read_yaml

FILE = "modelguard-keys.yaml"
PREFIX = "sk-mg-"
NEW_BYTES = 32
MIN_LENGTH = 20
_SHAPE = re.compile(r"sha256:[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key of the file: whose it is, None for an administrator's. Selectors are None where they are not given."""

    fingerprint: str
    consumer: str | None
    alias: str = ""
    expires: date | None = None
    account: str | None = None
    stage: str | None = None


def fingerprint(key: str) -> str:
    """`sha256:` and the digest of a key's UTF-8 bytes."""
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def new_key() -> str:
    """A fresh key of 256 random bits. Whoever asks for it must not print it."""
    return PREFIX + secrets.token_urlsafe(NEW_BYTES)


def parse_keys(data: bytes, path: str = FILE) -> tuple[KeyEntry, ...]:
    """The keys of a file. Raises InputError with path, line and column for anything that is not valid."""
    values, _ = read_yaml(data, path, "keys")
    found = []
    for entry in values.get("keys") or []:
        if not _SHAPE.match(entry["fingerprint"]):
            raise InputError("a fingerprint is `sha256:` and 64 hex digits; a key itself must not be here", path=path)
        if ("consumer" in entry) == bool(entry.get("admin")):
            raise InputError("a key is a consumer's or an administrator's: give consumer or admin: true", path=path)
        found.append(
            KeyEntry(
                fingerprint=entry["fingerprint"],
                consumer=entry.get("consumer"),
                alias=entry.get("alias", ""),
                expires=date.fromisoformat(entry["expires"]) if "expires" in entry else None,
                account=entry.get("account"),
                stage=entry.get("stage"),
            )
        )
    return tuple(found)
