"""The other side's events as the hub's. Pure: bytes in, facts out.

One event that cannot be read does not cost the others: it becomes `Ignored("unreadable_item")` and
the answer says which. Where nothing can be read at all, `BadInput` says why.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from channels.custom import wire
from hub.errors import BadInput
from hub.model.contact import Address
from hub.model.message import Location, SharedContact
from hub.ports.inbound import (
    DeliveryReported,
    DetailsClaimed,
    Ignored,
    InboundEvent,
    MediaRef,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReachedUpTo,
    Reacted,
)

#: Of all files inside one event; larger ones are named by their address.
INLINE_MAX_BYTES = 1024 * 1024
INLINE = "data:"
_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError)


class Parser:
    """For one inbox. `proves_addresses`: telephone numbers and e-mail addresses of senders are the
    network's word, not the customer's.
    """

    def __init__(self, inbox_id: str, *, proves_addresses: bool) -> None:
        self._inbox_id = inbox_id
        self._proves = proves_addresses

    def parse(self, body: bytes) -> list[InboundEvent]:
        """One event for each that came, in order. Raises `BadInput`."""
        found: list[InboundEvent] = []
        faults: list[str] = []
        for place, raw in enumerate(_batch(body)):
            try:
                found.append(self._event(raw))
            except _UNREADABLE as fault:
                faults.append(f"events[{place}]: {fault}"[:500])
                found.append(Ignored(reason="unreadable_item"))
        if len(faults) == len(found):
            raise BadInput(faults[0], "events")
        return found

    def typing(self, body: bytes) -> list[tuple[Address, bool]]:
        """Who types, or no longer, among these events."""
        found: list[tuple[Address, bool]] = []
        if b'"typing"' not in body:
            return found
        for raw in _batch(body):
            try:
                if msgspec.json.decode(raw, type=wire.Kind).type == "typing":
                    event = msgspec.json.decode(raw, type=wire.Typing)
                    found.append((self._address(event.sender), event.is_typing))
            except _UNREADABLE:
                continue
        return found

    def _event(self, raw: msgspec.Raw) -> InboundEvent:
        kind = msgspec.json.decode(raw, type=wire.Kind).type
        if kind not in wire.TYPES:
            return Ignored(reason="unknown_event")
        told: wire.Known = msgspec.json.decode(raw, type=wire.Known)
        if isinstance(told, wire.Message):
            return self._message(told)
        if isinstance(told, wire.Delivery):
            return _delivery(told)
        if isinstance(told, wire.Typing):
            return Ignored(reason="typing")  # told to the agents by the adapter, stored nowhere
        return self._other(told)

    def _other(
        self, told: wire.Edited | wire.Deleted | wire.Reaction | wire.Read | wire.Details
    ) -> InboundEvent:
        sender = self._address(told.sender)
        #: Messages keep their id as it is, since others refer to them by it.
        key: Any = {"event_id": f"{type(told).__name__.lower()}:{told.id}", "at": told.at}
        match told:
            case wire.Edited():
                return MessageEdited(provider_id=told.message, sender=sender, text=told.text, **key)
            case wire.Deleted():
                return MessageDeleted(provider_id=told.message, sender=sender, **key)
            case wire.Reaction():
                return Reacted(provider_id=told.message, sender=sender, emoji=told.emoji, **key)
            case wire.Read():
                return ReachedUpTo(sender=sender, delivery="read", up_to=told.up_to, **key)
            case wire.Details():
                who = told.sender
                return DetailsClaimed(
                    sender=sender,
                    name=who.name,
                    email=who.email or "",
                    language=who.language,
                    **key,
                )

    def _message(self, told: wire.Message) -> MessageReceived:
        who = told.sender
        place = told.location
        return MessageReceived(
            event_id=told.id,
            sender=self._address(who),
            sender_name=who.name,
            is_verified=True,
            aliases=self._aliases(who),
            claimed_email="" if self._proves else who.email or "",
            language=who.language,
            at=told.at,
            text=told.text,
            media=_media(told.files),
            location=Location(place.latitude, place.longitude, place.name, place.address)
            if place
            else None,
            shared=[SharedContact(card.name, card.phones, card.emails) for card in told.contacts],
            payload=told.payload,
            reply_to=told.reply_to,
            is_auto=told.is_auto,
        )

    def _address(self, sender: wire.Sender) -> Address:
        return Address("handle", sender.id, self._inbox_id)

    def _aliases(self, sender: wire.Sender) -> list[Address]:
        if not self._proves:
            return []
        phone = [Address("phone", sender.phone)] if sender.phone else []
        email = [Address("email", sender.email.lower())] if sender.email else []
        return phone + email


def _batch(body: bytes) -> list[msgspec.Raw]:
    try:
        return msgspec.json.decode(body, type=wire.Batch).events
    except _UNREADABLE as fault:
        raise BadInput(f'send {{"events": [...]}}: {fault}', "events") from fault


def _delivery(told: wire.Delivery) -> DeliveryReported:
    is_failed = told.status == "failed"
    return DeliveryReported(
        event_id=f"delivery:{told.id}",
        message_id=told.message,
        delivery=told.status,
        reason=(told.reason or "content_rejected") if is_failed else "",
        detail=told.detail,
        at=told.at,
    )


def _media(files: list[wire.File]) -> list[MediaRef]:
    """Raises ValueError for a file with none or both of its two sources, and for bad base64."""
    total, found = 0, []
    for file in files:
        if (file.url is None) == (file.data is None):
            raise ValueError("a file has either `url` or `data`")
        size = 0
        if file.data is not None:
            size = len(inline_bytes(file.data))
            total += size
        found.append(
            MediaRef(
                ref=file.url if file.url is not None else f"{INLINE}{file.data}",
                name=file.name,
                media_type=file.media_type,
                size_bytes=size,
                is_voice=file.is_voice,
                is_sticker=file.is_sticker,
            )
        )
    if total > INLINE_MAX_BYTES:
        raise ValueError(f"files inside an event have at most {INLINE_MAX_BYTES} bytes: use `url`")
    return found


def inline_bytes(data: str) -> bytes:
    """Raises ValueError."""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as fault:
        raise ValueError(f"`data` is no base64: {fault}") from fault
