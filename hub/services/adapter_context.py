"""What an adapter may ask of the hub (`ports.channel.AdapterContext`), bound to its inbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from hub.clock import Clock
from hub.errors import NotFound
from hub.model.contact import Address, Contact, Identity
from hub.model.conversation import Conversation
from hub.model.events import TypingSeen
from hub.model.ids import workspace_of
from hub.model.inbox import Inbox, InboxState
from hub.model.message import Message
from hub.ports.bus import Bus
from hub.ports.channel import Egress, FileSink, InboxFacts, VendorHttp
from hub.ports.collections import CONTACTS, IDENTITIES, INBOX_MEMORY
from hub.ports.inbound import InboundEvent
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc
from hub.services.joining import join_group_of
from hub.services.names import Names
from hub.services.reading import Reading
from hub.services.timeline import Timeline
from hub.tasks import Tasks

Report = Callable[[str, InboxState, str], Awaitable[None]]
Accept = Callable[[Inbox, Sequence[InboundEvent]], Awaitable[None]]
_LATEST = 20


class Context:
    """One for each adapter."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        facts: InboxFacts,
        names: Names,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
        files: FileSink,
        egress: Egress,
        http: VendorHttp,
        accept: Accept,
        report: Report,
        is_staffed: Callable[[], bool],
        is_our_turn: Callable[[], bool] = lambda: True,
    ) -> None:
        self.inbox = facts
        self.clock = clock
        self.tasks = tasks
        self.files = files
        self.egress = egress
        self.http = http
        self.history = ReaderHistory(inbox, names, store, timeline, reading)
        self._inbox = inbox
        self._names = names
        self._store = store
        self._bus = bus
        self._accept = accept
        self._report = report
        self._is_staffed = is_staffed
        self._is_our_turn = is_our_turn

    async def is_staffed(self) -> bool:
        """Whether an agent has the inbox open."""
        return self._is_staffed()

    def is_our_turn(self) -> bool:
        """Whether this hub polls, of those that run the inbox."""
        return self._is_our_turn()

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        await self._accept(self._inbox, events)

    async def report(self, state: InboxState, detail: str = "") -> None:
        await self._report(self._inbox.id, state, detail)

    async def typing(self, sender: Address, is_typing: bool) -> None:
        conversation = await self.history.conversation(sender)
        if conversation is not None:
            event = TypingSeen(conversation=conversation, is_typing=is_typing)
            self._bus.publish(workspace_of(self._inbox.id), event)

    async def remember(self, name: str, value: Mapping[str, Any]) -> None:
        id = f"{self._inbox.id}.{name}"
        await self._store.patch(
            INBOX_MEMORY, id, Patch(set={"value": dict(value)}), upsert={"_id": id}
        )

    async def recall(self, name: str) -> dict[str, Any] | None:
        doc = await self._store.get(INBOX_MEMORY, f"{self._inbox.id}.{name}")
        return None if doc is None else dict(doc["value"])

    def sign(self, *parts: str) -> str:
        return self._names.sign(self._inbox.id, *parts)


class ReaderHistory:
    """What a live channel may show its reader: conversations that this very address
    took part in.
    """

    def __init__(
        self,
        inbox: Inbox,
        names: Names,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
    ) -> None:
        self._inbox = inbox
        self._names = names
        self._store = store
        self._timeline = timeline
        self._reading = reading

    async def reader_id(self, reader: Address) -> str:
        return self._names.identity(reader)

    async def conversation(self, reader: Address) -> Conversation | None:
        """The open one, else the latest in which the reader took part."""
        identity_id = self._names.identity(reader)
        doc = await self._store.get(IDENTITIES, identity_id)
        if doc is None:
            return None
        contact_id = from_doc(Identity, doc).contact_id
        contact = await self._store.get(CONTACTS, contact_id)
        if contact is None:
            return None
        open_id = from_doc(Contact, contact).open.get(join_group_of(self._inbox))
        current = await self._timeline.get(open_id) if open_id else None
        if current is not None and identity_id in current.identities:
            return current
        return await self._latest(contact_id, identity_id)

    async def _latest(self, contact_id: str, identity_id: str) -> Conversation | None:
        recent = await self._reading.recent_of(contact_id, _LATEST)
        return next((c for c in recent if identity_id in c.identities), None)

    async def current(self, reader: Address) -> str | None:
        conversation = await self.conversation(reader)
        return conversation.id if conversation else None

    async def messages(
        self, reader: Address, conversation_id: str, after_seq: int, limit: int
    ) -> list[Message]:
        conversation = (
            await self._timeline.get(conversation_id)
            if workspace_of(conversation_id) == self._names.workspace
            else None
        )
        if conversation is None or self._names.identity(reader) not in conversation.identities:
            raise NotFound("there is no such conversation")
        found: list[Message] = []
        after = after_seq
        while len(found) < limit:
            page = await self._reading.messages(conversation.id, after=after, limit=limit)
            found += [m for m in page if m.kind == "message"]
            if len(page) < limit:
                break
            after = page[-1].seq
        return found[:limit]
