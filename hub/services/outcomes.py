"""Messages whose answer was lost: the vendor is asked what became of them, for ten minutes, before
they stand as unknown before a person (R-05). Nothing is ever sent again from here.

Called by the outbox (`ask_until`, `ask`) and by the owner of lanes (`take_up`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import HubError
from hub.model.ids import lane_partition
from hub.model.message import Message
from hub.ports.channel import OutboundMessage, Reconciles
from hub.ports.collections import MESSAGES, OUTBOX
from hub.ports.inbound import DeliveryReported
from hub.ports.store import DocumentStore, Patch
from hub.services.deliveries import Deliveries
from hub.services.docs import from_doc
from hub.services.inboxes import Inboxes
from hub.services.lane_work import holding
from hub.services.outbox_rows import OutboxRow
from hub.services.timeline import Timeline
from hub.services.timers import Timers
from hub.tasks import Tasks

TIMER = "outcome"
ASK_MS = 600_000
_FIRST_MS = 3_000
_MOST_MS = 60_000
_CALL_TIMEOUT_S = 30.0
_UNKNOWN = {"state": "unknown"}

Compose = Callable[[OutboxRow, Message], Awaitable[OutboundMessage]]
_log = log.get(__name__)


class Outcomes:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        inboxes: Inboxes,
        deliveries: Deliveries,
        compose: Compose,
        timers: Timers,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._inboxes = inboxes
        self._deliveries = deliveries
        self._compose = compose
        self._timers = timers
        self._clock = clock
        self._tasks = tasks
        timers.on(TIMER, self._due)

    def ask_until(self, inbox_id: str) -> int:
        """Until when (ms) this inbox's vendor is asked, 0 when it cannot tell."""
        can_tell = self._inboxes.is_able(inbox_id, Reconciles)
        return self._clock.now_ms() + ASK_MS if can_tell else 0

    async def ask(self, row: OutboxRow) -> None:
        await self._timers.set(TIMER, row.id, self._clock.now_ms() + _FIRST_MS)

    @property
    def kind(self) -> str:
        return "outcomes"

    async def take_up(self, lanes: Sequence[int]) -> None:
        """Ask on about the rows of lanes that have become ours."""
        for lane in await holding(self._store, OUTBOX, lanes, _UNKNOWN):
            await self._ask_on(lane)

    async def _ask_on(self, lane: int) -> None:
        after = None
        while True:
            page = await self._store.find(
                OUTBOX, lane_partition(lane), _UNKNOWN, index="unknown", after=after, limit=500
            )
            for doc in page.docs:
                if doc.get("ask_until"):
                    await self.ask(from_doc(OutboxRow, doc))
            after = page.next
            if after is None:
                return

    async def look(self, lane: int, row_id: str = "") -> None:
        """Timers do the rest."""

    def let_go(self, lane: int) -> None:
        """Nothing is kept in memory."""

    def is_busy(self, lane: int) -> bool:
        return False

    async def _due(self, row_id: str) -> None:
        """Ask, off the timers' own task: a vendor may be slow."""
        doc = await self._store.get(OUTBOX, row_id)
        if doc is None or doc["state"] != "unknown" or not doc.get("ask_until"):
            return
        row = from_doc(OutboxRow, doc)
        now = self._clock.now_ms()
        asked_for = now - (row.ask_until - ASK_MS)
        pause = min(max(asked_for, _FIRST_MS), _MOST_MS)
        await self._timers.set(TIMER, row.id, now + pause)
        _ = self._tasks.spawn(f"outcome {row.id}", self._ask(row))

    async def _ask(self, row: OutboxRow) -> None:
        try:
            report = await self._told(row)
            if report is not None:
                await self._settle(row, report)
            if self._clock.now_ms() >= row.ask_until:
                await self._give_up(row)  # nothing to give up where it was settled
        except HubError as fault:
            _log.info("an outcome is still unknown", error=fault, row=row.id)

    async def _told(self, row: OutboxRow) -> DeliveryReported | None:
        adapter: object = self._inboxes.adapter(row.inbox_id)
        doc = await self._store.get(MESSAGES, row.message_id)
        if doc is None or not isinstance(adapter, Reconciles):
            return None
        outbound = await self._compose(row, from_doc(Message, doc))
        try:
            async with asyncio.timeout(_CALL_TIMEOUT_S):
                return await adapter.outcome(outbound)
        except (HubError, TimeoutError) as fault:
            _log.info("a vendor cannot tell now", error=fault, row=row.id)
            return None

    async def _settle(self, row: OutboxRow, report: DeliveryReported) -> None:
        inbox = self._inboxes.get(row.inbox_id)
        if inbox is not None:
            ours = msgspec.structs.replace(report, message_id=row.message_id)
            await self._deliveries.report(inbox, ours)

    async def _give_up(self, row: OutboxRow) -> None:
        """From now on a person decides."""
        stands = await self._store.patch(
            OUTBOX,
            row.id,
            Patch(set={"ask_until": 0}),
            expect={"state": "unknown", "ask_until": {"$gt": 0}},
        )
        if stands is not None:
            await self._timeline.set_delivery(row.message_id, "unknown", reason="outcome_unknown")
