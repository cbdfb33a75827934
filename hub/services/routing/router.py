"""The router: gives out what waits, in every workspace whose lane this hub owns.

For each workspace a `Room` holds a `Floor` (what is known, with the engine) and carries the
engine's decisions out by `Commands`. It is fed by the bus; where several hubs share the store it
also reads again every few seconds, as the bus may lose events. Two routers that both believe they
own a workspace do no harm: desks and conversations decide (see `commands`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from hub import log
from hub.errors import HubError, Unavailable
from hub.model.events import Event
from hub.model.ids import SYS, lane_of, workspace_of
from hub.ports.bus import Bus
from hub.services.routing.room import Parts, Room
from hub.tasks import Tasks

TICK_S = 1.0
#: How long a change that time alone makes may go unseen.
_IDLE_S = 0.25

_log = log.get(__name__)


class Router:
    """`start` once desks and queues are known; `run` as a task; tests call `turn`."""

    def __init__(
        self,
        parts: Parts,
        bus: Bus,
        tasks: Tasks,
        workspaces: Callable[[], Awaitable[list[str]]],
        owns: Callable[[int], bool],
    ) -> None:
        self._parts = parts
        self._tasks = tasks
        self._workspaces = workspaces
        self._owns = owns
        self._rooms: dict[str, Room] = {}
        self._known: set[str] = set()
        self._wake = asyncio.Event()
        bus.subscribe(self._listen)

    def _listen(self, workspace: str, event: Event) -> None:
        if workspace == SYS:
            return
        self._known.add(workspace)
        room = self._rooms.get(workspace)
        if room is not None and room.listen(event):
            self._wake.set()

    async def start(self) -> None:
        """Take up what is ours."""
        await self._balance()

    async def run(self) -> None:
        """Route for ever: at once when something changes, else each second."""
        ticked_at = 0.0
        while True:
            try:
                if self._parts.clock.monotonic() - ticked_at >= TICK_S:
                    ticked_at = self._parts.clock.monotonic()
                    await self.tick()
                await self.turn()
            except HubError as fault:
                _log.warning("routing pauses", error=fault)
                await self._parts.clock.sleep(TICK_S)
            except Exception as fault:  # noqa: BLE001 - the edge: routing goes on
                _log.error("routing failed", error=fault)
                await self._parts.clock.sleep(TICK_S)
            try:
                async with asyncio.timeout(_IDLE_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def turn(self) -> None:
        """Give out everything that can be given out now."""
        for room in tuple(self._rooms.values()):
            room.turn()

    async def tick(self) -> None:
        """What time asks for: lanes that came or went, waits to tell, desks to level."""
        await self._balance()
        for room in tuple(self._rooms.values()):
            await room.tick()

    def room(self, workspace: str) -> Room | None:
        """None when another hub routes it."""
        return self._rooms.get(workspace)

    def waiting(self, queue_id: str) -> int | None:
        """How many are in line at this moment; None when another hub routes it."""
        room = self._rooms.get(workspace_of(queue_id))
        return room.floor.waiting(queue_id) if room is not None else None

    def place(self, conversation_id: str) -> int:
        """The place in its line; 0 when another hub routes it, or it is not known here yet."""
        room = self._rooms.get(workspace_of(conversation_id))
        return room.floor.place(conversation_id) if room is not None else 0

    async def settle(self) -> None:
        """Until nothing is in hand any more."""
        for room in tuple(self._rooms.values()):
            await room.settle()

    async def _balance(self) -> None:
        """Begin with workspaces that became ours, let go of the others."""
        if not self._known:
            self._known.update(await self._workspaces())
        for workspace in sorted(self._known):
            is_ours = self._owns(lane_of(workspace))
            if is_ours and workspace not in self._rooms:
                await self._open(workspace)
            elif not is_ours:
                self._rooms.pop(workspace, None)

    async def _open(self, workspace: str) -> None:
        room = Room(workspace, self._parts, self._tasks, random.Random())
        self._rooms[workspace] = room
        try:
            await room.open()
        except Unavailable:
            self._rooms.pop(workspace, None)
            raise
        self._wake.set()
