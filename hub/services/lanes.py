"""One writer per conversation: commands with the same key run one after the other, in this process.

With several hubs each of the 64 lanes belongs to the hub that holds its lease
(`hub.services.leases`); a command for a lane that is not ours is refused with `Unavailable`. Used
by timeline and intake.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hub.errors import Unavailable
from hub.model.ids import lane_of


class Lanes:
    """Locks by key, made when needed and dropped when nobody waits."""

    def __init__(self, owns: Callable[[int], bool] = lambda lane: True) -> None:
        self._owns = owns
        self._locks: dict[str, tuple[asyncio.Lock, list[int]]] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn of `key`; first come, first served."""
        if not self._owns(lane_of(key)):
            raise Unavailable("another hub serves this conversation; try again in a moment")
        lock, waiting = self._locks.setdefault(key, (asyncio.Lock(), [0]))
        waiting[0] += 1
        try:
            async with lock:
                yield
        finally:
            waiting[0] -= 1
            if not waiting[0]:
                self._locks.pop(key, None)

    def __len__(self) -> int:
        return len(self._locks)
