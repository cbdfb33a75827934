"""When nobody is there to read a live channel's answer, it follows by a channel that stores and
forwards.

After an answer in a live channel a timer is set. When it is due and answers are still unread and
nobody is there, they go out together as one message through an inbox that `can_follow_up`, to a
proved address of that kind, else to the one the contact typed. The answer to it carries our token
and comes back into the same conversation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.clock import Clock
from hub.model.contact import Address
from hub.model.conversation import Conversation
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox
from hub.model.message import Author, Delivery, Message
from hub.ports.collections import OUTBOX
from hub.ports.store import DocumentStore, Insert
from hub.services.autoreply import AUTO
from hub.services.contacts import Contacts
from hub.services.docs import to_doc
from hub.services.inboxes import Inboxes
from hub.services.joining import join_group_of
from hub.services.names import NameBook
from hub.services.outbox_rows import FOLLOW_UP, OutboxRow, outbox_id
from hub.services.reading import Reading
from hub.services.timeline import Plan, Timeline, activity
from hub.services.timers import Timers
from hub.services.typed import normalise_email

TIMER = "follow-up"
DEFAULT_MINUTES = 5
_BACK = 50


class FollowUp:
    """Wired to the outbox (`answered`) and the timers; writes outbox rows by timeline commands."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
        contacts: Contacts,
        inboxes: Inboxes,
        names: NameBook,
        timers: Timers,
        clock: Clock,
        wake: Callable[[OutboxRow], None],
        wake_again: Callable[[str], Awaitable[None]],
        is_present: Callable[[str, Address], Awaitable[bool | None]],
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._reading = reading
        self._contacts = contacts
        self._inboxes = inboxes
        self._names = names
        self._timers = timers
        self._clock = clock
        self._wake = wake
        self._wake_again = wake_again
        self._is_present = is_present
        timers.on(TIMER, self._due)

    async def answered(self, row: OutboxRow, state: Delivery) -> None:
        """A row became final: a live channel's answer starts the clock."""
        inbox = self._inboxes.get(row.inbox_id)
        if row.kind or state != "accepted" or inbox is None:
            return
        if not self._inboxes.capabilities(inbox).is_live:
            return
        minutes = inbox.config.get("follow_up_minutes", DEFAULT_MINUTES)
        if not isinstance(minutes, int) or minutes <= 0:
            return
        due_at = self._clock.now_ms() + minutes * 60_000
        await self._timers.set(TIMER, row.conversation_id, due_at)

    async def _due(self, conversation_id: str) -> None:
        conversation = await self._timeline.get(conversation_id)
        if conversation is None or conversation.is_spam:
            return
        unread = await self._unread(conversation)
        if not unread:
            return
        reader = await self._reader(unread[-1], conversation)
        is_there = await self._is_present(unread[-1].inbox_id, reader) if reader else False
        if is_there is not False:  # or nobody can know
            await self._timers.set(TIMER, conversation_id, self._clock.now_ms() + 60_000)
            return
        way = await self._way(conversation)
        if way is not None:
            await self._send(conversation, unread, *way)

    async def _unread(self, conversation: Conversation) -> list[Message]:
        """Answers in a live channel since the customer last wrote that nobody read and that have
        not followed.
        """
        latest = await self._reading.messages(conversation.id, limit=_BACK)
        sent = {seq for m in latest if m.activity == "followed_up" for seq in m.details["seqs"]}
        answers = [
            m for m in latest
            if m.kind == "message" and m.direction == "out" and m.delivery != "read"
            and m.seq > conversation.inbound_seq and m.seq not in sent
            and AUTO not in m.details
        ]  # fmt: skip
        return [m for m in answers if self._is_live(m.inbox_id)]

    def _is_live(self, inbox_id: str) -> bool:
        inbox = self._inboxes.get(inbox_id)
        return inbox is not None and self._inboxes.capabilities(inbox).is_live

    async def _reader(self, message: Message, conversation: Conversation) -> Address | None:
        for identity in await self._contacts.identities(conversation.contact_id):
            if identity.address.scope == message.inbox_id:
                return identity.address
        return None

    async def _way(self, conversation: Conversation) -> tuple[Inbox, Address] | None:
        contact = await self._contacts.require_raw(conversation.contact_id)
        if contact.is_blocked:
            return None
        identities = await self._contacts.identities(contact.id)
        inboxes = self._inboxes.of_workspace(workspace_of(conversation.id))
        ours = {inbox.address for inbox in inboxes}
        for inbox in inboxes:
            capabilities = self._inboxes.capabilities(inbox)
            if not capabilities.can_follow_up or inbox.is_paused:
                continue
            if join_group_of(inbox) != conversation.join_group:
                continue
            kind = capabilities.address_kind
            known = [
                i
                for i in identities
                if i.address.kind == kind
                and inbox.id not in i.unreachable_in
                and not _is_in(ours, i.address)
            ]
            known.sort(key=lambda i: not i.is_verified)
            if known:
                return inbox, known[0].address
            if kind == "email" and contact.claimed_email:
                claimed = Address("email", normalise_email(contact.claimed_email))
                return None if _is_in(ours, claimed) else (inbox, claimed)
        return None

    async def _send(
        self, conversation: Conversation, unread: list[Message], inbox: Inbox, to: Address
    ) -> None:
        names = await self._names.of(workspace_of(conversation.id))
        last = unread[-1]
        now = self._clock.now_ms()
        row = OutboxRow(
            id=outbox_id(last.id, FOLLOW_UP),
            message_id=last.id,
            conversation_id=conversation.id,
            inbox_id=inbox.id,
            to=to,
            kind=FOLLOW_UP,
            due_at=now,
            carries=[m.id for m in unread],
        )
        details: dict[str, Any] = {"address": to.value, "seqs": [m.seq for m in unread]}

        def plan(current: Conversation) -> Plan:
            line = activity(current, at=now, what="followed_up", by=Author("system"), **details)
            channels = current.channels
            if inbox.channel not in channels:
                channels = [*channels, inbox.channel]
            return Plan(
                facts={"channels": channels},
                messages=[line],
                before=[Insert(OUTBOX, to_doc(row))],
            )

        written = await self._timeline.run(
            conversation.id, names.command_ref(f"follow-up:{last.id}"), plan
        )
        if written.is_repeat:
            await self._wake_again(row.id)
        else:
            self._wake(row)


def _is_in(ours: set[str], address: Address) -> bool:
    """Is it an inbox of this hub, with or without a +token? Two of them must not talk."""
    name, at, domain = address.value.rpartition("@")
    return not ours.isdisjoint({address.value, f"{name.partition('+')[0]}{at}{domain}"})
