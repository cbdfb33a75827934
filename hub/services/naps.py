"""Waiting for an inbox that refuses: until it is time to try again, or until the inbox is mended.
Used by the outbox for rows that cannot go out now.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict

from hub.clock import Clock
from hub.tasks import Tasks


class Naps:
    """Made once, by the outbox."""

    def __init__(self, clock: Clock, tasks: Tasks, at_least_ms: int) -> None:
        self._clock = clock
        self._tasks = tasks
        self._at_least_ms = at_least_ms
        self._sleeping: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._woken_at: dict[str, int] = {}
        self._believed_at: dict[str, int] = {}

    async def sleep(self, inbox_id: str, seconds: float) -> None:
        """Returns after so long, or as soon as the inbox is mended."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleeping[inbox_id].add(woken)
        sleeper = self._tasks.spawn(f"nap {inbox_id}", self._clock.sleep(seconds))
        try:
            await asyncio.wait({sleeper, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            self._sleeping[inbox_id].discard(woken)

    def wake(self, inbox_id: str, *, is_new: bool) -> None:
        """The inbox is mended. One that says so again and again without a new start (`is_new`) is
        believed only now and then: it may receive well and be refused whenever it sends.
        """
        now = self._clock.now_ms()
        if not is_new:
            if now - self._believed_at.get(inbox_id, 0) < self._at_least_ms:
                return
            self._believed_at[inbox_id] = now
        self._woken_at[inbox_id] = now
        for woken in self._sleeping.pop(inbox_id, ()):
            if not woken.done():
                woken.set_result(None)

    def woken_at(self, inbox_id: str) -> int:
        """When it was mended last (ms), 0 for never."""
        return self._woken_at.get(inbox_id, 0)
