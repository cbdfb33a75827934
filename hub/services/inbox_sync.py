"""What other hubs change about inboxes is in force here within seconds: new ones start, changed
ones start anew, deleted ones end. By the bus at once, by a look into the store in any case.

Also takes over how an inbox is doing where only one hub can know: an adapter that waits for its
turn to poll. Started by the server on a store that hubs share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.events import Event, InboxChanged, SettingsChanged
from hub.model.inbox import Inbox
from hub.ports.bus import Bus
from hub.ports.collections import INBOXES
from hub.ports.store import DocumentStore
from hub.services.docs import from_docs
from hub.services.inboxes import Inboxes
from hub.tasks import Tasks

EVERY_S = 3.0
_MAX_INBOXES = 500

_log = log.get(__name__)


class InboxSync:
    """`run` as a task."""

    def __init__(
        self,
        store: DocumentStore,
        inboxes: Inboxes,
        workspaces: Callable[[], Awaitable[list[str]]],
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._store = store
        self._inboxes = inboxes
        self._workspaces = workspaces
        self._clock = clock
        self._tasks = tasks
        self._told = asyncio.Event()
        bus.subscribe(self._listen)

    def _listen(self, workspace: str, event: Event) -> None:
        match event:
            case SettingsChanged(what="inboxes"):
                self._told.set()
            case InboxChanged(inbox=inbox):
                known = self._inboxes.get(inbox.id)
                if known is None or known.v < inbox.v:
                    self._told.set()
            case _:
                return

    async def run(self) -> None:
        _ = self._tasks.spawn("inbox sync tick", self._tick())
        while True:
            await self._told.wait()
            self._told.clear()
            try:
                await self.sync()
            except Unavailable as fault:
                _log.warning("inboxes could not be compared", error=fault)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(EVERY_S)
            self._told.set()

    async def sync(self) -> None:
        """Make what runs here equal to the store."""
        for workspace in await self._workspaces():
            running = {inbox.id for inbox in self._inboxes.of_workspace(workspace)}
            page = await self._store.find(INBOXES, workspace, {}, limit=_MAX_INBOXES)
            stored = from_docs(Inbox, page.docs)
            for inbox in stored:
                await self._inboxes.adopt(inbox)
            for id in running - {inbox.id for inbox in stored}:
                if await self._store.get(INBOXES, id) is None:
                    await self._inboxes.drop(id)
        for inbox in self._inboxes.all():
            if self._inboxes.health.of(inbox.id).state == "starting":
                await self._inboxes.health.adopt(inbox.id)
