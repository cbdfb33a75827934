"""Does somebody read along now, at whichever hub they are connected? Asked before an unread answer
follows by another channel.

The other hubs are asked by the bus and have a second to say yes. While the bus is gone nobody can
know: then the answer is "perhaps" (None), and the caller waits.
"""

from __future__ import annotations

import asyncio

from hub.model.contact import Address
from hub.model.events import Event, PresenceAsked, PresenceTold
from hub.model.ids import SYS, new_key
from hub.ports.bus import Bus
from hub.services.bus_watch import BusWatch
from hub.services.inboxes import Inboxes
from hub.services.leases import Leases

ANSWER_S = 1.0


class Presence:
    """Made once; listens to the bus from then on."""

    def __init__(self, inboxes: Inboxes, bus: Bus, leases: Leases, watch: BusWatch) -> None:
        self._inboxes = inboxes
        self._bus = bus
        self._leases = leases
        self._watch = watch
        self._asked: dict[str, asyncio.Future[None]] = {}
        bus.subscribe(self._listen)

    async def is_present(self, inbox_id: str, to: Address) -> bool | None:
        """None: another hub cannot be asked now."""
        if self._inboxes.is_present(inbox_id, to):
            return True
        if not self._leases.others:
            return False
        if not self._watch.is_whole:
            return None
        question = new_key()
        told = self._asked[question] = asyncio.get_running_loop().create_future()
        try:
            self._bus.publish(SYS, PresenceAsked(question=question, inbox_id=inbox_id, address=to))
            await asyncio.wait({told}, timeout=ANSWER_S)
        finally:
            del self._asked[question]
        if told.done():
            return True
        return self._still_unknown()

    def _still_unknown(self) -> bool | None:
        """Silence means nobody only if everybody could be asked."""
        return False if self._watch.is_whole else None

    def _listen(self, workspace: str, event: Event) -> None:
        match event:
            case PresenceAsked(question=question):
                is_own = question in self._asked
                if not is_own and self._inboxes.is_present(event.inbox_id, event.address):
                    self._bus.publish(SYS, PresenceTold(question=question))
            case PresenceTold(question=question):
                told = self._asked.get(question)
                if told is not None and not told.done():
                    told.set_result(None)
            case _:
                return
