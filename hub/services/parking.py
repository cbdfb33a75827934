"""Reports that came too early: about messages under a network's id that the hub does not know yet
(R-12). They wait in the store by that id and are applied as soon as it is known, or after a while.

Called by intake (which parks) and by the outbox (which tells that ids became known).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from hub.clock import Clock
from hub.ports.collections import EARLY
from hub.ports.inbound import InboundEvent
from hub.ports.store import Doc, DocumentStore, Patch
from hub.services.counters import Counters
from hub.services.timers import Timers

TIMER = "early-report"
#: When a parked report is looked at again by itself; then it is nobody's.
_AGAIN_S = (2, 10, 30, 300, 3_600, 21_600)
_KEEP_MS = 2 * 24 * 3600 * 1000

#: Applies an event of an inbox; False when its message is still unknown.
Apply = Callable[[str, InboundEvent], Awaitable[bool]]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(InboundEvent).decode


class Parking:
    """Made once; `use` gives it the one who applies."""

    def __init__(
        self, store: DocumentStore, timers: Timers, clock: Clock, counters: Counters
    ) -> None:
        self._store = store
        self._timers = timers
        self._clock = clock
        self._counters = counters
        self._apply: Apply | None = None
        timers.on(TIMER, self._due)

    def use(self, apply: Apply) -> None:
        self._apply = apply

    async def park(self, ref: str, inbox_id: str, slot: str, event: InboundEvent) -> None:
        """Keep `event` for the message behind `ref` (a `message_refs` id); a later event of the
        same slot takes the place of an earlier one.
        """
        self._counters.add("parked_reports")
        now = self._clock.now_ms()
        fresh = {
            "_id": ref,
            "inbox_id": inbox_id,
            "events": {},
            "tries": 0,
            "expires_at": now + _KEEP_MS,
        }
        patch = Patch(set={f"events.{slot}": _encode(event).decode()})
        await self._store.patch(EARLY, ref, patch, upsert=fresh)
        await self._timers.set(TIMER, ref, now + _AGAIN_S[0] * 1000)

    async def known(self, refs: Sequence[str]) -> None:
        """These ids are known now: apply what waits for them."""
        for doc in await self._store.get_many(EARLY, refs):
            await self._try(doc)

    async def _due(self, ref: str) -> None:
        doc = await self._store.get(EARLY, ref)
        if doc is None or await self._try(doc):
            return
        tries = doc["tries"] + 1
        await self._store.patch(EARLY, ref, Patch(set={"tries": tries}))
        if tries < len(_AGAIN_S):
            await self._timers.set(TIMER, ref, self._clock.now_ms() + _AGAIN_S[tries] * 1000)
        else:
            self._counters.add("unmatched_reports")

    async def _try(self, doc: Doc) -> bool:
        """Apply all of it, the oldest first; what came meanwhile stays."""
        assert self._apply is not None
        events = sorted(map(_decode, doc["events"].values()), key=lambda e: getattr(e, "at", 0))
        for event in events:
            if not await self._apply(doc["inbox_id"], event):
                return False
        await self._store.delete(EARLY, doc["_id"], version=doc["v"])
        return True


def watermark_key(message_id: str) -> str:
    """Instead of a network's id: under what early watermarks wait for one of our messages."""
    return f"reached:{message_id}"
