"""Hours of work: is a queue open, when does that change, and when will so much time of work have
gone. Pure; times are ms UTC, and no schedule at all (None) is always open.

A queue is open while the clock on its people's wall shows a time within a span of the day. In the
night in which that clock is put back, an hour between two and three is therefore worked twice; in
the one in which it is put forward, not at all. Called by the router, SLA clocks and automatic
answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.model.hours import DAYS, Schedule, Span

_MINUTE_MS = 60_000
_DAY_MS = 24 * 60 * _MINUTE_MS
_EPOCH = date(1970, 1, 1)
#: How far ahead changes are looked for, and the end of a time of work.
CHANGE_WITHIN_MS = 366 * _DAY_MS
DUE_WITHIN_MS = 3 * CHANGE_WITHIN_MS

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """A schedule made ready for questions: see `make_hours`."""

    schedule: Schedule
    zone: ZoneInfo
    #: Of the days from Monday on, in their order.
    week: Sequence[Sequence[Span]]
    exceptions: Mapping[str, Sequence[Span]]
    #: Public holidays by date (yyyy-mm-dd), with their names.
    holidays: Mapping[str, str]


def make_hours(schedule: Schedule, holidays: Mapping[str, str] | None = None) -> Hours:
    week = [_sorted(schedule.week.get(day, ())) for day in DAYS]
    exceptions = {rule.date: _sorted(rule.spans) for rule in schedule.dates}
    return Hours(schedule, ZoneInfo(schedule.time_zone), week, exceptions, holidays or {})


def _sorted(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: span.start)


def is_open(hours: Hours | None, at_ms: int) -> bool:
    if hours is None:
        return True
    day, time = divmod(at_ms + _offset(hours.zone, at_ms), _DAY_MS)
    minute = time / _MINUTE_MS
    return any(span.start <= minute < span.end for span in _spans(hours, day))


def next_change(hours: Hours | None, at_ms: int) -> int:
    """When it closes or opens next after `at_ms`; 0: not within a year."""
    if hours is None:
        return 0
    for start, end in _open_after(hours, at_ms, at_ms + CHANGE_WITHIN_MS):
        if start > at_ms:
            return start
        # Open without end as far as we look: then nothing changes.
        return end if end <= at_ms + CHANGE_WITHIN_MS else 0
    return 0


def add_open_time(hours: Hours | None, from_ms: int, duration_ms: int) -> int:
    """When `duration_ms` of open time will have gone; 0: never, as far as can be seen."""
    if hours is None or duration_ms <= 0:
        return from_ms + max(0, duration_ms)
    left = duration_ms
    for start, end in _open_after(hours, from_ms, from_ms + DUE_WITHIN_MS):
        start = max(start, from_ms)
        if left <= end - start:
            return start + left
        left -= end - start
    return 0


def open_time_between(hours: Hours | None, from_ms: int, until_ms: int) -> int:
    """Open time from the one to the other, in ms; 0 when they stand the other way round."""
    if until_ms <= from_ms:
        return 0
    if hours is None:
        return until_ms - from_ms
    return sum(
        min(end, until_ms) - max(start, from_ms)
        for start, end in _open_after(hours, from_ms, until_ms)
        if start < until_ms
    )


def _open_after(hours: Hours, from_ms: int, until_ms: int) -> Iterator[Interval]:
    """Open intervals that end after `from_ms`, in their order, joined where they touch."""
    held: Interval | None = None
    for start, end in _pieces(hours, from_ms, until_ms):
        if held is not None and start == held[1]:
            held = held[0], end
            continue
        if held is not None and held[1] > from_ms:
            yield held
        held = start, end
    if held is not None and held[1] > from_ms:
        yield held


def _pieces(hours: Hours, from_ms: int, until_ms: int) -> Iterator[Interval]:
    """Open intervals by days of UTC, up to the end of the day in which `until_ms` lies."""
    for day in range(from_ms // _DAY_MS, until_ms // _DAY_MS + 1):
        begin, end = day * _DAY_MS, (day + 1) * _DAY_MS
        before, after = _offset(hours.zone, begin), _offset(hours.zone, end)
        if before == after:
            yield from _pieces_at(hours, begin, end, before)
        else:
            turn = _turn(hours.zone, begin, end, before)
            yield from _pieces_at(hours, begin, turn, before)
            yield from _pieces_at(hours, turn, end, after)


def _pieces_at(hours: Hours, begin: int, end: int, offset: int) -> Iterator[Interval]:
    """Open intervals between two moments during which the zone's offset stays the same."""
    first, last = (begin + offset) // _DAY_MS, (end - 1 + offset) // _DAY_MS
    for day in range(first, last + 1):
        midnight = day * _DAY_MS - offset
        for span in _spans(hours, day):
            start = max(begin, midnight + span.start * _MINUTE_MS)
            stop = min(end, midnight + span.end * _MINUTE_MS)
            if start < stop:
                yield start, stop


def _turn(zone: ZoneInfo, begin: int, end: int, before: int) -> int:
    """The moment at which the offset changes, to the minute (zones change no finer)."""
    low, high = begin // _MINUTE_MS, end // _MINUTE_MS
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * _MINUTE_MS) == before:
            low = middle
        else:
            high = middle
    return high * _MINUTE_MS


def _offset(zone: ZoneInfo, at_ms: int) -> int:
    """What the wall clock is ahead of UTC then, in ms."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)
    ahead = at.utcoffset() or timedelta()
    return (ahead.days * 86_400 + ahead.seconds) * 1000


def _spans(hours: Hours, day: int) -> Sequence[Span]:
    """Of a date, as the number of days since 1970: exception, else holiday, else week."""
    of_week = hours.week[(day + 3) % 7]
    if not hours.exceptions and not hours.holidays:
        return of_week
    name = (_EPOCH + timedelta(days=day)).isoformat()
    if name in hours.exceptions:
        return hours.exceptions[name]
    return () if name in hours.holidays else of_week
