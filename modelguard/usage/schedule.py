"""Schedules as activity: how often a cron expression starts something in each hour (UTC).

Five fields (minute, hour, day of month, month, day of week) with `*`, lists, ranges, steps and English names, and @hourly,
@daily, @midnight, @weekly, @monthly; where both days are restricted, either may match (POSIX crontab(5)).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from modelguard.errors import InputError
from modelguard.usage.signals import Signal

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def signals_of_schedule(consumer: str, cron: str, days: Sequence[str]) -> list[Signal]:
    """A signal a day: runs an hour. Raises InputError for what is no cron expression."""
    minutes, hours, of_month, months, of_week = _parsed(cron)
    rows = []
    fields = MACROS.get(cron.strip(), cron).split()
    either = fields[2] != "*" and fields[4] != "*"
    for day in days:
        on = date.fromisoformat(day)
        month_day, week_day = on.day in of_month, on.isoweekday() % 7 in of_week
        starts = on.month in months and (month_day or week_day if either else month_day and week_day)
        runs = [float(len(minutes)) if starts and hour in hours else 0.0 for hour in range(24)]
        rows.append(Signal(day, consumer, "scheduled runs", tuple(runs)))
    return rows


def _parsed(cron: str) -> list[set[int]]:
    fields = MACROS.get(cron.strip(), cron).lower().split()
    if len(fields) != 5:
        raise InputError(f'"{cron}" is no cron expression of five fields')
    found = []
    for position, (field, (low, high)) in enumerate(zip(fields, RANGES, strict=True)):
        names = MONTHS if position == 3 else DAYS if position == 4 else ()
        values = {value for part in field.split(",") for value in _part(part, low, high, names, cron)}
        found.append({value % 7 for value in values} if position == 4 else values)
    return found


def _part(part: str, low: int, high: int, names: Sequence[str], cron: str) -> range:
    body, slash, step = part.partition("/")
    first, dash, last = body.partition("-")

    def number(text: str) -> int:
        if text in names:
            return names.index(text) + (1 if len(names) == 12 else 0)
        if not text.isdecimal() or not low <= int(text) <= high:
            raise InputError(f'"{cron}" is no cron expression: "{part[:20]}" is not between {low} and {high}')
        return int(text)

    if slash and not (step.isdecimal() and int(step)):
        raise InputError(f'"{cron}" is no cron expression: "{part[:20]}" has no step')
    begin, end = (
        (low, high)
        if body in ("*", "?")
        else (number(first), number(last) if dash else high if slash else number(first))
    )
    if end < begin:
        raise InputError(f'"{cron}" is no cron expression: "{part[:20]}" goes backwards')
    return range(begin, end + 1, int(step) if slash else 1)
