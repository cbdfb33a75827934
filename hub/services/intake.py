"""What happens when something comes in, read top to bottom like the picture in the design.

journal row → identity → contact → conversation → message (or a report about one of ours). Every
step is safe to repeat: ids derive from their cause, and rows that a crash left unmarked are worked
off again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.clock import Clock
from hub.model.contact import Contact
from hub.model.conversation import Conversation
from hub.model.ids import message_id, message_range, workspace_of
from hub.model.inbox import Inbox
from hub.model.message import Author, Message
from hub.ports.collections import MESSAGES
from hub.ports.inbound import DeliveryReported, DetailsClaimed, MessageReceived, ReadReported
from hub.ports.store import DocumentStore, Op
from hub.services.contacts import Contacts, Person
from hub.services.counters import Counters
from hub.services.docs import clean_text, one_line
from hub.services.joining import Joined, JoinedBy, Joining, join_group_of
from hub.services.journal import Row
from hub.services.names import NameBook
from hub.services.timeline import Plan, Timeline, activity

TEXT_MAX = 200_000
PREVIEW_CHARS = 160
#: How far back a read report looks for unread answers.
_READ_BACK = 50

SYSTEM = Author("system")

InboxLookup = Callable[[str], Inbox | None]
#: Gives files to a conversation: (workspace, file ids, conversation id, who may have brought them).
Attach = Callable[[str, list[str], str, set[str]], Awaitable[None]]


class Intake:
    """Works off journal rows; `handle` is the journal's handler."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        contacts: Contacts,
        joining: Joining,
        names: NameBook,
        clock: Clock,
        counters: Counters,
        inbox_of: InboxLookup,
        received: Callable[[Inbox, int], None],
        attach: Attach,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._contacts = contacts
        self._joining = joining
        self._names = names
        self._clock = clock
        self._counters = counters
        self._inbox_of = inbox_of
        self._received = received
        self._attach = attach

    async def handle(self, row: Row) -> None:
        """Work off one row. Raises `Unavailable` to be called again with the same row."""
        inbox = self._inbox_of(row.inbox_id)
        if inbox is None:
            row.outcome = "inbox_gone"
            return
        match row.event:
            case MessageReceived():
                await self._message(row, row.event, inbox)
            case DeliveryReported():
                await self._delivery(row, row.event, inbox)
            case ReadReported():
                await self._read(row, row.event)
            case DetailsClaimed():
                await self._details(row, row.event, inbox)
            case _:
                pass

    async def _message(self, row: Row, event: MessageReceived, inbox: Inbox) -> None:
        person = await self._contacts.meet(
            row.workspace, event.sender, name=event.sender_name, is_verified=event.is_verified
        )
        if person.contact.is_blocked:
            self._counters.add("blocked_messages")
            row.outcome = "blocked"
            return
        now = self._clock.now_ms()
        joined = await self._joining.find(inbox, event, person, row.id, now)
        joined, person = await self._settle(inbox, event, joined, person)
        contact = await self._contacts.note_details(
            person.contact,
            name=event.claimed_name,
            email=event.claimed_email,
            language=event.language,
        )
        names = await self._names.of(row.workspace)
        person = Person(person.identity, contact)
        await self._take_files(row.workspace, event, joined.conversation_id, person)

        def plan(conversation: Conversation) -> Plan:
            facts, messages = _inbound(conversation, inbox, event, person, now, joined.by)
            refs = [names.provider_ref(inbox.id, ref) for ref in event.refs]
            after: list[Op] = [*self._contacts.seen(contact, now)]
            return Plan(facts=facts, messages=messages, refs=refs, after=after)

        await self._timeline.run(
            joined.conversation_id,
            names.event_ref(row.id),
            plan,
            create=_new_conversation(joined.conversation_id, inbox, contact, event, now),
            may_be_repeat=row.is_repeat,
        )
        self._received(inbox, now)

    async def _take_files(
        self, workspace: str, event: MessageReceived, conversation_id: str, person: Person
    ) -> None:
        """The right to read a file is the conversation's."""
        files = [attachment.file_id for attachment in event.attachments]
        if event.mail is not None and event.mail.source_file_id:
            files.append(event.mail.source_file_id)
        if files:
            await self._attach(workspace, files, conversation_id, {"", person.identity.id})

    async def _settle(
        self, inbox: Inbox, event: MessageReceived, joined: Joined, person: Person
    ) -> tuple[Joined, Person]:
        """After a token: the address is proved. A closed conversation becomes the open one again,
        if it may.
        """
        conversation = joined.conversation
        if joined.by == "token" and conversation is not None:
            is_disowned = event.thread is not None and event.thread.auth == "fail"
            if not is_disowned:
                identity = await self._contacts.prove(person.identity, conversation.contact_id)
                person = Person(identity, await self._contacts.require_raw(identity.contact_id))
        if conversation is not None and conversation.state == "closed" and not event.is_auto:
            group = join_group_of(inbox)
            owner = conversation.contact_id
            open_id = await self._contacts.claim_open(owner, group, conversation.id)
            other = await self._timeline.get(open_id) if open_id != conversation.id else None
            if other is not None and other.state in ("open", "snoozed"):
                return Joined(other.id, "open", other), person
        return joined, person

    async def _delivery(self, row: Row, event: DeliveryReported, inbox: Inbox) -> None:
        names = await self._names.of(row.workspace)
        target = event.message_id or await self._timeline.find_by_ref(
            names.provider_ref(inbox.id, event.provider_id)
        )
        if target is None or workspace_of(target) != row.workspace:
            self._counters.add("unmatched_reports")
            row.outcome = "unmatched"
            return
        changed = await self._timeline.set_delivery(target, event.delivery, reason=event.reason)
        if changed is not None and event.delivery == "failed":
            await self._tell_failure(row, changed, event)

    async def _tell_failure(self, row: Row, message: Message, event: DeliveryReported) -> None:
        """A message bounced after it was accepted: it stands on the timeline, and the conversation
        waits again.
        """
        names = await self._names.of(row.workspace)
        now = self._clock.now_ms()

        def plan(conversation: Conversation) -> Plan:
            line = activity(
                conversation, at=now, what="delivery_failed", by=SYSTEM,
                seq=message.seq, reason=event.reason, address=message.address,
            )  # fmt: skip
            return Plan(facts={"last_at": now}, messages=[line])

        await self._timeline.run(
            message.conversation_id, names.command_ref(f"{row.id}:failure"), plan
        )

    async def _read(self, row: Row, event: ReadReported) -> None:
        names = await self._names.of(row.workspace)
        conversation = await self._timeline.get(event.conversation_id)
        if conversation is None or names.identity(event.sender) not in conversation.identities:
            row.outcome = "unmatched"
            return
        below = message_id(conversation.id, event.seq + 1)
        page = await self._store.find(
            MESSAGES,
            row.workspace,
            {"_id": {"$gte": message_range(conversation.id)["$gte"], "$lt": below}},
            desc=True,
            limit=_READ_BACK,
        )
        for doc in page.docs:
            if doc["direction"] == "out" and doc["kind"] == "message":
                await self._timeline.set_delivery(doc["_id"], "read")

    async def _details(self, row: Row, event: DetailsClaimed, inbox: Inbox) -> None:
        person = await self._contacts.meet(row.workspace, event.sender, name="")
        contact = await self._contacts.note_details(
            person.contact, name=event.name, email=event.email, language=event.language
        )
        open_id = contact.open.get(join_group_of(inbox))
        conversation = await self._timeline.get(open_id) if open_id else None
        if conversation is None:
            return
        names = await self._names.of(row.workspace)
        now = self._clock.now_ms()

        def plan(conversation: Conversation) -> Plan:
            by = Author("contact", person.identity.id, contact.name)
            line = activity(
                conversation, at=now, what="details", by=by,
                name=one_line(event.name, 120), email=one_line(event.email, 254),
            )  # fmt: skip
            facts: dict[str, Any] = {"contact_name": contact.name}
            return Plan(facts=facts, messages=[line])

        await self._timeline.run(
            conversation.id, names.event_ref(row.id), plan, may_be_repeat=row.is_repeat
        )


