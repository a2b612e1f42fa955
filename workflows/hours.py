"""The hour of a day until which something is in time: of a duty, or of a shift. Pure.

Without an hour a due date means the end of that day, which is also what 24:00 says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

_HOUR = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_DAY = timedelta(days=1)


def read_hour(text: str) -> time | None:
    """Return the time of day that is written; None for the end of the day, and for anything else."""
    found = _HOUR.fullmatch(text.strip())
    if not found or int(found[1]) > 23:
        return None
    return time(int(found[1]), int(found[2]))


def is_hour(text: str) -> bool:
    """Tell whether a text is an hour of a day: 17:00, 24:00."""
    found = _HOUR.fullmatch(text.strip())
    return bool(found) and (int(found[1]) < 24 or found[2] == "00") if found else False


def shifted(shifts: Mapping[str, str]) -> dict[str, tuple[int, time | None]]:
    """Return shift -> (how many days after the day of the shift it ends, until what time).

    shifts: in their order over the day, name -> until when, empty = the end of the day. One that ends no later than the one
    before it ends on the following day.
    """
    found: dict[str, tuple[int, time | None]] = {}
    days, before = 0, timedelta()
    for name, until in shifts.items():
        hour = read_hour(until)
        length = timedelta(hours=hour.hour, minutes=hour.minute) if hour else _DAY
        if until and found and length <= before:
            days += 1
        before = length if until else before
        found[name] = (days, hour)
    return found


def hour_of(hour: time | None, shifts: Mapping[str, str], called: str) -> time | None:
    """Return the hour of an instance. called: what it is called, which ends with its shift where it has one."""
    name = called.removesuffix("）").rpartition(" ")[2]
    if shifts and name in shifts:
        return shifted(shifts)[name][1]
    return hour


def day_counted(moment: datetime, hour: time | None) -> date:
    """Return the local day as which a moment counts against a due date: after the hour it is the next one. moment: local."""
    return moment.date() + _DAY if hour is not None and moment.time() >= hour else moment.date()
