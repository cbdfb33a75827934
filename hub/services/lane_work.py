"""Rows of a lane that is another hub's: accepted anywhere, worked off by the lane's owner.

Whoever commits such a row wakes the owner through the bus (`LaneWoken`) and, as the bus may lose
that, marks the lane in one document that every hub reads each second. A lane that is gained is
taken up as at a start; one that is lost is let go. And whatever was forgotten all the same, by a
hub that died between a row and its mark, is found by a slow round over all own lanes.

Used by the journal, the outbox, the timers and media jobs (`Rows`); started by the server.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.events import Event, LaneWoken
from hub.model.ids import LANES, SYS, lane_partition
from hub.ports.bus import Bus
from hub.ports.collections import LEASES
from hub.ports.store import Coll, DocumentStore, Patch, Where
from hub.services.leases import Leases
from hub.tasks import Tasks

#: How often marks are written and read: how late a row of another hub is found without the bus.
EVERY_S = 1.0
#: In how many rounds all own lanes are looked at, woken or not.
ROUNDS = 30
_MARKS = f"{SYS}.woken"

_log = log.get(__name__)


class Rows(Protocol):
    """A kind of rows that stand in lanes."""

    @property
    def kind(self) -> str: ...

    async def take_up(self, lanes: Sequence[int]) -> None:
        """They have become ours: everything unfinished there, as after a crash."""

    async def look(self, lane: int, row_id: str = "") -> None:
        """Other hubs may have added rows: `row_id`, or any."""

    def let_go(self, lane: int) -> None:
        """The lane is another hub's now."""

    def is_busy(self, lane: int) -> bool:
        """Is something of this lane in hand that must come to its end here?"""


class Share(Protocol):
    """What those who work off rows ask: which lanes are ours, and how a row's owner is told."""

    def owns(self, lane: int) -> bool: ...

    def hubs(self) -> int:
        """How many hubs share the work."""

    def is_alone(self) -> bool:
        """Can nobody else have accepted rows a moment ago?"""

    def wake(self, kind: str, lane: int, row_id: str = "") -> None:
        """A row was committed here; its lane is another hub's."""


async def holding(store: DocumentStore, coll: Coll, lanes: Sequence[int], where: Where) -> set[int]:
    """The lanes with rows that match: one question for all, as most have none."""
    held = await store.holding(coll, [lane_partition(lane) for lane in lanes], where)
    return {lane for lane in lanes if lane_partition(lane) in held}


class Alone:
    """The share of a hub that works alone: everything."""

    def owns(self, lane: int) -> bool:
        return True

    def hubs(self) -> int:
        return 1

    def is_alone(self) -> bool:
        return True

    def wake(self, kind: str, lane: int, row_id: str = "") -> None:
        """Nobody else is there."""


