"""What the store tells of the hub's health: rows waiting, the oldest of them, unclear outcomes,
inboxes' last traffic.

Counted over all lanes and workspaces, at most every 15 seconds. Called by `hub.web.metrics`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec

from hub.clock import Clock
from hub.model.ids import LANES, lane_partition
from hub.model.inbox import Inbox, InboxHealth
from hub.ports.collections import INBOX_HEALTH, INBOXES, JOURNAL, OUTBOX
from hub.ports.store import Coll, Doc, DocumentStore
from hub.services.docs import from_doc
from hub.services.hold import is_held

KEEP_S = 15.0
UNFINISHED = ("queued", "retry", "sending")


class InboxSigns(msgspec.Struct, frozen=True, kw_only=True):
    channel: str
    inbox: str
    is_connected: bool
    last_in_at: int
    last_out_at: int


class VitalSigns(msgspec.Struct, frozen=True, kw_only=True):
    """Ages are in seconds, 0 when nothing waits."""

    outbox: dict[str, int]
    outbox_overdue_s: float
    journal_waiting: int
    journal_oldest_s: float
    is_outbound_held: bool
    inboxes: list[InboxSigns]


class VitalSignsReader:
    """Asks the store, and not too often."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._last: VitalSigns | None = None
        self._read_at = 0.0

    async def read(self) -> VitalSigns:
        """Raises `Unavailable`."""
        now = self._clock.monotonic()
        if self._last is None or now - self._read_at > KEEP_S:
            self._last = await self._ask()
            self._read_at = now
        return self._last

    async def _ask(self) -> VitalSigns:
        now = self._clock.now_ms()
        counts = dict.fromkeys((*UNFINISHED, "unknown"), 0)
        due, at, waiting = now, now, 0
        for lane in map(lane_partition, range(LANES)):
            due = min(due, await self._oldest(OUTBOX, lane, "unfinished", "due_at", now))
            at = min(at, await self._oldest(JOURNAL, lane, "waiting", "at", now))
            waiting += await self._store.count(JOURNAL, lane, {"state": "new"})
            for state in counts:
                counts[state] += await self._store.count(OUTBOX, lane, {"state": state})
        return VitalSigns(
            outbox=counts,
            outbox_overdue_s=(now - due) / 1000,
            journal_waiting=waiting,
            journal_oldest_s=(now - at) / 1000,
            is_outbound_held=await is_held(self._store),
            inboxes=[signs async for signs in self._inboxes()],
        )

    async def _oldest(self, coll: Coll, lane: str, index: str, field: str, now: int) -> int:
        where = {"state": {"$in": list(UNFINISHED)}} if coll is OUTBOX else {"state": "new"}
        page = await self._store.find(coll, lane, where, index=index, limit=1)
        return int(page.docs[0][field]) if page.docs else now

    async def _inboxes(self) -> AsyncIterator[InboxSigns]:
        health = {doc["_id"]: from_doc(InboxHealth, doc) async for doc in self._all(INBOX_HEALTH)}
        async for doc in self._all(INBOXES):
            inbox = from_doc(Inbox, doc)
            known = health.get(inbox.id, InboxHealth(id=inbox.id))
            yield InboxSigns(
                channel=inbox.channel,
                inbox=inbox.id,
                is_connected=known.state == "connected",
                last_in_at=known.last_in_at,
                last_out_at=known.last_out_at,
            )

    async def _all(self, coll: Coll) -> AsyncIterator[Doc]:
        after: str | None = None
        while True:
            page = await self._store.dump(coll, after, 500)
            for doc in page.docs:
                yield doc
            if (after := page.next) is None:
                return
