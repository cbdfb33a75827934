"""Runs the counting of every workspace whose lane this hub owns: every two seconds while something
happens, once a minute otherwise. Started by the composition root.
"""

from __future__ import annotations

from collections.abc import Callable

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.events import Event, MessageChanged
from hub.model.ids import lane_of, local
from hub.ports.bus import Bus
from hub.ports.store import DocumentStore
from hub.services.reports.counting import WorkspaceCount
from hub.services.workspaces import Workspaces

EVERY_S = 2.0
_IDLE_MS = 60_000
#: A line that is older when it is told of was missed by the overlap of readings.
_LATE_MS = 4_000
#: History may keep a turn busy for so long.
_HISTORY_S = 0.5

_log = log.get(__name__)


class Counting:
    """Made once; `run` for ever, or `turn` by tests."""

    def __init__(
        self,
        store: DocumentStore,
        workspaces: Workspaces,
        bus: Bus,
        clock: Clock,
        owns_lane: Callable[[int], bool],
    ) -> None:
        self._store, self._workspaces, self._clock = store, workspaces, clock
        self._owns_lane = owns_lane
        self._counts: dict[str, WorkspaceCount] = {}
        self._dirty: set[str] = set()
        self._known: list[str] = []
        self._next_look = 0
        bus.subscribe(self._listen)

    async def run(self) -> None:
        while True:
            await self._clock.sleep(EVERY_S)
            await self.turn()

    async def turn(self) -> None:
        """Count where something may have happened."""
        try:
            due = await self._due()
        except Unavailable as fault:
            _log.warning("counting waits for the store", error=fault)
            return
        for workspace in due:
            await self._count(workspace)

    async def _due(self) -> list[str]:
        now = self._clock.now_ms()
        is_look = now >= self._next_look or now < self._next_look - _IDLE_MS
        if is_look:
            self._known = [local(one.id) for one in await self._workspaces.all()]
            self._next_look = now + _IDLE_MS
        dirty, self._dirty = self._dirty, set()
        due = []
        for workspace in self._known:
            if not self._owns_lane(lane_of(workspace)):
                self._counts.pop(workspace, None)
                continue
            count = self._counts.get(workspace)
            is_busy = count is None or count.has_history or workspace in dirty
            if is_busy or is_look or not self._store.is_exclusive:
                due.append(workspace)
        return due

    async def _count(self, workspace: str) -> None:
        count = self._counts.setdefault(
            workspace, WorkspaceCount(self._store, workspace, self._clock)
        )
        try:
            await count.step()
            began = self._clock.monotonic()
            while count.has_history and self._clock.monotonic() - began < _HISTORY_S:
                await count.count_history()
                await self._clock.sleep(0)
        except Unavailable as fault:
            _log.warning("counting begins again from what is stored", error=fault)
            self._counts.pop(workspace, None)
        except Exception as fault:  # noqa: BLE001 - one workspace must not stop the others
            _log.error("counting failed", error=fault, workspace=workspace)
            self._counts.pop(workspace, None)

    def _listen(self, workspace: str, event: Event) -> None:
        if not isinstance(event, MessageChanged) or event.message.v != 1:
            return
        self._dirty.add(workspace)
        count = self._counts.get(workspace)
        if count is not None and self._clock.now_ms() - event.message.at > _LATE_MS:
            count.note_late(event.message.at)
