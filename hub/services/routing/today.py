"""What has happened in each queue since midnight, and how quickly its line moves: for wallboards
and for what waiting customers are told. Counted from the timeline's lines as they are written;
rebuilt from the stored ones when a router starts. Reports do not come from here.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from hub.model.message import Message
from hub.ports.collections import MESSAGES
from hub.ports.store import DocumentStore
from hub.services.docs import from_docs

#: The three kinds of line that are counted.
_COUNTED = frozenset({"queued", "assigned", "left_line"})
#: How much of the pace is the last gap.
_FRESHNESS = 0.2
_SAMPLES = 3
_PAGE = 500


class Tally(msgspec.Struct):
    """Of one queue."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    in_level: int = 0
    wait_ms: int = 0

    def service_level(self) -> float | None:
        ended = self.answered + self.abandoned
        return self.in_level / ended if ended else None

    def asa_s(self) -> float | None:
        """Average speed of answer."""
        return self.wait_ms / self.answered / 1000 if self.answered else None


class Pace:
    """Smoothed time between assignments of a queue while somebody waits."""

    def __init__(self) -> None:
        self._mean_ms = 0.0
        self._samples = 0
        self._last_at = 0

    def assigned(self, now: int, entered_at: int) -> None:
        since = max(self._last_at, entered_at)
        gap = max(0, now - since)
        self._last_at = now
        self._samples += 1
        share = max(_FRESHNESS, 1 / self._samples)
        self._mean_ms += share * (gap - self._mean_ms)

    def wait_s(self, place: int) -> int | None:
        """For who is at this place (1: next); None before enough is known."""
        if self._samples < _SAMPLES:
            return None
        return round(place * self._mean_ms / 1000)


class Today:
    """Of one workspace, by local queue id."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self._tallies: dict[str, Tally] = {}
        self._starts_at = self._ends_at = 0
        #: While the day is being read, what is written meanwhile; None afterwards.
        self._meanwhile: list[Message] | None = None

    def of(self, queue_id: str) -> Tally:
        return self._tallies.get(queue_id) or Tally()

    async def rebuild(self, store: DocumentStore, workspace: str, now: int) -> None:
        """Count what the timeline has of today."""
        self._meanwhile = []
        start = self._begin(now)
        counted: set[str] = set()
        after = None
        while True:
            page = await store.find(
                MESSAGES,
                workspace,
                {"at": {"$gte": start}, "kind": "activity"},
                index="by_at",
                after=after,
                limit=_PAGE,
            )
            for message in from_docs(Message, page.docs):
                counted.add(message.id)
                self._count(message)
            after = page.next
            if after is None:
                break
        meanwhile, self._meanwhile = self._meanwhile or [], None
        for message in meanwhile:
            if message.id not in counted:
                self._count(message)

    def note(self, message: Message, now: int) -> bool:
        """A line has been written; whether a number moved."""
        if message.activity not in _COUNTED:
            return False
        if self._meanwhile is not None:
            self._meanwhile.append(message)
            return False
        if now >= self._ends_at:
            self._begin(now)
        return self._count(message)

    def turn(self, now: int) -> bool:
        """Has a new day begun?"""
        is_new = self._meanwhile is None and 0 < self._ends_at <= now
        if is_new:
            self._begin(now)
        return is_new

    def _begin(self, now: int) -> int:
        today = datetime.fromtimestamp(now / 1000, self._zone).date()
        start = datetime(today.year, today.month, today.day, tzinfo=self._zone)
        # A day may have 23 or 25 hours: the next midnight is found by its date.
        after = datetime.fromordinal(today.toordinal() + 1).replace(tzinfo=self._zone)
        self._tallies = {}
        self._ends_at = int(after.timestamp() * 1000)
        self._starts_at = int(start.timestamp() * 1000)
        return self._starts_at

    def _count(self, message: Message) -> bool:
        details = message.details
        queue_id = details.get("queue_id", "")
        if not queue_id or message.at < self._starts_at:
            return False
        tally = self._tallies.setdefault(queue_id, Tally())
        match message.activity:
            case "queued":
                tally.offered += 1
            case "assigned" if details.get("waited_ms") or details.get("by") == "routing":
                tally.answered += 1
                tally.wait_ms += details.get("waited_ms", 0)
                tally.in_level += bool(details.get("is_in_level"))
            case "left_line" if details.get("why") == "closed":
                tally.abandoned += 1
            case _:
                return False
        return True