class LaneWork:
    """The share of a hub among others: `follow` takes up what earlier runs have left. With others
    `start` comes before that, `run` as a task after it.
    """

    def __init__(
        self, store: DocumentStore, leases: Leases, bus: Bus, clock: Clock, tasks: Tasks
    ) -> None:
        self._store = store
        self._leases = leases
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._rows: dict[str, Rows] = {}
        self._served: defaultdict[str, set[int]] = defaultdict(set)
        self._unmarked: set[str] = set()
        self._marks: dict[str, Any] = {}
        self._round = 0
        self._others: set[str] = set()
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()

    def add(self, rows: Rows) -> None:
        self._rows[rows.kind] = rows

    def owns(self, lane: int) -> bool:
        return self._leases.owns_lane(lane)

    def hubs(self) -> int:
        return 1 + len(self._leases.others)

    def is_alone(self) -> bool:
        return self._leases.is_alone()

    def wake(self, kind: str, lane: int, row_id: str = "") -> None:
        self._unmarked.add(_mark(kind, lane))
        self._bus.publish(SYS, LaneWoken(kind=kind, lane=lane, row_id=row_id))

    def start(self) -> None:
        """From now on follow the leases and the bus."""
        self._bus.subscribe(self._listen)
        self._leases.on_change(self._changed.set)
        self._leases.hold_while(self._is_busy)
        self._changed.set()

    def _is_busy(self, lane: int) -> bool:
        is_served = any(lane in lanes for lanes in self._served.values())
        return is_served or any(rows.is_busy(lane) for rows in self._rows.values())

    def _listen(self, workspace: str, event: Event) -> None:
        if isinstance(event, LaneWoken) and self.owns(event.lane):
            rows = self._rows.get(event.kind)
            if rows is not None and event.lane in self._served[event.kind]:
                look = self._look(rows, event.lane, event.row_id)
                _ = self._tasks.spawn(f"woken {event.kind} {event.lane}", look)

    async def _look(self, rows: Rows, lane: int, row_id: str = "") -> None:
        try:
            await rows.look(lane, row_id)
        except Unavailable as fault:
            _log.warning("a lane could not be looked at", error=fault, lane=lane)

    async def run(self) -> None:
        """For ever; at once after a change of leases, else every second."""
        _ = self._tasks.spawn("lane work tick", self._tick())
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.follow()
                await self.exchange_marks()
                await self._look_around()
            except Unavailable as fault:
                _log.warning("the work in lanes waits for the store", error=fault)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(EVERY_S)
            self._changed.set()

    async def follow(self) -> None:
        """Take up what was gained, let go of what was lost; all of it is done on return."""
        async with self._turn:
            for kind, rows in self._rows.items():
                await self._follow(rows, self._served[kind])

    async def _follow(self, rows: Rows, served: set[int]) -> None:
        ours = {lane for lane in range(LANES) if self.owns(lane)}
        for lane in served - ours:
            served.discard(lane)
            rows.let_go(lane)
        gained = sorted(ours - served)
        if gained:
            served.update(gained)  # first: what comes meanwhile is looked at
            try:
                await rows.take_up(gained)
            except Unavailable:
                served.difference_update(gained)
                raise

    async def exchange_marks(self) -> None:
        """Mark the lanes that others must look at, and look at ours that others marked."""
        unmarked, self._unmarked = self._unmarked, set()
        if unmarked:
            more = Patch(inc={f"n.{mark}": 1 for mark in unmarked})
            try:
                await self._store.patch(LEASES, _MARKS, more, upsert={"_id": _MARKS, "n": {}})
            except Unavailable:
                self._unmarked |= unmarked
                raise
        if self.is_alone() and not self._marks:
            return
        doc = await self._store.get(LEASES, _MARKS)
        known, self._marks = self._marks, dict(doc["n"]) if doc is not None else {}
        for kind, rows in self._rows.items():
            for lane in tuple(self._served[kind]):
                mark = _mark(kind, lane)
                if known.get(mark) != self._marks.get(mark) and self.owns(lane):
                    await rows.look(lane)

    async def _look_around(self) -> None:
        """A few of our lanes each time; all of them when a hub has gone, and its marks with it."""
        others = set(self._leases.others)
        has_gone = not self._others <= others
        if self.is_alone():
            return
        self._round = (self._round + 1) % ROUNDS
        for kind, rows in self._rows.items():
            for lane in tuple(self._served[kind]):
                if (has_gone or lane % ROUNDS == self._round) and self.owns(lane):
                    await rows.look(lane)
        self._others = others


def _mark(kind: str, lane: int) -> str:
    return f"{kind}-{lane:02d}"


class Freshly:
    """Reads a lane so that whatever was committed before the call is known when it returns; those
    who ask while one reads share the next reading.
    """

    def __init__(self, read: Callable[[int], Awaitable[Any]]) -> None:
        self._read = read
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._begun: defaultdict[int, int] = defaultdict(int)
        self._done: defaultdict[int, int] = defaultdict(int)

    async def __call__(self, lane: int) -> None:
        wanted = self._begun[lane] + 1
        async with self._turns[lane]:
            if self._done[lane] >= wanted:
                return
            self._begun[lane] += 1
            number = self._begun[lane]
            await self._read(lane)
            self._done[lane] = number
