"""What a network's refusal of one message says about whoever it was for: that they opted out, or
that this address can never be reached so. Called when the outbox ends a row, and with what networks
report later.
"""

from __future__ import annotations

from hub.errors import Landline, OptedOut, RecipientUnreachable
from hub.model.contact import Address
from hub.model.message import Delivery, Message
from hub.services.addresses import Addresses
from hub.services.consent import Consent
from hub.services.inboxes import Inboxes
from hub.services.outbox_rows import OutboxRow
from hub.services.timeline import Timeline

#: What is true of the address, whatever is sent there.
_FOR_GOOD = (RecipientUnreachable.code, Landline.code)


class Refusals:
    """Made once."""

    def __init__(
        self, timeline: Timeline, inboxes: Inboxes, consent: Consent, addresses: Addresses
    ) -> None:
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
        await self.learn(message, row.inbox_id, row.to, reason, f"outbox:{row.id}")

    async def learn(
        self, message: Message, inbox_id: str, to: Address, reason: str, cause: str
    ) -> None:
        """What went to `to` through this inbox was refused. Safe to repeat."""
        inbox = self._inboxes.get(inbox_id)
        if inbox is None:
            return
        if reason == OptedOut.code:
            await self._consent.refused(inbox.id, to, message.detail, cause)
        elif reason in _FOR_GOOD:
            await self._addresses.refused(inbox, to, message, reason)