def _inbound(
    conversation: Conversation,
    inbox: Inbox,
    event: MessageReceived,
    person: Person,
    now: int,
    joined_by: JoinedBy,
) -> tuple[dict[str, Any], list[Message]]:
    """The customer's message and what it changes about the conversation."""
    messages = []
    facts: dict[str, Any] = {}
    # Spam stays where it is: open and spam at once would be in no view at all.
    reopens = conversation.state != "open" and not event.is_auto and not conversation.is_spam
    seq = conversation.seq + 1
    is_newcomer = person.contact.id != conversation.contact_id
    message = Message(
        id=message_id(conversation.id, seq),
        conversation_id=conversation.id,
        seq=seq,
        kind="message",
        direction="in",
        author=Author("contact", person.identity.id, _author_name(event, person, is_newcomer)),
        inbox_id=inbox.id,
        channel=inbox.channel,
        at=now,
        sent_at=event.at,
        text=clean_text(event.text, TEXT_MAX),
        subject=one_line(event.subject, 500),
        attachments=event.attachments,
        mail=event.mail,
        address=event.sender.value if event.sender.kind in ("email", "phone") else "",
        client_id=event.client_id,
        details={"joined_by": joined_by},
        is_auto=event.is_auto,
    )
    messages.append(message)
    facts |= {
        "inbox_id": inbox.id,
        "channel": inbox.channel,
        "preview": one_line(event.text or event.subject or _file_names(event), PREVIEW_CHARS),
        "preview_from": "contact",
        "inbound_seq": seq,
        "last_at": now,
        "last_inbound_at": now,
    }
    if person.contact.id == conversation.contact_id and person.contact.name:
        facts["contact_name"] = person.contact.name
    if inbox.channel not in conversation.channels:
        facts["channels"] = [*conversation.channels, inbox.channel]
    if person.identity.id not in conversation.identities:
        facts["identities"] = [*conversation.identities, person.identity.id]
    if not conversation.subject and event.subject:
        facts["subject"] = one_line(event.subject, 500)
    if not conversation.waiting_since and not event.is_auto:
        facts["waiting_since"] = now
    if reopens:
        what = "woken" if conversation.state == "snoozed" else "reopened"
        facts |= {"state": "open", "snoozed_until": 0, "closed_at": 0}
        messages.append(activity(conversation, at=now, what=what, by=SYSTEM, offset=2))
    return facts, messages


def _new_conversation(
    id: str, inbox: Inbox, contact: Contact, event: MessageReceived, now: int
) -> Conversation:
    return Conversation(
        id=id,
        contact_id=contact.id,
        contact_name=contact.name or one_line(event.sender_name, 120),
        home=inbox.id,
        inbox_id=inbox.id,
        channel=inbox.channel,
        join_group=join_group_of(inbox),
        created_at=now,
        last_at=now,
    )


def _author_name(event: MessageReceived, person: Person, is_newcomer: bool) -> str:
    """A stranger who takes part shows under their own name and address, never under the
    contact's.
    """
    if is_newcomer:
        return one_line(event.sender_name, 120) or person.identity.address.value
    return person.contact.name or one_line(event.sender_name, 120)


def _file_names(event: MessageReceived) -> str:
    return ", ".join(attachment.name for attachment in event.attachments)
