"""What happened, in the past tense: services publish these on the bus; the live socket shows them
to agents.
"""

from __future__ import annotations

import msgspec

from hub.model.board import QueueState
from hub.model.contact import Address, Contact, Identity
from hub.model.conversation import Conversation
from hub.model.desk import Desk
from hub.model.inbox import Inbox, InboxHealth
from hub.model.message import Message
from hub.model.task import Task


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


class DeskChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Presence or work of an agent changed."""

    desk: Desk


class TaskChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """New, changed, done, due (`is_due`) or gone (`is_gone`: also from the list of who had it).
    Who sees the conversation sees it; without one its assignee and its maker do.
    """

    task: Task
    conversation: Conversation | None = None
    is_due: bool = False
    is_gone: bool = False


class LineChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """The customer's place in the line and estimated wait (seconds; None: not known); lossy."""

    conversation: Conversation
    place: int
    wait_s: int | None = None


class QueueChanged(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """A queue's numbers moved; told at most once a second for each queue; lossy."""

    queue: QueueState


class LaneWoken(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Between hubs: a row was committed whose lane is another hub's (`hub.services.lane_work`)."""

    kind: str
    lane: int
    row_id: str = ""


class PresenceAsked(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Between hubs: does this address read along in this inbox now? (`hub.services.presence`)"""

    question: str
    inbox_id: str
    address: Address


class PresenceTold(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Between hubs: here, or not here."""

    question: str
    #: The hub that answers.
    hub: str
    is_here: bool


class ReaderTyping(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """An agent types: shown to the customer, who may be connected to another hub; lossy."""

    conversation: Conversation
    is_typing: bool


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
    | DeskChanged
    | TaskChanged
    | LineChanged
    | LaneWoken
    | PresenceAsked
    | PresenceTold
    | ReaderTyping
    | QueueChanged
)
