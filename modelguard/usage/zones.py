"""Times without an offset in a declared zone to UTC, by distinct hours: the database needs to know no zones.

An hour that the clock shows twice when summer time ends can't be told apart: it is taken as the first one, counted and
said. An hour that the clock skips when summer time starts can't be: it is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from modelguard.errors import InputError
from modelguard.usage.events import Table
from modelguard.usage.warehouse import Warehouse


def zone_of(name: str) -> ZoneInfo:
    """The zone of this IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(f'"{name}" is no time zone;', hint="names are like Europe/Berlin") from error


def offset_of(hour: datetime, zone: ZoneInfo) -> tuple[timedelta, str]:
    """The offset from UTC at a wall-clock hour, and "" or "twice" or "never" where summer time starts or ends."""
    first, second = hour.replace(tzinfo=zone), hour.replace(tzinfo=zone, fold=1)
    offset = first.utcoffset() or timedelta()
    if offset == second.utcoffset():
        return offset, ""
    back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return offset, "twice" if back == hour else "never"


def to_utc(warehouse: Warehouse, table: Table, name: str | None) -> tuple[Table, list[str]]:
    """The events with times that had no offset taken as wall-clock time in the zone (UTC by default), and what to say."""
    import ibis

    hour = table["at"].truncate("h")
    counted = table.group_by(hour=ibis.ifelse(table.naive, hour, None)).aggregate(n=lambda t: t.count())
    rows = warehouse.connection.to_pyarrow(counted).to_pylist()
    wanting = sum(row["n"] for row in rows if row["hour"] is not None)
    said = []
    if wanting and wanting < sum(row["n"] for row in rows):
        said.append(f"{wanting:,} times have no offset, others have; those without are taken as {name or 'UTC'}")
    if name is None or not wanting:
        return table, said
    zone = zone_of(name)
    offsets, twice = [], 0
    for row in rows:
        if row["hour"] is None:
            continue
        offset, odd = offset_of(row["hour"], zone)
        if odd == "never":
            raise InputError(f"{row['n']:,} rows are of {row['hour']:%Y-%m-%d %H:00}, an hour that {name} skipped")
        twice += row["n"] if odd == "twice" else 0
        offsets.append({"hour": row["hour"], "seconds": int(offset.total_seconds())})
    if twice:
        said.append(f"{twice:,} rows are of an hour that {name} has twice; they count as the first")
    known = warehouse.small(offsets, {"hour": "timestamp(6)", "seconds": "int64"})
    shifted = table.mutate(hour=ibis.ifelse(table.naive, hour, None)).left_join(known, "hour")
    shifted = shifted.mutate(at=shifted["at"] - shifted.seconds.fill_null(0).as_interval("s"))
    return shifted.select(*table.columns), said
