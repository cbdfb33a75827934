"""Hours of work: when a queue is open, in the time zone of its people."""

from __future__ import annotations

from typing import Literal

import msgspec

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Span(msgspec.Struct, frozen=True):
    """Minutes after midnight by the wall clock; `end` 1440 is midnight. `end` ≤ `start` is
    refused: hours over midnight are two spans.
    """

    start: int
    end: int


class DateRule(msgspec.Struct, frozen=True, kw_only=True):
    """An exception: on this date (yyyy-mm-dd) only these spans; none: closed."""

    date: str
    name: str = ""
    spans: list[Span] = []


class Schedule(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Weekly hours, public holidays of a country (ISO 3166, "" none) and exceptions by date. An
    exception goes before a holiday, a holiday before the week.
    """

    id: str
    v: int = 1
    name: str
    time_zone: str = "UTC"
    week: dict[Day, list[Span]] = {}
    holidays_country: str = ""
    holidays_region: str = ""
    dates: list[DateRule] = []
    created_at: int = 0
