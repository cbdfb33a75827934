"""What becomes of messages that came in: their authors change them, take them back, put emojis on
ours. Called by intake and by `hub.services.parking`.
"""

from __future__ import annotations

from hub.model.contact import Address, Identity
from hub.model.ids import lane_of, lane_partition, workspace_of
from hub.model.inbox import Inbox
from hub.model.message import Message, Reaction
from hub.ports.collections import CONTACTS, IDENTITIES, MESSAGES
from hub.ports.inbound import MessageDeleted, MessageEdited, Reacted
from hub.ports.store import DocumentStore
from hub.services.docs import from_doc, one_line
from hub.services.journal import sender_key_of
from hub.services.names import NameBook, Names
from hub.services.quoting import find_message
from hub.services.rewriting import Rewriting
from hub.services.timeline import Timeline

MessageChange = MessageEdited | MessageDeleted | Reacted

_EMOJI_CHARS = 16


class MessageChanges:
    """Made once."""

    def __init__(
        self,
        store: DocumentStore,
        timeline: Timeline,
        rewriting: Rewriting,
        names: NameBook,
    ) -> None:
        self._store = store
        self._timeline = timeline
        self._rewriting = rewriting
        self._names = names

    async def apply(self, inbox: Inbox, event: MessageChange) -> bool:
        """Do it; False when the message is not known (yet). What somebody does to a message that
        is not theirs is passed over.
        """
        names = await self._names.of(workspace_of(inbox.id))
        id = await find_message(self._timeline, names, inbox.id, event.provider_id)
        doc = await self._store.get(MESSAGES, id) if id else None
        if doc is None:
            return False
        message = from_doc(Message, doc)
        match event:
            case Reacted():
                await self._react(names, message, event)
            case MessageEdited() if await self._is_author(names, message, event.sender):
                await self._rewriting.replace_text(message.id, event.text, event.at)
            case MessageDeleted() if await self._is_author(names, message, event.sender):
                await self._rewriting.remove(message.id, event.at)
                await self._rewriting.forget_event(_row_id(names, inbox, event))
        return True

    async def _is_author(self, names: Names, message: Message, sender: Address) -> bool:
        """Wrote this address the message, or another one of the same person? What the business
        wrote with another tool it may change there too.
        """
        if message.direction == "out":
            return bool(message.details.get("echo"))
        identity_id = names.identity(sender)
        if message.author.id == identity_id:
            return True
        docs = await self._store.get_many(IDENTITIES, [identity_id, message.author.id])
        return len(docs) == 2 and docs[0]["contact_id"] == docs[1]["contact_id"]

    async def _react(self, names: Names, message: Message, event: Reacted) -> None:
        identity_id = names.identity(event.sender)
        doc = await self._store.get(IDENTITIES, identity_id)
        if doc is None:
            return
        identity = from_doc(Identity, doc)
        contact = await self._store.get(CONTACTS, identity.contact_id)
        name = (contact or {}).get("name") or identity.name
        emoji = one_line(event.emoji, _EMOJI_CHARS)
        await self._rewriting.react(message.id, Reaction(identity_id, name, emoji, event.at))


def slot_of(names: Names, event: MessageChange) -> str:
    """Where a change waits for its message: one of each kind, one reaction for each author."""
    match event:
        case MessageEdited():
            return "edited"
        case MessageDeleted():
            return "deleted"
        case Reacted():
            return f"reacted_{names.identity(event.sender).partition('.')[2]}"


def _row_id(names: Names, inbox: Inbox, event: MessageDeleted) -> str:
    """Of the journal row by which the message came in."""
    lane = lane_of(sender_key_of(names.workspace, inbox.id, event))
    key = names.event_key(inbox.id, event.provider_id)
    return f"{lane_partition(lane)}.{key}"
