"""Where hours, days, weeks and months begin by the clock on the wall of a zone. Pure; called by
`report`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.errors import BadInput
from hub.services.reports.grains import HOUR_MS

Step = Literal["hour", "day", "week", "month"]
_MOST_POINTS = 800


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("this is not a time zone; one looks like Europe/Warsaw", "zone") from None


def borders(start: int, end: int, step: Step, zone: ZoneInfo) -> list[int]:
    """Beginnings of the steps that [start, end) touches, and the end of the last. A day may have
    23 or 25 hours. Raises `BadInput` when they would be too many to be drawn.
    """
    found = [_floor(start, step, zone)]
    while found[-1] < end:
        if len(found) > _MOST_POINTS:
            raise BadInput("that is too fine for so long a time: choose longer steps", "step")
        found.append(_next(found[-1], step, zone))
    return found


def local_time(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / 1000, zone)


def _floor(at: int, step: Step, zone: ZoneInfo) -> int:
    moment = local_time(at, zone)
    if step == "hour":
        return at - (moment.minute * 60 + moment.second) * 1000 - at % 1000
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if step == "week":
        day -= timedelta(days=day.weekday())
    if step == "month":
        day = day.replace(day=1)
    return _ms(day)


def _next(start: int, step: Step, zone: ZoneInfo) -> int:
    """Of a beginning; a margin carries it over the longest day, week or month."""
    if step == "hour":
        return start + HOUR_MS
    day = local_time(start, zone) + timedelta(hours=3)  # surely within the first day
    days = {"day": 1, "week": 7}.get(step)
    if days is None:
        first = day.replace(day=1) + timedelta(days=32)
        return _floor(_ms(first), "month", zone)
    return _floor(_ms(day + timedelta(days=days)), "day", zone)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
