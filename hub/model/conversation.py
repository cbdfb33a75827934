"""Conversation: the thread with one contact, across channels; its states and who may be in it."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.ids import local

State = Literal["open", "snoozed", "closed", "merged"]
#: 0 none, 1 low, 2 normal, 3 high, 4 urgent.
Priority = Literal[0, 1, 2, 3, 4]


class Conversation(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"id": "_id"}
):
    """`home` decides who may see it (an inbox, later a queue). Its one writer is the owner of its
    lane. What has its default is not stored, but for what lists are sorted and filtered by.
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
