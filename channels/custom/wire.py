"""What the other side may send, typed: one struct for each kind of event, as in
`schema/inbound.schema.json`. No behaviour; `parse.py` turns these into the hub's events.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=100_000)]
#: Milliseconds since 1970 UTC.
Ms = Annotated[int, msgspec.Meta(ge=1, le=9_999_999_999_999)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s]+$", max_length=2000)]
Phone = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
Email = Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=320)]
Language = Annotated[str, msgspec.Meta(max_length=35)]
Reason = Literal[
    "recipient_unreachable",
    "landline",
    "unreachable_now",
    "opted_out",
    "outside_window",
    "content_rejected",
    "auth_failed",
    "rate_limited",
    "transient_failure",
]


class Sender(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A customer: `id` is the network's own and never changes."""

    id: Id
    name: Name = ""
    phone: Phone | None = None
    email: Email | None = None
    language: Language = ""


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either an address to fetch it from, or its bytes as base64."""

    name: Name = ""
    media_type: Name = ""
    url: Url | None = None
    data: str | None = None
    is_voice: bool = False
    is_sticker: bool = False


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    name: Name = ""
    address: Name = ""


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A contact of the customer's address book."""

    name: Name
    phones: Annotated[list[Name], msgspec.Meta(max_length=20)] = []
    emails: Annotated[list[Name], msgspec.Meta(max_length=20)] = []


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all have; with `id` the other side repeats an event safely."""

    id: Id
    at: Ms


class Message(Event, frozen=True, kw_only=True, tag_field="type", tag="message"):
    sender: Sender
    text: Text = ""
    files: Annotated[list[File], msgspec.Meta(max_length=10)] = []
    location: Place | None = None
    contacts: Annotated[list[Card], msgspec.Meta(max_length=20)] = []
    #: What the pressed button stood for; `text` is its title.
    payload: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    #: The id of the message that it answers: the network's, as told here or by an answer.
    reply_to: Name = ""
    #: Written by a machine: never answered automatically.
    is_auto: bool = False


class Edited(Event, frozen=True, kw_only=True, tag_field="type", tag="edited"):
    sender: Sender
    message: Id
    text: Text


class Deleted(Event, frozen=True, kw_only=True, tag_field="type", tag="deleted"):
    sender: Sender
    message: Id


class Reaction(Event, frozen=True, kw_only=True, tag_field="type", tag="reaction"):
    """An empty emoji takes the earlier away."""

    sender: Sender
    message: Id
    emoji: Annotated[str, msgspec.Meta(max_length=40)]


class Delivery(Event, frozen=True, kw_only=True, tag_field="type", tag="delivery"):
    """Of one of our messages; `message` is our id of it."""

    message: Id
    status: Literal["sent", "delivered", "read", "failed"]
    reason: Reason | None = None
    detail: Annotated[str, msgspec.Meta(max_length=300)] = ""


class Read(Event, frozen=True, kw_only=True, tag_field="type", tag="read"):
    """The customer has seen everything sent until `up_to`."""

    sender: Sender
    up_to: Ms


class Typing(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="typing",
             forbid_unknown_fields=True):  # fmt: skip
    """Not stored, so it has neither id nor time."""

    sender: Sender
    is_typing: bool


class Details(Event, frozen=True, kw_only=True, tag_field="type", tag="details"):
    """What the customer typed about himself: a claim, never a proof."""

    sender: Sender


Known = Message | Edited | Deleted | Reaction | Delivery | Read | Typing | Details
TYPES = frozenset(
    {"message", "edited", "deleted", "reaction", "delivery", "read", "typing", "details"}
)


class Kind(msgspec.Struct, frozen=True):
    type: Name


class Batch(msgspec.Struct, frozen=True):
    events: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=100)]
