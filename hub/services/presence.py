"""Does somebody read along now, at whichever hub they are connected? Asked before an unread answer
follows by another channel, and for the composer.

The other hubs are asked by the bus and have a second to answer. While the bus is gone nobody can
know: then the answer is "perhaps" (None), and who must be sure waits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hub.model.contact import Address
from hub.model.events import Event, PresenceAsked, PresenceTold
from hub.model.ids import SYS, new_key
from hub.ports.bus import Bus
from hub.services.bus_watch import BusWatch
from hub.services.inboxes import Inboxes
from hub.services.leases import Leases

ANSWER_S = 1.0


@dataclass
class _Question:
    answer: asyncio.Future[bool]
    #: Hubs that have not answered.
    open: set[str]

    def told(self, event: PresenceTold) -> None:
        self.open.discard(event.hub)
        if not self.answer.done() and (event.is_here or not self.open):
            self.answer.set_result(event.is_here)


class Presence:
    """Made once; listens to the bus from then on."""

    def __init__(self, inboxes: Inboxes, bus: Bus, leases: Leases, watch: BusWatch) -> None:
        self._inboxes = inboxes
        self._bus = bus
        self._leases = leases
        self._watch = watch
        self._asked: dict[str, _Question] = {}
        bus.subscribe(self._listen)

    async def is_present(
        self, inbox_id: str, to: Address, *, patience_s: float = ANSWER_S
    ) -> bool | None:
        """None: another hub cannot be asked now."""
        if self._inboxes.is_present(inbox_id, to):
            return True
        if not self._leases.others:
            return False
        if not self._watch.is_whole:
            return None
        question = new_key()
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked[question] = _Question(answer, set(self._leases.others))
        try:
            self._bus.publish(SYS, PresenceAsked(question=question, inbox_id=inbox_id, address=to))
            await asyncio.wait({answer}, timeout=patience_s)
        finally:
            del self._asked[question]
        if answer.done() and answer.result():
            return True
        return self._still_unknown()

    def _still_unknown(self) -> bool | None:
        """Silence means nobody only if everybody could be asked."""
        return False if self._watch.is_whole else None

    def _listen(self, workspace: str, event: Event) -> None:
        match event:
            case PresenceAsked(question=question):
                if question not in self._asked:
                    is_here = self._inboxes.is_present(event.inbox_id, event.address)
                    told = PresenceTold(question=question, hub=self._leases.key, is_here=is_here)
                    self._bus.publish(SYS, told)
            case PresenceTold(question=question):
                asked = self._asked.get(question)
                if asked is not None:
                    asked.told(event)
            case _:
                return
