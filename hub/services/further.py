"""What comes in besides messages and details, each kind to the one who knows what to do; an event
about a message that is not known yet is parked. Called by intake and by `hub.services.parking`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from hub.model.inbox import Inbox
from hub.ports.inbound import (
    AccountAlert,
    AddressMoved,
    ConsentChanged,
    DeliveryReported,
    InboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    ReachabilityChanged,
    ReachedUpTo,
    Reacted,
    TemplateReported,
)
from hub.services.addresses import Addresses
from hub.services.changes import MessageChanges, slot_of
from hub.services.consent import Consent
from hub.services.deliveries import Deliveries
from hub.services.echoes import Echoes
from hub.services.journal import Row
from hub.services.names import NameBook
from hub.services.parking import Parking, watermark_key
from hub.services.templates import Templates


class Handlers(msgspec.Struct, frozen=True, kw_only=True):
    """Who works off which events."""

    deliveries: Deliveries
    changes: MessageChanges
    echoes: Echoes
    addresses: Addresses
    consent: Consent
    templates: Templates
    #: Shows people that something about an inbox's account needs them.
    alert: Callable[[Inbox, AccountAlert], Awaitable[None]]


class Further:
    """Made once; `handle` is called for rows that are no messages."""

    def __init__(
        self,
        handlers: Handlers,
        parking: Parking,
        names: NameBook,
        inbox_of: Callable[[str], Inbox | None],
    ) -> None:
        self._to = handlers
        self._parking = parking
        self._names = names
        self._inbox_of = inbox_of
        parking.use(self.again)

    async def handle(self, row: Row, inbox: Inbox) -> None:
        """Work off one row; safe to repeat."""
        event = row.event
        match event:
            case DeliveryReported() | MessageEdited() | MessageDeleted() | Reacted():
                await self._about_a_message(row, event, inbox)
                return
            case ReachedUpTo():
                await self._reached(row, event, inbox)
            case MessageEchoed():
                await self._to.echoes.echoed(row, event, inbox)
            case AddressMoved():
                await self._to.addresses.moved(row, event, inbox)
            case ReachabilityChanged():
                await self._to.addresses.reachability(row, event, inbox)
            case ConsentChanged():
                await self._to.consent.changed(row, event, inbox)
            case TemplateReported():
                await self._to.templates.reported(inbox, event)
            case AccountAlert():
                await self._to.alert(inbox, event)
            case _:
                pass

    async def _about_a_message(
        self,
        row: Row,
        event: DeliveryReported | MessageEdited | MessageDeleted | Reacted,
        inbox: Inbox,
    ) -> None:
        if await self._apply(inbox, event):
            return
        if not event.provider_id:
            row.outcome = "unmatched"
            return
        names = await self._names.of(row.workspace)
        if isinstance(event, DeliveryReported):
            slot = f"delivery_{event.delivery}"
        else:
            slot = slot_of(names, event)
        ref = names.provider_ref(inbox.id, event.provider_id)
        await self._parking.park(ref, inbox.id, slot, event)
        row.outcome = "parked"

    async def _reached(self, row: Row, event: ReachedUpTo, inbox: Inbox) -> None:
        """A watermark may be faster than the answer that names what it is about."""
        names = await self._names.of(row.workspace)
        for id in await self._to.deliveries.reached_up_to(inbox, event):
            ref = names.provider_ref(inbox.id, watermark_key(id))
            waits = DeliveryReported(
                event_id=event.event_id, message_id=id, delivery=event.delivery, at=event.at
            )
            await self._parking.park(ref, inbox.id, f"reached_{event.delivery}", waits)
            row.outcome = "parked"

    async def _apply(self, inbox: Inbox, event: InboundEvent) -> bool:
        match event:
            case DeliveryReported():
                return await self._to.deliveries.report(inbox, event)
            case MessageEdited() | MessageDeleted() | Reacted():
                return await self._to.changes.apply(inbox, event)
            case _:
                return True

    async def again(self, inbox_id: str, event: InboundEvent) -> bool:
        """Apply what was parked; what waits for an inbox that is gone is done with."""
        if isinstance(event, DeliveryReported) and not event.provider_id:
            return await self._to.deliveries.reached(event)  # nothing else is parked without one
        inbox = self._inbox_of(inbox_id)
        return inbox is None or await self._apply(inbox, event)
