"""A webhook of WhatsApp by Twilio → events. The form is read by `channels._twilio.inbound`; this
adds what WhatsApp knows: names, buttons and lists, places, quotes, kinds of media. Pure.
"""

from __future__ import annotations

import math

import msgspec

from channels._twilio.form import storable
from channels._twilio.inbound import Form
from hub.model.message import Location
from hub.ports.inbound import MediaRef, MessageReceived

_NAME_MAX = 200
_PAYLOAD_MAX = 2000
#: Kinds whose content stands in fields that `enrich` reads; an empty message of any other kind
#: holds something that we cannot show.
_KNOWN_KINDS = frozenset({"", "text", "button", "interactive"})


def enrich(form: Form, message: MessageReceived) -> MessageReceived:
    """The message with what WhatsApp adds."""
    kind = form.get("MessageType", "")
    location = _location(form)
    title = form.get("ListTitle") or form.get("ButtonText") or ""
    text = storable(title) or message.text
    is_bare = not (text or message.media or location)
    return msgspec.structs.replace(
        message,
        sender_name=storable(form.get("ProfileName", ""))[:_NAME_MAX],
        text=text,
        payload=storable(form.get("ListId") or form.get("ButtonPayload") or "")[:_PAYLOAD_MAX],
        reply_to=form.get("OriginalRepliedMessageSid", "")[:34],
        location=location,
        media=[_told(one, kind) for one in message.media],
        unsupported=message.unsupported
        or (storable(kind)[:40] if is_bare and kind not in _KNOWN_KINDS else ""),
    )


def _location(form: Form) -> Location | None:
    try:
        latitude, longitude = float(form["Latitude"]), float(form["Longitude"])
    except (KeyError, ValueError):
        return None
    is_place = math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    if not is_place:
        return None
    return Location(
        latitude=latitude,
        longitude=longitude,
        name=storable(form.get("Label", "")),
        address=storable(form.get("Address", "")),
    )


def _told(media: MediaRef, kind: str) -> MediaRef:
    """WhatsApp records voice as Ogg/Opus and nothing else."""
    return msgspec.structs.replace(
        media,
        is_voice=media.media_type.startswith("audio/ogg"),
        is_sticker=kind == "sticker",
    )
