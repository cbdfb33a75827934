"""Viber's callbacks as inbound events. Pure: bytes in, facts out.

A callback is one event. Viber retries what is not answered with 200; `message_token` is its own
key, the same in every retry. Raises `BadInput` for what is no callback, nothing else.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from hub.errors import BadInput
from hub.model.contact import Address
from hub.model.message import Location, SharedContact
from hub.ports.inbound import (
    DeliveryReported,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageReceived,
    ReachabilityChanged,
)

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
#: 64 bits: not to be read as a float anywhere.
Token = Annotated[int, msgspec.Meta(ge=0)]
Ms = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class User(msgspec.Struct, frozen=True):
    id: Id
    name: str = ""
    language: str = ""


class Place(msgspec.Struct, frozen=True):
    lat: Latitude
    lon: Longitude
    address: str = ""


class Card(msgspec.Struct, frozen=True):
    name: str = ""
    phone_number: str = ""


class Content(msgspec.Struct, frozen=True):
    """The `message` of a callback: which fields are there depends on `type`."""

    type: str
    text: str = ""
    media: str = ""
    file_name: str = ""
    size: Size = 0
    tracking_data: str = ""
    location: Place | None = None
    contact: Card | None = None


class Message(msgspec.Struct, frozen=True):
    message_token: Token
    timestamp: Ms
    sender: User
    message: Content


class Status(msgspec.Struct, frozen=True):
    """delivered, seen, failed; and unsubscribed."""

    message_token: Token
    timestamp: Ms
    user_id: Id
    desc: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """subscribed, conversation_started."""

    message_token: Token
    timestamp: Ms
    user: User


class Kind(msgspec.Struct, frozen=True):
    event: Id
    message_token: Any = None


class Tracking(msgspec.Struct, frozen=True):
    """What we gave our last message and Viber hands back with the answer: the titles of its
    buttons.
    """

    b: dict[str, str] = {}


def parse(body: bytes, inbox_id: str) -> list[InboundEvent]:
    """The one event of a callback."""
    kind = _decode(body, Kind).event
    if kind == "message":
        return [_message(_decode(body, Message), inbox_id)]
    if kind in ("delivered", "seen", "failed"):
        return [_status(kind, _decode(body, Status))]
    if kind == "subscribed":
        arrival = _decode(body, Arrival)
        return [
            _reachable(kind, arrival.message_token, arrival.user.id, arrival.timestamp, inbox_id)
        ]
    if kind == "unsubscribed":
        left = _decode(body, Status)
        return [_reachable(kind, left.message_token, left.user_id, left.timestamp, inbox_id)]
    if kind == "conversation_started":  # opened, not yet subscribed: nobody may be written to
        return [Ignored(reason="conversation_started")]
    if kind == "webhook":  # proves our address while the webhook is being set
        return [Ignored(reason="webhook_check")]
    return [Ignored(reason="unknown_event")]


def _decode(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise BadInput(f"this is no callback of Viber: {fault}") from fault


def _reachable(kind: str, token: int, user: str, at: int, inbox_id: str) -> ReachabilityChanged:
    return ReachabilityChanged(
        event_id=f"{token}:{kind}",
        sender=Address("handle", user, inbox_id),
        is_reachable=kind == "subscribed",
        at=at,
    )


def _status(kind: str, told: Status) -> DeliveryReported:
    """`failed`: the message reached a phone that could not show it, so it is the content."""
    event_id, token = f"{told.message_token}:{kind}", str(told.message_token)
    if kind == "failed":
        return DeliveryReported(
            event_id=event_id,
            provider_id=token,
            delivery="failed",
            reason="content_rejected",
            detail=" ".join(told.desc.split())[:300],
            at=told.timestamp,
        )
    return DeliveryReported(
        event_id=event_id,
        provider_id=token,
        delivery="read" if kind == "seen" else "delivered",
        at=told.timestamp,
    )


def _message(told: Message, inbox_id: str) -> MessageReceived:
    content = told.message
    title = _pressed(content)
    media = _media(content)
    return MessageReceived(
        event_id=str(told.message_token),
        sender=Address("handle", told.sender.id, inbox_id),
        sender_name=told.sender.name,
        is_verified=True,
        at=told.timestamp,
        text=content.media if content.type == "url" else title or content.text,
        language=told.sender.language,
        media=media,
        location=_location(content.location),
        shared=_shared(content.contact),
        payload=content.text if title else "",
        unsupported=_unsupported(content, media),
    )


def _pressed(content: Content) -> str:
    """The title of the button whose action body came back as text, "" for what was typed."""
    if content.type != "text" or not content.tracking_data:
        return ""
    try:
        tracking = msgspec.json.decode(content.tracking_data, type=Tracking)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""  # somebody else's
    return tracking.b.get(content.text, "")


def _media(content: Content) -> list[MediaRef]:
    if content.type not in ("picture", "video", "file", "sticker") or not content.media:
        return []
    return [
        MediaRef(
            ref=content.media,
            name=content.file_name,
            size_bytes=content.size,
            is_sticker=content.type == "sticker",
        )
    ]


def _location(place: Place | None) -> Location | None:
    return Location(place.lat, place.lon, address=place.address) if place else None


def _shared(card: Card | None) -> list[SharedContact]:
    if card is None:
        return []
    return [SharedContact(card.name, [card.phone_number] if card.phone_number else [])]


def _unsupported(content: Content, media: list[MediaRef]) -> str:
    """The kind of a message of which nothing can be shown (a sticker comes as a bare number)."""
    has_shown = content.text or media or content.location or content.contact
    if has_shown or (content.type == "url" and content.media):
        return ""
    return content.type[:40]
