"""What happens when something comes in, read top to bottom like the picture in the design.

journal row → identity → contact → conversation → message (or a report about one of ours). Every
step is safe to repeat: ids derive from their cause, and rows that a crash left unmarked are worked
off again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.clock import Clock
from hub.model.conversation import Conversation
from hub.model.ids import message_id, message_range
from hub.model.inbox import Inbox
from hub.model.message import Author
from hub.ports.collections import MESSAGES
from hub.ports.inbound import DetailsClaimed, MessageReceived, ReadReported
from hub.ports.store import DocumentStore
from hub.services.arrivals import Arrivals
from hub.services.contacts import Contacts, Person
from hub.services.counters import Counters
from hub.services.docs import one_line
from hub.services.further import Further
from hub.services.inbound import inbound
from hub.services.joining import Joined, Joining, join_group_of, new_conversation
from hub.services.journal import Row
from hub.services.names import NameBook
from hub.services.plain import Plain, Stored
from hub.services.timeline import Plan, Timeline, Written, activity

#: How far back a read report looks for unread answers.
_READ_BACK = 50

SYSTEM = Author("system")

InboxLookup = Callable[[str], Inbox | None]
#: Gives files to a conversation: (workspace, file ids, conversation id, who may have brought them).
Arrived = Callable[[Written, Inbox], Awaitable[None]]
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
        arrivals: Arrivals,
        further: Further,
        arrived: Arrived,
        plain: Plain | None,
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
        self._arrivals = arrivals
        self._further = further
        self._arrived = arrived
        self._plain = plain

    async def handle(self, row: Row) -> None:
        """Work off one row. Raises `Unavailable` to be called again with the same row."""
        inbox = self._inbox_of(row.inbox_id)
        if inbox is None:
            row.outcome = "inbox_gone"
            return
        match row.event:
            case MessageReceived():
                await self._message(row, row.event, inbox)
            case ReadReported():
                await self._read(row, row.event)
            case DetailsClaimed():
                await self._details(row, row.event, inbox)
            case _:
                self._received(inbox, self._clock.now_ms())
                await self._further.handle(row, inbox)

    async def _message(self, row: Row, event: MessageReceived, inbox: Inbox) -> None:
        stored = await self._plain.write(row, event, inbox) if self._plain else None
        if stored is None:
            stored = await self._singly(row, event, inbox)
        if stored is not None:
            await self._arrivals.stored(
                stored.arrival, row, event, inbox, stored.person, stored.written.conversation.id
            )
            await self._arrived(stored.written, inbox)
            self._received(inbox, stored.at)

    async def _singly(self, row: Row, event: MessageReceived, inbox: Inbox) -> Stored | None:
        """None when there is no message: the sender is blocked, or an album has it."""
        word = await self._arrivals.listen(row, event, inbox)
        person = await self._contacts.meet(
            row.workspace,
            event.sender,
            name=event.sender_name,
            is_verified=event.is_verified,
            aliases=event.aliases,
        )
        if person.contact.is_blocked:
            self._counters.add("blocked_messages")
            row.outcome = "blocked"
            return None
        names = await self._names.of(row.workspace)
        if await self._arrivals.add_to_album(names, row, event, inbox):
            return None
        if inbox.id in person.identity.unreachable_in:
            identity = await self._contacts.set_reachable(
                person.identity, inbox.id, is_reachable=True
            )
            person = Person(identity, person.contact)
        now = self._clock.now_ms()
        joined = await self._joining.find(inbox, event, person, row.id, now)
        joined, person = await self._settle(inbox, event, joined, person)
        contact = await self._contacts.note_details(
            person.contact,
            name=event.claimed_name or event.sender_name,
            email=event.claimed_email,
            language=event.language,
        )
        person = Person(person.identity, contact)
        arrival = await self._arrivals.of(names, event, inbox, word, joined.conversation_id)
        await self._take_files(row.workspace, event, joined.conversation_id, person)

        def plan(conversation: Conversation) -> Plan:
            facts, messages = inbound(conversation, inbox, event, person, now, joined.by, arrival)
            before = self._arrivals.before(arrival, event, inbox, messages[0].id)
            refs = [names.provider_ref(inbox.id, ref) for ref in event.refs] + arrival.refs
            return Plan(
                facts=facts,
                messages=messages,
                before=[*before],
                refs=refs,
                after=[*self._contacts.seen(contact, now)],
                needs_unmerged=True,
            )

        written = await self._timeline.run(
            joined.conversation_id,
            names.event_ref(row.id),
            plan,
            create=new_conversation(joined.conversation_id, inbox, contact, event.sender_name, now),
            may_be_repeat=row.is_repeat,
        )
        return Stored(written, person, arrival, now)

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
