"""Hours of work as a workspace sets them up. What they mean is `hub.services.hours`. Called by
handlers.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import msgspec

from hub.clock import Clock
from hub.errors import BadInput, Conflict
from hub.model.hours import DateRule, Schedule, Span
from hub.model.ids import new_id
from hub.ports.bus import Bus
from hub.ports.collections import SCHEDULES
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, one_line, to_doc
from hub.services.named import Named, a_name
from hub.services.public_holidays import PublicHolidays
from hub.services.queue_book import QueueBook
from hub.services.workspaces import Workspaces, check_zone

MAX_SCHEDULES = 200
_DAY_MINUTES = 24 * 60


class Schedules:
    """The only writer of schedules."""

    def __init__(
        self,
        store: DocumentStore,
        workspaces: Workspaces,
        book: QueueBook,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self._book = book
        self._holidays: PublicHolidays = book.holidays
        self._clock = clock
        self._named = Named(
            store, workspaces, bus, clock, SCHEDULES, most=MAX_SCHEDULES, changed=book.refresh
        )

    async def all(self, workspace: str) -> list[Schedule]:
        """By name."""
        return [from_doc(Schedule, doc) for doc in await self._named.all(workspace)]

    async def create(self, workspace: str, settings: dict[str, Any]) -> Schedule:
        """`settings` are the fields of a `Schedule` but its id. Raises `BadInput`."""
        schedule = Schedule(id=new_id(workspace), created_at=self._clock.now_ms(), **settings)
        schedule = await self._checked(schedule)
        await self._named.create(workspace, to_doc(schedule))
        return schedule

    async def save(self, workspace: str, schedule_id: str, settings: dict[str, Any]) -> Schedule:
        fields = to_doc(await self._checked(Schedule(id=schedule_id, **settings)))
        for kept in ("_id", "v", "created_at"):
            del fields[kept]
        return from_doc(Schedule, await self._named.save(workspace, schedule_id, fields))

    async def delete(self, workspace: str, schedule_id: str) -> Schedule:
        """Raises `Conflict` while a queue keeps these hours."""
        schedule = from_doc(Schedule, await self._named.require(workspace, schedule_id))
        for queue in self._book.queues(workspace):
            if queue.schedule_id == schedule_id:
                told = f"The queue {queue.name} keeps these hours; change that first."
                raise Conflict(told, "in_use")
        await self._named.delete(workspace, schedule_id)
        return schedule

    async def _checked(self, schedule: Schedule) -> Schedule:
        check_zone(schedule.time_zone)
        for day, spans in schedule.week.items():
            _check_spans(spans, f"week.{day}")
        dates = [_checked_date(rule, f"dates.{n}") for n, rule in enumerate(schedule.dates)]
        if len({rule.date for rule in dates}) != len(dates):
            raise BadInput("A date stands here twice.", "dates", "date_twice")
        country = schedule.holidays_country.strip().upper()
        region = schedule.holidays_region.strip() if country else ""
        if country:
            await self._check_country(country, region)
        return msgspec.structs.replace(
            schedule,
            name=a_name(schedule.name),
            dates=sorted(dates, key=lambda rule: rule.date),
            holidays_country=country,
            holidays_region=region,
        )

    async def _check_country(self, country: str, region: str) -> None:
        known = await self._holidays.countries()
        if country not in known:
            told = "No holidays are known of this country; use two letters like PL or TR."
            raise BadInput(told, "holidays_country", "country")
        if region and region not in known[country]:
            choice = ", ".join(known[country][:80]) or "none"
            told = f"There is no such region in this country; choose among: {choice}."
            raise BadInput(told, "holidays_region", "region")


def _check_spans(spans: list[Span], field: str) -> None:
    for span in spans:
        if not 0 <= span.start < span.end <= _DAY_MINUTES:
            told = "Hours begin before they end, within one day; past midnight is the next day's."
            raise BadInput(told, field, "span")
    for one, after in pairwise(sorted(spans, key=lambda span: span.start)):
        if after.start < one.end:
            raise BadInput("Two of these hours overlap.", field, "overlap")


def _checked_date(rule: DateRule, field: str) -> DateRule:
    try:
        day = date.fromisoformat(rule.date).isoformat()
    except ValueError:
        told = "This is not a date; one looks like 2026-12-24."
        raise BadInput(told, f"{field}.date", "date") from None
    _check_spans(rule.spans, f"{field}.spans")
    return msgspec.structs.replace(rule, date=day, name=one_line(rule.name, 120))
