"""Conversation: the thread with one contact, across channels; its states and who may be in it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hub.model.ids import local
from hub.model.routing import Routing

State = Literal["open", "snoozed", "closed", "merged"]
#: 0 none, 1 low, 2 normal, 3 high, 4 urgent.
Priority = Literal[0, 1, 2, 3, 4]


class SlaClock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Promised times of the conversation's queue (ms UTC; 0: none runs) and what became of them."""

    first_due: int = 0
    next_due: int = 0
    resolve_due: int = 0
    #: When to warn of each, by target: "first", "next", "resolve".
    warn_at: dict[str, int] = {}
    #: Targets whose warning, or end, has been told.
    warned: list[str] = []
    broken: list[str] = []


class Command(msgspec.Struct, frozen=True, array_like=True):
    """The last command of a conversation on a shared store: the numbers it was given and the facts
    it changed, as they were. Another hub that repeats it plans what the first one planned.
    """

    ref: str
    seq: int
    count: int
    before: dict[str, Any] = {}


class Conversation(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"id": "_id"}
):
    """`home` decides who may see it (an inbox, later a queue). Written by commands of the timeline
    alone. What has its default is not stored, but for what lists are sorted and filtered by.
    """

    id: str
    v: int = 1
    contact_id: str
    #: Shown in lists, so that no list needs a join; kept in step by the contact's verbs.
    contact_name: str = ""
    home: str
    #: The inbox of the last inbound message: where an answer goes unless the agent chooses another.
    inbox_id: str
    #: Channel of `inbox_id`, and all channels seen.
    channel: str
    channels: list[str] = []
    join_group: str
    #: Identity ids that took part; each of them may read it in its channel.
    identities: list[str] = []
    state: State = msgspec.field(default_factory=lambda: "open")
    assignee_id: str = msgspec.field(default_factory=str)
    priority: Priority = msgspec.field(default_factory=lambda: 0)
    labels: list[str] = []
    subject: str = ""
    preview: str = ""
    preview_from: Literal["contact", "agent", "bot", "system", ""] = ""
    is_spam: bool = False
    #: The last number given on the timeline.
    seq: int = 0
    #: Number of the last message of the customer.
    inbound_seq: int = 0
    last_at: int = msgspec.field(default_factory=int)
    last_inbound_at: int = 0
    #: When each address last wrote by each inbox (`heard_key`): reply windows count from there.
    heard: dict[str, int] = {}
    #: Time of the oldest message of the customer that nobody has answered; 0 = none.
    waiting_since: int = 0
    snoozed_until: int = msgspec.field(default_factory=int)
    closed_at: int = 0
    created_at: int = msgspec.field(default_factory=int)
    merged_into: str = ""
    #: Where it stands in its queue; None: it was never in one.
    routing: Routing | None = None
    sla: SlaClock | None = None
    #: When the present assignee got it, and whether a person of ours has answered since it opened.
    assigned_at: int = 0
    has_answer: bool = False
    #: When it was last opened again; 0: it has been open since it began.
    reopened_at: int = 0
    #: Outcome chosen from the queue's dispositions, and answers to its form by key.
    disposition: str = ""
    form: dict[str, str] = {}
    #: When each kind of automatic text was told last.
    told: dict[str, int] = {}
    last: Command | None = None


def is_with(conversation: Conversation, agent_id: str) -> bool:
    """Is it this agent's, or being offered to them?"""
    if not agent_id:
        return False
    if conversation.assignee_id == agent_id:
        return True
    routing = conversation.routing
    return bool(routing and routing.offer and agent_id in routing.offer.agent_ids)


def queue_of(conversation: Conversation) -> str:
    """The queue that it is in, waiting or assigned; "" in an inbox."""
    routing = conversation.routing
    return routing.queue_id if routing and routing.queue_id == conversation.home else ""


def in_line(conversation: Conversation) -> Routing | None:
    """Its routing while it waits for an agent, being offered or not."""
    routing = conversation.routing
    return routing if routing and routing.state and conversation.state == "open" else None


def heard_key(inbox_id: str, identity_id: str) -> str:
    """Key of `Conversation.heard`."""
    return f"{local(inbox_id)}:{local(identity_id)}"


class Access(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A row that lets an agent see a conversation beyond the homes granted: mentioned or
    participating.
    """

    id: str  # <conversation id>.<agent key>
    v: int = 1
    conversation_id: str
    agent_id: str
    why: Literal["mention", "participant"]
    seq: int = 0
    at: int = 0


class ReadMark(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """How far an agent has read a conversation."""

    id: str  # <conversation id>.<agent key>
    v: int = 1
    seq: int = 0


class Draft(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """What an agent has typed and not sent, kept on the server."""

    id: str  # <conversation id>.<agent key>
    v: int = 1
    kind: Literal["message", "note"] = "message"
    text: str = ""
    html: str = ""
    subject: str = ""
    inbox_id: str = ""
    file_ids: list[str] = []
    at: int = 0
