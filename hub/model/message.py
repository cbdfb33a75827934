"""Message: one item of a timeline. A call and a note are items too; `seq` orders them for every
client.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hub.model.template import TemplateUse

Kind = Literal["message", "note", "call", "activity"]
Direction = Literal["in", "out", "none"]
AuthorKind = Literal["contact", "agent", "bot", "system"]
Delivery = Literal[
    "none",
    "queued",
    "sending",
    "retry",
    "unknown",
    "accepted",
    "sent",
    "failed",
    "delivered",
    "read",
    "cancelled",
]

#: A state never goes back to a lower rank, whatever order reports arrive in (resending resets it).
DELIVERY_RANK: dict[Delivery, int] = {
    "none": 0, "queued": 10, "retry": 15, "sending": 20, "unknown": 30, "accepted": 40,
    "sent": 50, "failed": 55, "delivered": 60, "read": 70, "cancelled": 80,
}  # fmt: skip


class Author(msgspec.Struct, frozen=True):
    """Who wrote it. `id` is an identity id for contacts, an agent id for agents, else ""."""

    kind: AuthorKind
    id: str = ""
    name: str = ""


#: Why a file of a customer's message did not come: the network has it no more, it is larger than
#: the hub takes, it is not the one that was sent, the network refused it or never answered, the
#: inbox it came by is gone.
LostReason = Literal["", "gone", "too_large", "changed", "refused", "no_answer", "inbox_gone"]


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message; bytes are in the file store under `file_id`."""

    file_id: str
    name: str
    media_type: str
    size_bytes: int
    content_id: str = ""
    is_inline: bool = False
    width: int = 0
    height: int = 0
    is_voice: bool = False
    is_sticker: bool = False
    #: A file that the vendor still keeps has no `file_id` before it is `ready`.
    state: Literal["ready", "fetching", "failed"] = "ready"
    #: Why it failed, "" otherwise.
    reason: LostReason = ""


class QuickReply(msgspec.Struct, frozen=True):
    """A button under a message; pressing it sends `text`."""

    text: str
    payload: str = ""


class Location(msgspec.Struct, frozen=True):
    """A place that somebody sent, in degrees (WGS 84)."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class SharedContact(msgspec.Struct, frozen=True):
    """A card of somebody's address book; what stands in it proves nothing."""

    name: str
    phones: list[str] = []
    emails: list[str] = []


class Reaction(msgspec.Struct, frozen=True):
    """Somebody's emoji on a message; one per author. `by` is an identity id or an agent id."""

    by: str
    name: str
    emoji: str
    at: int


class Quoted(msgspec.Struct, frozen=True):
    """The message that this one answers, as far as it is known."""

    seq: int
    name: str
    text: str


class Edit(msgspec.Struct, frozen=True):
    """What a message said until `at`."""

    at: int
    text: str


class MailFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an e-mail adds to a message. `html` is already sanitised; remote images are
    off in it.
    """

    message_id: str = ""
    from_: str = msgspec.field(name="from", default="")
    to: list[str] = []
    cc: list[str] = []
    html: str = ""
    #: What the mail quoted, folded by default.
    quoted: str = ""
    remote_images: int = 0
    source_file_id: str = ""
    kind: str = "message"
    auth: str = ""
    notices: list[str] = []
    calendar: dict[str, Any] | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"id": "_id"}):
    """`v` doubles as `rev`: a client keeps the higher one it has seen. What has its default is not
    stored (most of a message does), but for what patches compare with.
    """

    id: str
    v: int = 1
    conversation_id: str
    seq: int
    kind: Kind
    direction: Direction
    author: Author
    inbox_id: str = ""
    channel: str = ""
    #: When it was stored; `sent_at` is the provider's own time when that differs.
    at: int
    sent_at: int = 0
    text: str = ""
    subject: str = ""
    attachments: list[Attachment] = []
    quick_replies: list[QuickReply] = []
    mail: MailFacts | None = None
    #: The address it went to or came from, for people to read.
    address: str = ""
    mentions: list[str] = []
    delivery: Delivery = msgspec.field(default_factory=lambda: "none")
    delivery_rank: int = msgspec.field(default_factory=int)
    #: Code from `hub.errors` or the vendor's, when delivery failed.
    reason: str = ""
    #: The vendor's own code and words about it, for people who want to look it up.
    detail: str = ""
    provider_id: str = ""
    #: Echo of the sender's own id for it, so that a client recognises its own message.
    client_id: str = ""
    #: For kind=activity: what happened ("assigned", "closed", …) and its details; for an inbound
    #: message how it found its conversation (`joined_by`).
    activity: str = ""
    details: dict[str, Any] = {}
    is_auto: bool = False
    location: Location | None = None
    shared: list[SharedContact] = []
    reactions: list[Reaction] = []
    quoted: Quoted | None = None
    #: What the pressed button stood for.
    payload: str = ""
    template: TemplateUse | None = None
    #: Name of a content that the channel cannot show here ("poll", "order").
    unsupported: str = ""
    #: Earlier versions, oldest first; `deleted_at` empties the text and keeps none.
    edits: list[Edit] = []
    edited_at: int = 0
    deleted_at: int = 0
