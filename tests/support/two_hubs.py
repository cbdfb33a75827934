"""Several hubs in one process on one MongoDB, each with a store, a bus and a vendor's ledger of its
own. Leases are short, so that a dead hub is missed soon.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from hub.clock import Clock, SystemClock
from hub.model.ids import LANES, lane_of
from hub.ports.collections import ALL
from hub.services import leases, migrate
from hub.store.migrations import ALL as MIGRATIONS
from hub.store.open import make_store
from tests.support.core import Core, bear
from tests.support.loop_channel import Wire
from tests.support.stores import drop_database, mongo_database, mongo_uri

TERM_S = 4.0


@contextmanager
def short_leases() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases, "TERM_MS", int(TERM_S * 1000))
        patch.setattr(leases, "SKEW_MS", 1_000)
        patch.setattr(leases, "RENEW_S", 0.25)
        yield


class Town:
    """Where hubs are born and die."""

    def __init__(self, uri: str, data_dir: Path, clock: Clock) -> None:
        self._uri = uri
        self._data_dir = data_dir
        self._clock = clock
        self.hubs: list[Core] = []

    async def add(self, wire: Wire | None = None, redis_url: str | None = None) -> Core:
        store = make_store(self._uri, self._data_dir, self._clock)
        await store.open(ALL)
        await migrate.migrate(store, self._clock, MIGRATIONS)
        core = await bear(store, self._data_dir, wire or Wire(), self._clock, redis_url=redis_url)
        self.hubs.append(core)
        return core

    async def kill(self, core: Core) -> None:
        """As kill -9: nothing is handed over."""
        self.hubs.remove(core)
        dying = asyncio.ensure_future(core.die())
        await asyncio.sleep(0.2)
        for task in tuple(core.tasks._running):  # PyMongo may swallow the first cancellation
            task.cancel()
        await dying
        await core.store.close()

    async def is_shared(self) -> bool:
        """Has every hub its share, and works with it?"""
        counts = [len(hub.hub.leases.lanes()) for hub in self.hubs]
        return sum(counts) == LANES and max(counts) - min(counts) <= len(self.hubs)


@asynccontextmanager
async def town_of(
    tmp_path: Path, hubs: int, clock: Clock | None = None, redis_url: str | None = None
) -> AsyncIterator[Town]:
    """`hubs` hubs, the lanes spread over them."""
    uri = mongo_uri()
    name = f"test_{uuid.uuid4().hex[:12]}"
    with short_leases():
        town = Town(mongo_database(uri, name), tmp_path, clock or SystemClock())
        try:
            for _ in range(hubs):
                await town.add(redis_url=redis_url)
            await until(town.is_shared)
            yield town
        finally:
            for core in tuple(town.hubs):
                await town.kill(core)
            await drop_database(uri, name)


async def until(what: Callable[[], Awaitable[bool]], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(0.02)


def is_of(core: Core, key: str) -> bool:
    """Does this hub own the lane of `key`?"""
    return core.hub.leases.owns_lane(lane_of(key))
