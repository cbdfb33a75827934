"""What the business wrote with another tool comes back from some networks as an echo: it stands on
the timeline like an answer of ours. Our own messages come back too: an echo of one of them proves
that it was accepted.

Called by intake.
"""

from __future__ import annotations

from hub.clock import Clock
from hub.model.conversation import Conversation
from hub.model.ids import message_id, workspace_of
from hub.model.inbox import Inbox
from hub.model.message import DELIVERY_RANK, Author, Message
from hub.ports.collections import OUTBOX
from hub.ports.inbound import DeliveryReported, MessageEchoed, MessageReceived
from hub.ports.store import DocumentStore
from hub.services.contacts import Contacts, Person
from hub.services.conversations import answer_details
from hub.services.deliveries import Deliveries
from hub.services.docs import clean_text, one_line
from hub.services.joining import Joining, new_conversation
from hub.services.journal import Row
from hub.services.media import Media, MediaJob, fetching
from hub.services.names import NameBook, Names
from hub.services.outbox_rows import outbox_id
from hub.services.reading import Reading
from hub.services.text_limits import PREVIEW_CHARS, TEXT_MAX
from hub.services.timeline import Plan, Timeline

_BACK = 30


class Echoes:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
        contacts: Contacts,
        joining: Joining,
        deliveries: Deliveries,
        media: Media,
        names: NameBook,
        clock: Clock,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._reading = reading
        self._contacts = contacts
        self._joining = joining
        self._deliveries = deliveries
        self._media = media
        self._names = names
        self._clock = clock

    async def echoed(self, row: Row, event: MessageEchoed, inbox: Inbox) -> None:
        """Settle our own message, or put another tool's on the timeline. Safe to repeat."""
        names = await self._names.of(row.workspace)
        ours = await self._ours(names, row, event, inbox)
        if ours:
            proof = DeliveryReported(
                event_id=event.event_id,
                provider_id=event.event_id,
                message_id=ours,
                delivery="accepted",
                at=event.at,
            )
            await self._deliveries.report(inbox, proof)
            return
        person = await self._contacts.meet(
            row.workspace, event.sender, name=event.sender_name, is_verified=True
        )
        await self._write(names, row, event, inbox, person)

    async def _ours(self, names: Names, row: Row, event: MessageEchoed, inbox: Inbox) -> str:
        """Our message: by its own id, by the network's, or the one on its way with this text."""
        if event.message_id and workspace_of(event.message_id) == names.workspace:
            return event.message_id
        if await self._timeline.find_by_ref(names.event_ref(row.id)):
            return ""  # a repeat of another tool's message
        # Looked up last: a message may be accepted while we look, and its name is written before
        # its state.
        return await self._on_its_way(names, inbox, event) or (
            await self._timeline.find_by_ref(names.provider_ref(inbox.id, event.event_id)) or ""
        )

    async def _on_its_way(self, names: Names, inbox: Inbox, event: MessageEchoed) -> str:
        """An echo may overtake the vendor's answer to our request, or come instead of it."""
        identity = await self._contacts.find_identity(names.identity(event.sender))
        if identity is None:
            return ""
        for conversation in await self._reading.recent_of(identity.contact_id, 2):
            for message in await self._reading.messages(conversation.id, limit=_BACK):
                if _may_be(message, inbox, event):
                    doc = await self._store.get(OUTBOX, outbox_id(message.id))
                    if doc is not None and doc["state"] in ("sending", "unknown"):
                        return message.id
        return ""

    async def _write(
        self, names: Names, row: Row, event: MessageEchoed, inbox: Inbox, person: Person
    ) -> None:
        now = self._clock.now_ms()
        as_received = MessageReceived(
            event_id=event.event_id, sender=event.sender, sender_name=event.sender_name,
            at=event.at, text=event.text,
        )  # fmt: skip
        joined = await self._joining.find(inbox, as_received, person, row.id, now)
        jobs: list[MediaJob] = []

        def plan(current: Conversation) -> Plan:
            message = _message(current, inbox, event, now)
            jobs[:] = self._media.jobs(message.id, inbox.id, event.media, 0)
            return Plan(
                facts=_facts(current, inbox, event, person, now),
                messages=[message],
                before=self._media.ops(jobs),
                refs=[names.provider_ref(inbox.id, event.event_id)],
            )

        await self._timeline.run(
            joined.conversation_id,
            names.event_ref(row.id),
            plan,
            create=new_conversation(
                joined.conversation_id, inbox, person.contact, event.sender_name, now
            ),
            may_be_repeat=row.is_repeat,
        )
        self._media.wake(jobs)


def _may_be(message: Message, inbox: Inbox, event: MessageEchoed) -> bool:
    is_ours = message.direction == "out" and message.inbox_id == inbox.id
    has_no_id = not message.provider_id and message.delivery_rank < DELIVERY_RANK["accepted"]
    return is_ours and has_no_id and message.text.strip() == event.text.strip()


def _message(current: Conversation, inbox: Inbox, event: MessageEchoed, now: int) -> Message:
    seq = current.seq + 1
    return Message(
        id=message_id(current.id, seq),
        conversation_id=current.id,
        seq=seq,
        kind="message",
        direction="out",
        author=Author("agent", "", one_line(event.app, 120)),
        inbox_id=inbox.id,
        channel=inbox.channel,
        at=now,
        sent_at=event.at,
        text=clean_text(event.text, TEXT_MAX),
        attachments=[fetching(ref) for ref in event.media],
        location=event.location,
        address=event.sender.value if event.sender.kind in ("email", "phone") else "",
        delivery="sent",
        delivery_rank=DELIVERY_RANK["sent"],
        provider_id=event.event_id,
        details={"echo": True, "app": one_line(event.app, 120), **answer_details(current, now)},
    )


def _facts(
    current: Conversation, inbox: Inbox, event: MessageEchoed, person: Person, now: int
) -> dict[str, object]:
    """The customer was answered, wherever that was done."""
    names = ", ".join(ref.name for ref in event.media)
    facts: dict[str, object] = {
        "preview": one_line(event.text or names, PREVIEW_CHARS),
        "preview_from": "agent",
        "last_at": now,
        "waiting_since": 0,
        "has_answer": True,
    }
    if inbox.channel not in current.channels:
        facts["channels"] = [*current.channels, inbox.channel]
    if person.identity.id not in current.identities:
        facts["identities"] = [*current.identities, person.identity.id]
    return facts
