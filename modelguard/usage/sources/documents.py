"""What sources of counts share: JSON documents, times and amounts, each refused with its place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from modelguard.errors import InputError

_SLASHED = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)(?:[ T](.*))?\Z")
_FRACTION = re.compile(r"(\.\d{6})\d+")


def json_of(data: bytes, path: str) -> Any:
    """A JSON document. Raises InputError for what is none."""
    import msgspec

    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"not JSON: {error}; nothing was imported", path=path) from error


def moment_of(value: Any, path: str, where: str, line: int | None = None) -> datetime:
    """A time as UTC without a zone: ISO 8601, YYYY/MM/DD HH:MM:SS, or a number of seconds, milli-, micro- or nanoseconds.

    A time without an offset is UTC.
    """
    place = f"{where}: " if where else ""
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        if isinstance(value, int | float) or re.fullmatch(r"\d{10,19}(\.\d+)?", str(value).strip()):
            return _epoch(float(value))
        text = _FRACTION.sub(r"\1", str(value).strip())
        slashed = _SLASHED.match(text)
        if slashed:
            text = f"{slashed[1]}-{int(slashed[2]):02d}-{int(slashed[3]):02d}T{slashed[4] or '00:00:00'}"
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(f"{place}not a time; nothing was imported", path=path or None, line=line) from error
    if found.tzinfo is not None:
        found = found.astimezone(UTC).replace(tzinfo=None)
    if not 2015 <= found.year < 2100:
        raise InputError(f"{place}a time in the year {found.year}", path=path or None, line=line)
    return found


def _epoch(value: float) -> datetime:
    unit = 1.0 if value < 1e11 else 1e3 if value < 1e14 else 1e6 if value < 1e17 else 1e9
    return datetime.fromtimestamp(value / unit, UTC).replace(tzinfo=None)


def amount(value: Any, path: str, where: str, line: int | None = None) -> float:
    """A number of zero or more."""
    try:
        found = float(str(value).strip().replace(",", "")) if not isinstance(value, bool) else -1.0
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e18:
        raise InputError(f"{where}: not a number of zero or more; nothing was imported", path=path, line=line)
    return found


def count(value: Any, path: str, where: str, line: int | None = None) -> int | None:
    """A whole number of zero or more, None for nothing."""
    if value is None or value == "":
        return None
    found = amount(value, path, where, line)
    if found != int(found):
        raise InputError(f"{where}: not a whole number; nothing was imported", path=path, line=line)
    return int(found)


def usd(value: Any, path: str, where: str, line: int | None = None) -> Decimal | None:
    """An amount of money, exact; None for nothing."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value).strip().removeprefix("$").replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise InputError(f"{where}: not an amount of money; nothing was imported", path=path, line=line)
    return found
