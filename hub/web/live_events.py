"""What the live socket sends (`GET /api/v1/live?cursor=…`, WebSocket, JSON text frames).

Server frames: `hello{cursor}` first; `events{cursor, events}`; `resync{cursor}` when the cursor
given is unknown or too old: load anew; `ping{}` every 20 s, answered by the client with `{"type":
"pong"}`, else the socket is closed after 40 s. Close codes: 4401 signed out, 1012 restart (come
back after 0–30 s), 1013 too slow. Events carry whole views; a client keeps the one with the higher
`rev`.
"""

from __future__ import annotations

import msgspec

from hub.web.routing_views import DeskView, QueueNow, TaskView
from hub.web.views import ContactView, ConversationView, InboxView, MessageView


class ConversationChanged(msgspec.Struct, frozen=True, tag="conversation"):
    conversation: ConversationView


class ConversationRemoved(msgspec.Struct, frozen=True, tag="conversation_removed"):
    """No longer visible to this agent."""

    conversation_id: str


class MessageChanged(msgspec.Struct, frozen=True, tag="message"):
    """New or changed."""

    message: MessageView


class ContactTyping(msgspec.Struct, frozen=True, tag="typing"):
    conversation_id: str
    is_typing: bool


class ColleagueActive(msgspec.Struct, frozen=True, tag="colleague"):
    """A colleague looks at or types in a conversation; lasts 30 s unless repeated."""

    conversation_id: str
    agent_id: str
    is_viewing: bool
    is_typing: bool


class ContactChanged(msgspec.Struct, frozen=True, tag="contact"):
    contact: ContactView


class InboxChanged(msgspec.Struct, frozen=True, tag="inbox"):
    inbox: InboxView


class SettingsChanged(msgspec.Struct, frozen=True, tag="settings"):
    """Load this list again: labels, canned, agents, inboxes, workspace, me."""

    what: str


class ReadMoved(msgspec.Struct, frozen=True, tag="read"):
    """I have read further, in another window."""

    conversation_id: str
    seq: int


class DraftMoved(msgspec.Struct, frozen=True, tag="draft"):
    """My draft appeared or went, in another window."""

    conversation_id: str
    has_draft: bool


class PresenceChanged(msgspec.Struct, frozen=True, tag="presence"):
    """A colleague came online or went."""

    agent_id: str
    is_online: bool


class DeskChanged(msgspec.Struct, frozen=True, tag="desk"):
    """Presence or load of an agent."""

    desk: DeskView


class QueueChanged(msgspec.Struct, frozen=True, tag="queue"):
    """Numbers of a queue; at most one a second for each."""

    now: QueueNow


class TaskChanged(msgspec.Struct, frozen=True, tag="task"):
    """A task is new, has changed, or is due now (`is_due`: remind me); `is_gone`: drop it."""

    task: TaskView
    is_due: bool
    is_gone: bool


LiveEvent = (
    ConversationChanged
    | ConversationRemoved
    | MessageChanged
    | ContactTyping
    | ColleagueActive
    | ContactChanged
    | InboxChanged
    | SettingsChanged
    | ReadMoved
    | DraftMoved
    | PresenceChanged
    | TaskChanged
    | DeskChanged
    | QueueChanged
)


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    cursor: str


class Events(msgspec.Struct, frozen=True, tag="events"):
    cursor: str
    events: list[LiveEvent]


class Resync(msgspec.Struct, frozen=True, tag="resync"):
    cursor: str


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    pass


LiveFrame = Hello | Events | Resync | Ping
