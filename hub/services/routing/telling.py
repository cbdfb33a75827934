"""Tells how queues stand: their numbers to colleagues, at most once a second for each queue, and to
those who wait their place and how long it may take, at most every ten seconds. Used by a room.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec

from hub.clock import Clock
from hub.model.board import Alert, QueueState
from hub.model.conversation import Conversation, in_line
from hub.model.events import LineChanged, QueueChanged
from hub.model.ids import local, workspace_of
from hub.model.message import Message
from hub.model.routing import FULL, Queue, Routing
from hub.ports.bus import Bus
from hub.services.queue_book import QueueBook
from hub.services.routing.floor import Floor
from hub.services.routing.today import Pace, Today

_TELL_MS = 10_000
#: Whoever loaded the page anew is told again.
_REMIND_MS = 20_000
#: Numbers are told again so often although nothing changed: hubs that came later know them too.
_REPEAT_MS = 15_000


class Told(msgspec.Struct, frozen=True):
    """What somebody who waits was told last."""

    place: int
    at: int
    conversation: Conversation


class Telling:
    def __init__(self, floor: Floor, today: Today, book: QueueBook, bus: Bus, clock: Clock) -> None:
        self._floor = floor
        self._today = today
        self._book = book
        self._bus = bus
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)
        self._told: dict[str, Told] = {}
        #: Queues with people who are to be told their place.
        self._moved: set[str] = set()
        self._repeated_at = clock.now_ms()

    def touch_all(self) -> None:
        self._floor.touched.update(self._floor.queue_ids())

    def line(self, message: Message, now: int) -> None:
        """A line of the timeline was written."""
        if self._today.note(message, now):
            self._floor.touched.add(f"{workspace_of(message.id)}.{message.details['queue_id']}")

    def assigned(self, queue_id: str, entered_at: int, now: int) -> None:
        self._paces[queue_id].assigned(now, entered_at)

    def tick(self, now: int) -> None:
        if self._today.turn(now) or now - self._repeated_at >= _REPEAT_MS:
            self._repeated_at = now
            self.touch_all()
        touched, self._floor.touched = self._floor.touched, set()
        waiting = self._waiting()
        for queue_id in touched:
            queue = self._floor.queue(queue_id)
            if queue is not None:
                state = self._state(queue, waiting.get(queue_id, []), now)
                self._bus.publish(workspace_of(queue_id), QueueChanged(queue=state))
        self._moved |= touched
        self._moved = {id for id in self._moved if self._tell_places(id, now)}
        for id in [id for id in self._told if id not in self._floor.lines]:
            served = self._told.pop(id).conversation
            self._bus.publish(workspace_of(id), LineChanged(conversation=served, place=0))

    def _waiting(self) -> dict[str, list[Routing]]:
        """Everybody in line, by queue."""
        found: defaultdict[str, list[Routing]] = defaultdict(list)
        for one in self._floor.lines.values():
            waiting = in_line(one)
            if waiting is not None:
                found[waiting.queue_id].append(waiting)
        return found

    def _tell_places(self, queue_id: str, now: int) -> bool:
        """Whether somebody is still to be told, as they were told something a moment ago."""
        is_left = False
        for place, id in enumerate(self._floor.line(queue_id), start=1):
            last, wait_s = self._told.get(id), self._paces[queue_id].wait_s(place)
            if last is not None and last.place == place and now - last.at < _REMIND_MS:
                continue
            if last is not None and now - last.at < _TELL_MS:
                is_left = True
                continue
            known = self._floor.lines.get(id)
            if known is not None:
                self._told[id] = Told(place, now, known)
                event = LineChanged(conversation=known, place=place, wait_s=wait_s)
                self._bus.publish(workspace_of(queue_id), event)
        return is_left

    def _state(self, queue: Queue, lines: list[Routing], now: int) -> QueueState:
        """The queue's numbers."""
        seats = [self._floor.seat(one.agent_id) for one in self._floor.members(queue.id)]
        present = [s for s in seats if s is not None and s.why_not not in ("offline", "away")]
        free = sum(seat.is_ready and seat.load < FULL for seat in present)
        longest = min((waiting.entered_at for waiting in lines), default=0)
        tally = self._today.of(local(queue.id))
        is_open = self._book.is_open(queue, now)
        return QueueState(
            queue_id=queue.id,
            waiting=sum(waiting.state == "waiting" for waiting in lines),
            offered=sum(waiting.state == "offered" for waiting in lines),
            longest_since=longest,
            wait_s=self._paces[queue.id].wait_s(len(lines) + 1),
            agents_available=len(present),
            agents_free=free,
            agents_total=len(seats),
            is_open=is_open,
            offered_today=tally.offered,
            answered_today=tally.answered,
            abandoned_today=tally.abandoned,
            service_level=tally.service_level(),
            asa_s=tally.asa_s(),
            alerts=_alerts(queue, len(lines), longest, now, is_manned=bool(present) or not is_open),
        )


def _alerts(queue: Queue, length: int, longest: int, now: int, *, is_manned: bool) -> list[Alert]:
    found: list[Alert] = []
    if queue.alert_length and length > queue.alert_length:
        found.append("length")
    if queue.alert_wait_s and longest and now - longest > queue.alert_wait_s * 1000:
        found.append("wait")
    if length and not is_manned:
        found.append("nobody")
    return found
