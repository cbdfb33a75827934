"""What a message quotes: found by the network's id for it, or by its place in the conversation."""

from __future__ import annotations

from hub.model.ids import conversation_of, message_id
from hub.model.message import Message, Quoted
from hub.ports.collections import MESSAGES
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, one_line
from hub.services.names import Names
from hub.services.timeline import Timeline

_QUOTE_CHARS = 200


def quote_of(message: Message, conversation_id: str) -> Quoted:
    """As it is shown in `conversation_id`; a message of another conversation has no place there."""
    seq = message.seq if conversation_of(message.id) == conversation_id else 0
    files = ", ".join(attachment.name for attachment in message.attachments)
    return Quoted(seq, message.author.name, one_line(message.text or files, _QUOTE_CHARS))


async def find_message(
    timeline: Timeline, names: Names, inbox_id: str, provider_id: str
) -> str | None:
    """Id of the message that the network of this inbox calls so: one that came in by this event
    id, or one that goes by it as a further name.
    """
    if not provider_id:
        return None
    event = f"{names.workspace}.{names.event_key(inbox_id, provider_id)}"
    by_event = await timeline.find_by_ref(event)
    return by_event or await timeline.find_by_ref(names.provider_ref(inbox_id, provider_id))


async def answered_id(store: DocumentStore, message: Message) -> str:
    """The network's id of the message that `message` answers in the same inbox, or ""."""
    if message.quoted is None or not message.quoted.seq:
        return ""
    doc = await store.get(MESSAGES, message_id(message.conversation_id, message.quoted.seq))
    if doc is None:
        return ""
    answered = from_doc(Message, doc)
    return answered.provider_id if answered.inbox_id == message.inbox_id else ""
