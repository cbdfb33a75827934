"""Work for later, kept in the store: the end of a snooze, an e-mail to a visitor who left.

`<lane>.<kind>.<subject>` is the id, so setting a timer again moves it. Handlers may run twice after
a crash and must be safe to repeat. Any hub sets them, the owner of their lane runs them.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.ids import lane_in, lane_of, lane_partition
from hub.ports.collections import TIMERS
from hub.ports.store import DocumentStore, Insert, Op, Patch, PatchOp, Where
from hub.services.lane_work import Alone, Share, holding

Handler = Callable[[str], Awaitable[None]]
_RETRY_MS = 10_000
#: What is due later than that is looked for later: lanes are looked at more often.
_SOON_MS = 120_000
_IDLE_S = 1.0

_log = log.get(__name__)


def _timer_id(kind: str, subject: str) -> str:
    return f"{lane_partition(lane_of(subject))}.{kind}.{subject}"


class Timers:
    """One heap in memory over the rows in the store; `handlers` by kind are registered before
    `start`.
    """

    def __init__(self, store: DocumentStore, clock: Clock, share: Share | None = None) -> None:
        self._store = store
        self._clock = clock
        self._share = share or Alone()
        self._firing = ""
        self._handlers: dict[str, Handler] = {}
        self._heap: list[tuple[int, str]] = []
        self._wake = asyncio.Event()

    def on(self, kind: str, handler: Handler) -> None:
        """`handler(subject)` runs when a timer of this kind is due."""
        self._handlers[kind] = handler

    def set_ops(self, kind: str, subject: str, due_at: int) -> list[Op]:
        """Rows to write with the command that wants the timer; call `notice` once they are
        committed.
        """
        id = _timer_id(kind, subject)
        row = {"_id": id, "kind": kind, "subject": subject, "due_at": due_at}
        return [
            Insert(TIMERS, row, or_ignore=True),
            PatchOp(TIMERS, id, Patch(set={"due_at": due_at}), required=False),
        ]

    def notice(self, kind: str, subject: str, due_at: int) -> None:
        id = _timer_id(kind, subject)
        if self._share.owns(lane_in(id)):
            self._push(due_at, id)
        else:
            self._share.wake(self.kind, lane_in(id), id)

    def _push(self, due_at: int, id: str) -> None:
        heapq.heappush(self._heap, (due_at, id))
        self._wake.set()

    async def set(self, kind: str, subject: str, due_at: int) -> None:
        await self._store.apply(self.set_ops(kind, subject, due_at))
        self.notice(kind, subject, due_at)

    @property
    def kind(self) -> str:
        return "timers"

    async def take_up(self, lanes: Sequence[int]) -> None:
        """All timers of lanes that have become ours."""
        for lane in await holding(self._store, TIMERS, lanes, {}):
            await self._read(lane, {})

    async def look(self, lane: int, row_id: str = "") -> None:
        """Another hub may have set timers for us: this one, or any that is due soon."""
        if row_id:
            doc = await self._store.get(TIMERS, row_id)
            if doc is not None:
                self._push(doc["due_at"], row_id)
        else:
            await self._read(lane, {"due_at": {"$lt": self._clock.now_ms() + _SOON_MS}})

    async def _read(self, lane: int, where: Where) -> None:
        after = None
        known = set(self._heap)
        while True:
            page = await self._store.find(
                TIMERS, lane_partition(lane), where, index="by_due", after=after, limit=500
            )
            for doc in page.docs:
                if (doc["due_at"], doc["_id"]) not in known:
                    self._push(doc["due_at"], doc["_id"])
            after = page.next
            if after is None:
                return

    def let_go(self, lane: int) -> None:
        """Its timers are another hub's."""
        self._heap = [entry for entry in self._heap if lane_in(entry[1]) != lane]
        heapq.heapify(self._heap)

    def is_busy(self, lane: int) -> bool:
        return bool(self._firing) and lane_in(self._firing) == lane

    async def run(self) -> None:
        """Run what is due, for ever."""
        while True:
            await self.run_due()
            self._wake.clear()
            try:
                async with asyncio.timeout(_IDLE_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def run_due(self) -> None:
        """Run what is due now."""
        while self._heap and self._heap[0][0] <= self._clock.now_ms():
            due_at, id = heapq.heappop(self._heap)
            if self._share.owns(lane_in(id)):
                self._firing = id
                await self._fire(due_at, id)
                self._firing = ""

    async def _fire(self, due_at: int, id: str) -> None:
        try:
            doc = await self._store.get(TIMERS, id)
            if doc is None or doc["due_at"] > due_at:
                return  # done, or moved: a later entry of the heap stands for it
            handler = self._handlers.get(doc["kind"])
            if handler is not None:
                await handler(doc["subject"])
            await self._store.delete(TIMERS, id, version=doc["v"])
        except Unavailable:
            heapq.heappush(self._heap, (self._clock.now_ms() + _RETRY_MS, id))
        except Exception as fault:  # noqa: BLE001 - one timer must not stop the others
            _log.error("a timer failed", error=fault, timer=id)
            await self._postpone(id)

    async def _postpone(self, id: str) -> None:
        due_at = self._clock.now_ms() + 6 * _RETRY_MS
        try:
            await self._store.patch(TIMERS, id, Patch(set={"due_at": due_at}))
        except Unavailable as fault:
            _log.warning("a timer could not be postponed", error=fault, timer=id)
        heapq.heappush(self._heap, (due_at, id))
