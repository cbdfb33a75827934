"""Fetches what was missed: after an inbox connects and every quarter of an hour, vendors that list
what they have are asked since the last time; what is known already is passed over by its event id
(R-15).

`run` and `listen` are started by the composition root.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable

from hub import log
from hub.clock import Clock
from hub.errors import HubError
from hub.model.events import Event, InboxChanged
from hub.model.inbox import Inbox
from hub.ports.channel import Reconciles
from hub.ports.collections import INBOX_MEMORY
from hub.ports.store import DocumentStore, Patch
from hub.services.counters import Counters
from hub.services.inboxes import Inboxes
from hub.services.journal import Journal
from hub.tasks import Tasks

EVERY_S = 15 * 60.0
#: Vendors list late, and clocks differ.
_OVERLAP_MS = 10 * 60_000
_FARTHEST_MS = 7 * 24 * 3600 * 1000
_CALL_TIMEOUT_S = 180.0
_BATCH = 200
_UP_TRIES = 20
_log = log.get(__name__)


class Reconciling:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        inboxes: Inboxes,
        journal: Journal,
        clock: Clock,
        tasks: Tasks,
        counters: Counters,
        is_ours: Callable[[str], bool] = lambda inbox_id: True,
    ) -> None:
        self._store = store
        self._inboxes = inboxes
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._counters = counters
        #: Of several hubs one asks about an inbox.
        self._is_ours = is_ours
        self._connected: set[str] = set()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def listen(self, workspace: str, event: Event) -> None:
        """A bus listener: whoever comes up is asked what was missed."""
        if not isinstance(event, InboxChanged):
            return
        id, is_up = event.inbox.id, event.health.state == "connected"
        was_up = id in self._connected
        if is_up and not was_up:
            self._connected.add(id)
            _ = self._tasks.spawn(f"reconcile {id}", self._after_start(id))
        elif not is_up:
            self._connected.discard(id)

    async def run(self) -> None:
        """Ask all of them, for ever."""
        while True:
            await self._clock.sleep(EVERY_S)
            for inbox in filter(lambda one: self._is_ours(one.id), self._inboxes.all()):
                _ = self._tasks.spawn(f"reconcile {inbox.id}", self.reconcile(inbox.id))

    async def _after_start(self, inbox_id: str) -> None:
        """An adapter reports `connected` while it starts; it is asked once it has."""
        for _ in range(_UP_TRIES):
            if not self._is_ours(inbox_id):
                return
            if self._inboxes.adapter(inbox_id) is not None:
                await self.reconcile(inbox_id)
                return
            await self._clock.sleep(0.5)

    async def reconcile(self, inbox_id: str) -> int:
        """Ask one inbox; how many events it listed."""
        inbox = self._inboxes.get(inbox_id)
        adapter: object = self._inboxes.adapter(inbox_id)
        if inbox is None or not isinstance(adapter, Reconciles):
            return 0
        async with self._locks[inbox_id]:
            try:
                return await self._fetch(inbox, adapter)
            except (HubError, TimeoutError) as fault:
                _log.warning("an inbox could not be reconciled", error=fault, inbox=inbox_id)
                return 0

    async def _fetch(self, inbox: Inbox, adapter: Reconciles) -> int:
        now = self._clock.now_ms()
        since = await self._since(inbox, now)
        async with asyncio.timeout(_CALL_TIMEOUT_S):
            events = await adapter.missed(since)
        for at in range(0, len(events), _BATCH):
            await self._journal.accept(inbox, events[at : at + _BATCH])
        self._counters.add("reconciled_events", len(events))
        id = _memory_id(inbox)
        await self._store.patch(INBOX_MEMORY, id, Patch(set={"until": now}), upsert={"_id": id})
        return len(events)

    async def _since(self, inbox: Inbox, now: int) -> int:
        doc = await self._store.get(INBOX_MEMORY, _memory_id(inbox))
        known = doc["until"] if doc is not None else inbox.created_at
        return max(known - _OVERLAP_MS, now - _FARTHEST_MS)


def _memory_id(inbox: Inbox) -> str:
    return f"{inbox.id}._reconciled"
