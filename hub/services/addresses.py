"""What networks tell about addresses: moved to another one, blocked us, came back, cannot be
reached at all. Called by intake and by `hub.services.refusals`.
"""

from __future__ import annotations

from typing import Any

from hub.clock import Clock
from hub.model.contact import Address, Identity
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox
from hub.model.message import Author, Message
from hub.ports.inbound import AddressMoved, ReachabilityChanged
from hub.services.contacts import Contacts
from hub.services.joining import join_group_of
from hub.services.journal import Row
from hub.services.names import NameBook
from hub.services.timeline import Plan, Timeline, activity


class Addresses:
    """Made once."""

    def __init__(
        self, contacts: Contacts, timeline: Timeline, names: NameBook, clock: Clock
    ) -> None:
        self._contacts = contacts
        self._timeline = timeline
        self._names = names
        self._clock = clock

    async def moved(self, row: Row, event: AddressMoved, inbox: Inbox) -> None:
        """The new address belongs to the person of the old one, who stays reachable by it too; one
        that is somebody else's is only suggested to be theirs.
        """
        person = await self._contacts.meet(
            row.workspace, event.sender, is_verified=True, aliases=[event.new]
        )
        await self._tell(
            row, inbox, person.identity, "address_moved",
            old=event.sender.value, new=event.new.value,
        )  # fmt: skip

    async def reachability(self, row: Row, event: ReachabilityChanged, inbox: Inbox) -> None:
        names = await self._names.of(row.workspace)
        identity = await self._contacts.find_identity(names.identity(event.sender))
        if identity is None:
            return
        is_news = (inbox.id in identity.unreachable_in) is event.is_reachable
        await self._contacts.set_reachable(identity, inbox.id, is_reachable=event.is_reachable)
        if is_news or row.is_repeat:
            what = "reachable" if event.is_reachable else "unreachable"
            shown = event.sender.value if event.sender.kind in ("email", "phone") else ""
            await self._tell(row, inbox, identity, what, address=shown)

    async def refused(self, inbox: Inbox, address: Address, message: Message, reason: str) -> None:
        """The network will never take messages for this address: that way closes until its owner
        writes, unless they wrote since `message`. Safe to repeat.
        """
        names = await self._names.of(workspace_of(inbox.id))
        identity = await self._contacts.find_identity(names.identity(address))
        conversation = await self._timeline.get(message.conversation_id)
        if identity is None or conversation is None:
            return
        was_heard = conversation.inbox_id == inbox.id and conversation.last_inbound_at > message.at
        if not was_heard:
            await self._contacts.set_reachable(identity, inbox.id, is_reachable=False, why=reason)

    async def _tell(
        self, row: Row, inbox: Inbox, identity: Identity, what: str, **details: Any
    ) -> None:
        """A line in the person's open conversation, if there is one."""
        contact = await self._contacts.require_raw(identity.contact_id)
        open_id = contact.open.get(join_group_of(inbox))
        if not open_id or await self._timeline.get(open_id) is None:
            return
        names = await self._names.of(row.workspace)
        now = self._clock.now_ms()

        def plan(current: Conversation) -> Plan:
            line = activity(current, at=now, what=what, by=Author("system"), **details)
            return Plan(facts={"last_at": now}, messages=[line])

        await self._timeline.run(open_id, names.command_ref(f"{row.id}:{what}"), plan)
