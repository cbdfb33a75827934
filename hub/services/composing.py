"""From an outbox row to the complete message that a channel sends: address, token, references,
quote.
"""

from __future__ import annotations

from hub.errors import RecipientUnreachable
from hub.model.contact import Contact
from hub.model.conversation import Conversation, heard_key
from hub.model.ids import workspace_of
from hub.model.message import Message
from hub.model.template import restored
from hub.ports.channel import OutboundMessage
from hub.ports.collections import CONTACTS
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc
from hub.services.names import NameBook, Names
from hub.services.outbox_rows import OutboxRow
from hub.services.quoting import answered_id
from hub.services.reading import Reading
from hub.services.timeline import Timeline

#: How many earlier messages are looked at for references and the quote.
_BACK = 40
#: How many of the contact's conversations are asked when they last wrote.
_RECENT = 10
_QUOTE_CHARS = 20_000
_LIST_SEPARATOR = "\n\n"


class Composing:
    """Reads only; `compose` is what the outbox calls right before an attempt."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        reading: Reading,
        names: NameBook,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._reading = reading
        self._names = names

    async def compose(self, row: OutboxRow, message: Message) -> OutboundMessage:
        """Raises `RecipientUnreachable` when the conversation or its contact is gone or blocked."""
        conversation = await self._timeline.get(message.conversation_id)
        if conversation is None:
            raise RecipientUnreachable("the conversation is gone")
        contact = await self._contact(conversation)
        names = await self._names.of(workspace_of(message.id))
        earlier = await self._reading.messages(conversation.id, before=message.seq, limit=_BACK)
        text, attachments = message.text, message.attachments
        if row.carries:
            carried = [await self._timeline.require_message(id) for id in row.carries]
            text = _LIST_SEPARATOR.join(m.text for m in carried if m.text)
            attachments = [a for m in carried for a in m.attachments]
        mail = message.mail if not row.kind else None
        return OutboundMessage(
            id=message.id,
            conversation_id=conversation.id,
            seq=message.seq,
            to=row.to,
            to_name=contact.name if contact else "",
            from_name=message.author.name,
            text=text,
            html=mail.html if mail else "",
            subject=message.subject or conversation.subject,
            cc=mail.cc if mail else [],
            attachments=attachments,
            quick_replies=message.quick_replies,
            reply_token=names.reply_token(conversation.id),
            refs=_refs(earlier, row.inbox_id),
            quote=_quote(earlier, row.inbox_id),
            is_auto=message.is_auto,
            is_follow_up=bool(row.carries),
            client_id=message.client_id,
            at=message.at,
            template=restored(message.template) if message.template else None,
            reply_to=await answered_id(self._store, message),
            last_inbound_at=await self._last_inbound_at(names, conversation, row),
        )

    async def _last_inbound_at(
        self, names: Names, conversation: Conversation, row: OutboxRow
    ) -> int:
        """When this address last wrote by this inbox, in this conversation or a former one."""
        key = heard_key(row.inbox_id, names.identity(row.to))
        if key in conversation.heard:
            return conversation.heard[key]
        recent = await self._reading.recent_of(conversation.contact_id, _RECENT)
        return max((other.heard.get(key, 0) for other in recent), default=0)

    async def _contact(self, conversation: Conversation) -> Contact | None:
        doc = await self._store.get(CONTACTS, conversation.contact_id)
        contact = from_doc(Contact, doc) if doc else None
        if contact is not None and contact.is_blocked:
            raise RecipientUnreachable("this contact is blocked")
        return contact


def _refs(earlier: list[Message], inbox_id: str) -> list[str]:
    """Provider ids of the conversation's messages in this inbox, oldest first."""
    refs = []
    for message in earlier:
        if message.inbox_id == inbox_id:
            ref = (message.mail.message_id if message.mail else "") or message.provider_id
            if ref:
                refs.append(ref)
    return refs


def _quote(earlier: list[Message], inbox_id: str) -> tuple[str, int, str] | None:
    """The customer's last message, when it came by the same inbox."""
    for message in reversed(earlier):
        if message.kind == "message" and message.direction == "in":
            if message.inbox_id != inbox_id:
                return None
            return (message.author.name, message.sent_at or message.at, message.text[:_QUOTE_CHARS])
    return None
