"""Automatic texts to customers, and the only way by which they leave: an acknowledgement when a
conversation begins, a word outside the hours of work, a place in the line.

Each kind goes out at most once in four hours of a conversation, and none to machines, lists, spam,
blocked or suppressed people, or outside a channel's reply window. Nothing else moves with it: the
customer waits on, and clocks run on. Called after a message came in, and by routing (`tell`); every
call is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hub.clock import Clock
from hub.i18n import Texts
from hub.model.contact import Address, Contact, Identity
from hub.model.conversation import Conversation, queue_of
from hub.model.ids import message_id, workspace_of
from hub.model.inbox import Inbox
from hub.model.message import DELIVERY_RANK, Author, Message
from hub.model.routing import Queue
from hub.ports.collections import MESSAGES, OUTBOX
from hub.ports.store import DocumentStore, Insert
from hub.services.contacts import Contacts
from hub.services.docs import clean_text, from_doc, to_doc
from hub.services.inboxes import Inboxes
from hub.services.names import NameBook
from hub.services.outbox_rows import OutboxRow, new_row
from hub.services.queue_book import QueueBook
from hub.services.timeline import Plan, Timeline, Written
from hub.services.told_texts import MAX_CHARS, fill_text
from hub.services.ways import AnswerWay, Ways

#: Key of `Message.details` that says which kind of automatic text it is.
AUTO = "auto"
EVERY_MS = 4 * 3600 * 1000
#: Where texts cost and machines answer them: any kind at most once in so long (R-48).
EVERY_ON_PHONES_MS = 3600 * 1000
#: What came in later than that after it was written is not greeted (R-14).
LATE_MS = 10 * 60 * 1000
_SYSTEM = Author("system")
#: The first part of a cause of `tell` names the kind; what the door of a queue says when it is
#: closed is of one kind with what is said later.
_KINDS = {"entry": "away"}

#: Name and language of a workspace.
About = Callable[[str], Awaitable[tuple[str, str]]]


class AutoReply:
    """Made once; fulfils `hub.services.routing.tells.Tells`."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        contacts: Contacts,
        inboxes: Inboxes,
        ways: Ways,
        names: NameBook,
        book: QueueBook,
        clock: Clock,
        texts: Texts,
        about: About,
        wake: Callable[[OutboxRow], None],
        wake_again: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._contacts = contacts
        self._inboxes = inboxes
        self._ways = ways
        self._names = names
        self._book = book
        self._clock = clock
        self._texts = texts
        self._about = about
        self._wake = wake
        self._wake_again = wake_again

    async def arrived(self, written: Written, inbox: Inbox) -> None:
        """A message of the customer is on the timeline: greet, or say that nobody is there."""
        current, message = written.conversation, written.messages[0]
        if current.state != "open" or message.is_auto:
            return
        if message.seq == 1:
            kind, text, queue = self._greeting(inbox)
        elif current.assignee_id:
            return
        else:
            queue = self._book.queue(queue_of(current))
            kind, text = "away", self._away_text(queue, inbox)
        if text:
            await self.tell(current, text, f"{kind}:{message.id}", queue=queue)

    def _greeting(self, inbox: Inbox) -> tuple[str, str, Queue | None]:
        """Outside the hours that nobody is there, instead of a welcome. A queue's own text is said
        when the conversation comes into it.
        """
        queue = self._book.queue(inbox.entry_queue_id) if inbox.entry_queue_id else None
        if not self._away_text(queue, inbox):
            return "acknowledgement", inbox.acknowledgement, queue
        has_own = queue is not None and bool(queue.outside.text)
        return "away", "" if has_own else inbox.away_text, queue

    def _away_text(self, queue: Queue | None, inbox: Inbox) -> str:
        """What is said now because nobody works; "" while somebody does."""
        if queue is None or self._book.is_open(queue, self._clock.now_ms()):
            return ""
        return queue.outside.text or inbox.away_text

    async def tell(
        self,
        conversation: Conversation,
        text: str,
        cause: str,
        *,
        queue: Queue | None = None,
        place: int | None = None,
        wait_s: int | None = None,
    ) -> None:
        """Say `text` (names in it filled in) to the customer once for each `cause`, whose first
        part up to a colon is its kind.
        """
        first = cause.partition(":")[0]
        kind = _KINDS.get(first, first)
        way = await self._way(conversation)
        if way is None or not self._may_tell(conversation, kind, way):
            return
        values = await self._values(conversation, way, queue, place, wait_s)
        said = clean_text((await fill_text(text, values)).strip(), MAX_CHARS)
        if said:
            await self._say(conversation, said, kind, f"auto:{cause}", way)

    async def _way(self, conversation: Conversation) -> AnswerWay | None:
        """Back to whoever wrote last, the way they came; None where no machine may answer."""
        if conversation.is_spam or not conversation.inbound_seq:
            return None
        doc = await self._store.get(MESSAGES, message_id(conversation.id, conversation.inbound_seq))
        inbox = self._inboxes.get(conversation.inbox_id)
        if doc is None or inbox is None or not self._is_from_a_person(from_doc(Message, doc)):
            return None
        identity = await self._contacts.find_identity(doc["author"]["id"])
        if identity is None or self._is_ours(identity):
            return None
        contact = await self._contacts.require_raw(identity.contact_id)
        if contact.is_blocked:
            return None
        way = await self._ways.to_contact(contact, inbox, identity.address)
        return way if way is not None and way.state == "ok" else None

    def _is_from_a_person(self, message: Message) -> bool:
        """No machine, no list, and not from long ago."""
        is_plain = message.mail is None or message.mail.kind == "message"
        written_at = message.sent_at or message.at
        return is_plain and not message.is_auto and message.at - written_at <= LATE_MS

    def _is_ours(self, identity: Identity) -> bool:
        """Two inboxes of this hub must not talk to each other."""
        address: Address = identity.address
        everyone = self._inboxes.of_workspace(workspace_of(identity.id))
        return address.value in {inbox.address for inbox in everyone if inbox.address}

    def _may_tell(self, current: Conversation, kind: str, way: AnswerWay) -> bool:
        now = self._clock.now_ms()
        if now - current.told.get(kind, 0) < EVERY_MS:
            return False
        latest = max(current.told.values(), default=0)
        return not way.capabilities.has_opt_out or now - latest >= EVERY_ON_PHONES_MS

    async def _values(
        self,
        conversation: Conversation,
        way: AnswerWay,
        queue: Queue | None,
        place: int | None,
        wait_s: int | None,
    ) -> dict[str, object]:
        contact = await self._contacts.require_raw(conversation.contact_id)
        name, language = await self._about(workspace_of(conversation.id))
        return {
            "contact.name": _name_of(contact),
            "agent.name": "",
            "queue.name": queue.name if queue else "",
            "inbox.name": way.inbox.name,
            "workspace.name": name,
            "place": "" if place is None else place,
            "wait": self._wait(contact.language or language, wait_s),
        }

    def _wait(self, language: str, wait_s: int | None) -> str:
        """In whole minutes, and in words."""
        if wait_s is None:
            return self._texts.text(language, "server", "wait.unknown")
        minutes = max(1, -(-wait_s // 60))
        return self._texts.text(language, "server", "wait.minutes", count=minutes)

    async def _say(
        self, conversation: Conversation, text: str, kind: str, cause: str, way: AnswerWay
    ) -> None:
        names = await self._names.of(workspace_of(conversation.id))
        now = self._clock.now_ms()
        rows: list[OutboxRow] = []

        def plan(current: Conversation) -> Plan:
            rows.clear()
            if current.state != "open" or not self._may_tell(current, kind, way):
                return Plan()
            message = _message(current, text, kind, way, now)
            rows.append(new_row(message, way.to, now))
            before: list[Any] = [Insert(OUTBOX, to_doc(row)) for row in rows]
            facts = {"last_at": now, "told": {**current.told, kind: now}}
            return Plan(facts=facts, messages=[message], before=before)

        written = await self._timeline.run(conversation.id, names.command_ref(cause), plan)
        if written.is_repeat:
            for message in written.messages:
                await self._wake_again(new_row(message, way.to, now).id)
        for row in rows if not written.is_repeat else ():
            self._wake(row)


def _message(current: Conversation, text: str, kind: str, way: AnswerWay, now: int) -> Message:
    seq = current.seq + 1
    return Message(
        id=message_id(current.id, seq),
        conversation_id=current.id,
        seq=seq,
        kind="message",
        direction="out",
        author=_SYSTEM,
        inbox_id=way.inbox.id,
        channel=way.inbox.channel,
        at=now,
        text=text,
        subject=current.subject if way.capabilities.has_subject else "",
        address=way.to.value if way.to.kind in ("email", "phone") else "",
        delivery="queued",
        delivery_rank=DELIVERY_RANK["queued"],
        details={AUTO: kind},
        is_auto=True,
    )


def _name_of(contact: Contact) -> str:
    """A name for a greeting: an address is none."""
    return "" if contact.name in contact.addresses else contact.name
