"""Which agents have an open browser at this hub, and that the others can know it.

The live sockets tell who comes and goes. A browser gone for `GRACE_S` counts as gone, so that a
page reload is not. On a shared store this hub vouches for its browsers for `VOUCH_MS` at a time:
when it dies, they are known to be gone soon after. Called by the live hub; started by the server.
"""

from __future__ import annotations

import asyncio

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.services.desks import Desks
from hub.tasks import Tasks

GRACE_S = 3.0
VOUCH_MS = 15_000
RENEW_S = 5.0
#: Written down so many at a time: a floor that comes back at once must not keep the store from
#: what these agents ask for.
_AT_ONCE = 8

_log = log.get(__name__)


class Browsers:
    def __init__(self, desks: Desks, clock: Clock, tasks: Tasks, *, is_alone: bool) -> None:
        self._desks = desks
        self._clock = clock
        self._tasks = tasks
        #: Nobody else has this store open: what this process knows is enough.
        self._is_alone = is_alone
        #: Agent id → how often a browser came or went; a later event overtakes an earlier wait.
        self._events: dict[str, int] = {}
        self._in_hand: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._is_closed = False

    def came(self, agent_id: str) -> None:
        """The first live socket of an agent at this hub opened."""
        self._next(agent_id)
        if agent_id not in self._desks.here:
            self._desks.here.add(agent_id)
            self._begin("browser came", agent_id, is_here=True)

    def went(self, agent_id: str) -> None:
        """The last one closed."""
        number = self._next(agent_id)
        if not self._is_closed:
            _ = self._tasks.spawn("browser went", self._wait(agent_id, number))

    def close(self) -> None:
        """The hub goes down: its browsers go to another one, or come back in a moment."""
        self._is_closed = True

    async def run(self) -> None:
        """Renew what this hub vouches for, for ever."""
        while True:
            await self._clock.sleep(RENEW_S)
            if not self._is_alone and self._desks.here:
                await self.renew()

    async def renew(self) -> None:
        try:
            await self._desks.vouch(sorted(self._desks.here), self._until())
        except Unavailable as fault:
            _log.warning("open browsers could not be renewed", error=fault)

    def _next(self, agent_id: str) -> int:
        number = self._events[agent_id] = self._events.get(agent_id, 0) + 1
        return number

    def _until(self) -> int:
        return self._clock.now_ms() + VOUCH_MS

    async def _wait(self, agent_id: str, number: int) -> None:
        await self._clock.sleep(GRACE_S)
        if self._events.get(agent_id) == number and not self._is_closed:
            del self._events[agent_id]
            self._desks.here.discard(agent_id)
            self._begin("browser gone", agent_id, is_here=False)

    def _begin(self, name: str, agent_id: str, *, is_here: bool) -> None:
        task = self._tasks.spawn(name, self._note(agent_id, is_here=is_here))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    async def settle(self) -> None:
        """Until everything known is written down."""
        while self._in_hand:
            await asyncio.wait(set(self._in_hand))

    async def _note(self, agent_id: str, *, is_here: bool) -> None:
        """Retried until the store can be reached: it is what decides about offers."""
        while (agent_id in self._desks.here) == is_here:
            try:
                async with self._turn:
                    await self._desks.connected(agent_id, self._until() if is_here else 0)
                return
            except Unavailable as fault:
                _log.warning("an open browser could not be noted", error=fault)
                await self._clock.sleep(1.0)
