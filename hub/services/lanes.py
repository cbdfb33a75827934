"""Turns by key within this process: commands with the same key run one after the other.

What several hubs do to one conversation is decided by its version (`hub.services.timeline`); taking
turns only spares those of one process to lose races against each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


class Lanes:
    """Locks by key, made when needed and dropped when nobody waits."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, list[int]]] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait for the turn of `key`; first come, first served."""
        lock, waiting = self._locks.setdefault(key, (asyncio.Lock(), [0]))
        waiting[0] += 1
        try:
            async with lock:
                yield
        finally:
            waiting[0] -= 1
            if not waiting[0]:
                self._locks.pop(key, None)

    @asynccontextmanager
    async def hold_free(self, keys: Iterable[str]) -> AsyncIterator[set[str]]:
        """Those of `keys` whose turn nobody has, held; nobody is waited for."""
        free = {key: asyncio.Lock() for key in keys if key not in self._locks}
        for key, lock in free.items():
            await lock.acquire()  # at once: nobody else knows it
            self._locks[key] = (lock, [1])
        try:
            yield set(free)
        finally:
            for key in free:
                lock, waiting = self._locks[key]
                lock.release()
                waiting[0] -= 1
                if not waiting[0]:
                    del self._locks[key]

    def __len__(self) -> int:
        return len(self._locks)
