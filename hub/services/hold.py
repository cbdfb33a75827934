"""Whether outbound messages are held: after a restore nothing goes out until an administrator says
so.

Otherwise an old outbox would be sent a second time. The hold is a document of the store, so that
every hub obeys it; `is_held` answers from memory and says yes until the store was asked. Asked by
the outbox, set by `hub.services.backup`, released by the API.
"""

from __future__ import annotations

from hub import log
from hub.clock import Clock
from hub.errors import Unavailable
from hub.ports.collections import META
from hub.ports.store import DocumentStore

REFRESH_S = 5.0
#: The document that holds everything back.
ID = "sys.outbound_hold"
_log = log.get(__name__)


async def is_held(store: DocumentStore) -> bool:
    return await store.get(META, ID) is not None


async def hold(store: DocumentStore, clock: Clock, reason: str) -> None:
    """Safe to repeat."""
    await store.insert_many(META, [{"_id": ID, "reason": reason, "since": clock.now_ms()}])


async def release(store: DocumentStore) -> bool:
    """Whether there was a hold to release."""
    return await store.delete(META, ID)


class Hold:
    """The hold as this process knows it. `refresh` once at the start, then `run` as a task."""

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._is_held = True

    def is_held(self) -> bool:
        return self._is_held

    async def refresh(self) -> bool:
        self._is_held = await is_held(self._store)
        return self._is_held

    async def release(self) -> bool:
        """Let messages go out again; whether they were held."""
        released = await release(self._store)
        self._is_held = False
        return released

    async def run(self) -> None:
        """Notice within seconds what another hub did."""
        while True:
            await self._clock.sleep(REFRESH_S)
            try:
                await self.refresh()
            except Unavailable as fault:
                _log.warning("the outbound hold could not be read", error=fault)
