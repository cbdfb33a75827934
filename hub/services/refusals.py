"""What a network's refusal of one message says about whoever it was for: that they opted out, or
that this address can never be reached so. Called when the outbox ends a row, and with what networks
report later.
"""

from __future__ import annotations

from hub.errors import Landline, OptedOut, RecipientUnreachable
from hub.model.contact import Address
from hub.model.message import Delivery, Message
from hub.ports.collections import OUTBOX
from hub.ports.store import DocumentStore
from hub.services.addresses import Addresses
from hub.services.consent import Consent
from hub.services.docs import from_doc
from hub.services.inboxes import Inboxes
from hub.services.outbox_rows import OutboxRow, outbox_id
from hub.services.timeline import Timeline

#: What is true of the address, whatever is sent there.
_FOR_GOOD = (RecipientUnreachable.code, Landline.code)


class Refusals:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        inboxes: Inboxes,
        consent: Consent,
        addresses: Addresses,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._inboxes = inboxes
        self._consent = consent
        self._addresses = addresses

    async def finished(self, row: OutboxRow, state: Delivery) -> None:
        """A row came to its end. Safe to repeat."""
        if state != "failed":
            return
        message = await self._timeline.require_message(row.message_id)
        reason = row.reason or message.reason  # a crash leaves it with the message alone
        await self._learn(message, row.inbox_id, row.to, reason, f"outbox:{row.id}")

    async def reported(self, message: Message, cause: str) -> None:
        """A report says what the network would have said at once. Safe to repeat."""
        doc = await self._store.get(OUTBOX, outbox_id(message.id))
        if doc is not None:
            to = from_doc(OutboxRow, doc).to
            await self._learn(message, message.inbox_id, to, message.reason, cause)

    async def _learn(
        self, message: Message, inbox_id: str, to: Address, reason: str, cause: str
    ) -> None:
        inbox = self._inboxes.get(inbox_id)
        if inbox is None:
            return
        if reason == OptedOut.code:
            await self._consent.refused(inbox.id, to, message.detail, cause)
        elif reason in _FOR_GOOD:
            await self._addresses.refused(inbox, to, message, reason)
