"""Leases with an epoch: which hub owns which lane, and which polls which inbox. Made for stores
that several hubs share.

A lease is taken over only after `until` plus a margin for clocks that differ. The writes themselves
are fenced too: a command expects the conversation's `seq`, so a late writer of a lost lane changes
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.model.ids import LANES, new_key
from hub.ports.collections import LEASES
from hub.ports.store import DocumentStore, Patch

TERM_MS = 6_000
RENEW_S = 2.0
SKEW_MS = 2_000

_log = log.get(__name__)


class Leases:
    """The leases that this process holds. `run` renews them until cancelled; `release` hands them
    back.
    """

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._owner = new_key()
        #: Until when a lease is surely ours, by the clock that never jumps.
        self._held: dict[str, float] = {}

    def owns_lane(self, lane: int) -> bool:
        return self._store.is_exclusive or self._is_live(f"lane-{lane:02d}")

    def _is_live(self, name: str) -> bool:
        return self._held.get(name, 0.0) > self._clock.monotonic()

    async def take_lanes(self) -> int:
        """Try for every lane; how many are ours now."""
        return await self._take(f"lane-{lane:02d}" for lane in range(LANES))

    async def _take(self, names: Iterable[str]) -> int:
        """All at once: one after the other, a store under load would take longer than a term."""
        taken = await asyncio.gather(*map(self._take_one, names), return_exceptions=True)
        for fault in taken:
            if fault is not None:
                raise fault
        return sum(1 for name in self._held if self._is_live(name))

    async def _take_one(self, name: str) -> None:
        now, taken_at = self._clock.now_ms(), self._clock.monotonic()
        id = f"sys.{name}"
        mine = Patch(set={"owner": self._owner, "until": now + TERM_MS}, inc={"epoch": 1})
        if name in self._held:
            mine = Patch(set={"until": now + TERM_MS})
            doc = await self._store.patch(LEASES, id, mine, expect={"owner": self._owner})
        else:
            free = {"until": {"$lt": now - SKEW_MS}}
            doc = await self._store.patch(LEASES, id, mine, expect=free)
            if doc is None and await self._store.get(LEASES, id) is None:
                fresh = {"_id": id, "owner": "", "until": 0, "epoch": 0}
                await self._store.insert_many(LEASES, [fresh])
                doc = await self._store.patch(LEASES, id, mine, expect=free)
        if doc is None:
            if self._held.pop(name, None):
                _log.warning("a lease was lost", lease=name)
        else:
            self._held[name] = taken_at + TERM_MS / 1000

    async def run(self) -> None:
        """Renew for ever; an unreachable store lets the leases run out."""
        while True:
            try:
                await self.take_lanes()
            except Unavailable as fault:
                _log.warning("leases could not be renewed", error=fault)
            await self._clock.sleep(RENEW_S)

    async def release(self) -> None:
        """Give everything back, so that another hub need not wait."""
        held, self._held = self._held, {}
        for name in held:
            gone = Patch(set={"until": 0, "owner": ""})
            await self._store.patch(LEASES, f"sys.{name}", gone, expect={"owner": self._owner})
