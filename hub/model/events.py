"""What happened, in the past tense: services publish these on the bus; the live socket shows them
to agents.
"""

from __future__ import annotations

import msgspec

from hub.model.contact import Contact, Identity
from hub.model.conversation import Conversation
from hub.model.inbox import Inbox, InboxHealth
from hub.model.message import Message


class ConversationChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """New or changed. `before` tells whose view it may have left; None when it is new."""

    conversation: Conversation
    before: Conversation | None = None


class MessageChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """New or changed; the conversation decides who may see it."""

    message: Message
    conversation: Conversation


class TypingSeen(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The contact (agent_id "") or a colleague types or looks; lossy."""

    conversation: Conversation
    agent_id: str = ""
    is_viewing: bool = True
    is_typing: bool = False


class ContactChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    contact: Contact
    identities: list[Identity]


class InboxChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    inbox: Inbox
    health: InboxHealth


class SettingsChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Load again: labels, canned, agents, inboxes, workspace, me."""

    what: str


class AccessGained(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An agent was mentioned or became a participant."""

    conversation: Conversation
    agent_id: str


class ReadMoved(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    agent_id: str
    conversation_id: str
    seq: int


class DraftMoved(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    agent_id: str
    conversation_id: str
    has_draft: bool


class PresenceChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    agent_id: str
    is_online: bool


class RightsChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Role, homes or activity of an agent changed, or a session ended: sockets check
    again at once.
    """

    agent_id: str
    session_id: str = ""


Event = (
    ConversationChanged
    | MessageChanged
    | TypingSeen
    | ContactChanged
    | InboxChanged
    | SettingsChanged
    | AccessGained
    | ReadMoved
    | DraftMoved
    | PresenceChanged
    | RightsChanged
)
