"""What a WhatsApp message says, whatever its type: text, files, a place, cards, a button's payload.
Pure; used for inbound messages, edits and echoes alike. Types that have no form of their own here
keep their name in `unsupported`, so that nothing a customer wrote disappears.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

import msgspec

from channels.whatsapp.payload import Card, Edited, Form, Media, Order, Place, Sent
from hub.model.message import Location, SharedContact
from hub.ports.inbound import MediaRef

_TYPE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+\-]+")
_FULL_NAME = re.compile(r"^FN(?:;[^:\n]*)?:(.+)$", re.MULTILINE)


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of `MessageReceived` that depend on the type."""

    text: str = ""
    media: list[MediaRef] = []
    location: Location | None = None
    shared: list[SharedContact] = []
    payload: str = ""
    unsupported: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.media or self.location or self.shared)


def content(sent: Sent) -> Content:
    """A part that is missing makes the message an unsupported one of its type."""
    reader = _READERS.get(sent.type)
    found = reader(sent) if reader else None
    return found or Content(unsupported=_type_name(sent))


def edited_text(edited: Edited) -> str:
    """The new text, or the new caption."""
    if edited.text is not None:
        return edited.text.body
    media = edited.image or edited.video or edited.document
    return media.caption if media else ""


def _type_name(sent: Sent) -> str:
    """The network's word for a content that it did not pass on, or for one that we do not know."""
    name = sent.unsupported.type if sent.unsupported else sent.type
    if name in ("", "unsupported", "unknown") or not _TYPE.fullmatch(name):
        return "unknown"
    return name


def _text(sent: Sent) -> Content | None:
    return Content(text=sent.text.body) if sent.text else None


def _media(sent: Sent) -> Content | None:
    part = {
        "image": sent.image,
        "video": sent.video,
        "audio": sent.audio,
        "document": sent.document,
        "sticker": sent.sticker,
    }[sent.type]
    if part is None:
        return None
    return Content(text=part.caption, media=[_reference(part, is_sticker=sent.type == "sticker")])


def _reference(part: Media, *, is_sticker: bool) -> MediaRef:
    kind = part.mime_type.partition(";")[0].strip()
    return MediaRef(
        ref=part.id,
        name=part.filename,
        media_type=kind if _MEDIA_TYPE.fullmatch(kind) else "",
        sha256=_hex(part.sha256),
        is_voice=part.voice,
        is_sticker=is_sticker,
    )


def _hex(digest: str) -> str:
    """Meta writes base64; "" for what is no SHA-256."""
    try:
        raw = base64.b64decode(digest, validate=True)
    except ValueError:
        return ""
    return raw.hex() if len(raw) == 32 else ""


def _location(sent: Sent) -> Content | None:
    return Content(location=_place(sent.location)) if sent.location else None


def _place(place: Place) -> Location:
    return Location(place.latitude, place.longitude, place.name, place.address)


def _contacts(sent: Sent) -> Content | None:
    return Content(shared=[_card(card) for card in sent.contacts]) if sent.contacts else None


def _card(card: Card) -> SharedContact:
    full = _FULL_NAME.search(card.vcard)
    name = card.name.formatted_name or f"{card.name.first_name} {card.name.last_name}".strip()
    return SharedContact(
        name=name or (full[1].strip() if full else ""),
        phones=[row.phone or f"+{row.wa_id}" for row in card.phones if row.phone or row.wa_id],
        emails=[row.email for row in card.emails if row.email],
    )


def _button(sent: Sent) -> Content | None:
    button = sent.button
    return Content(text=button.text, payload=button.payload or button.text) if button else None


def _interactive(sent: Sent) -> Content | None:
    if sent.interactive is None:
        return None
    choice = sent.interactive.button_reply or sent.interactive.list_reply
    if choice is not None:
        return Content(text=choice.title, payload=choice.id)
    form = sent.interactive.nfm_reply
    return Content(text=_form(form), payload=form.response_json) if form else None


def _form(form: Form) -> str:
    """The answers of a filled-in form, a line each."""
    try:
        answers = json.loads(form.response_json)
    except (ValueError, RecursionError):
        answers = {}
    if not isinstance(answers, dict):
        answers = {}
    lines = [f"{key}: {value}" for key, value in answers.items() if key != "flow_token"]
    return "\n".join(lines) or form.body or form.name


def _order(sent: Sent) -> Content | None:
    if sent.order is None:
        return None
    return Content(text=_order_text(sent.order), unsupported="order")


def _order_text(order: Order) -> str:
    lines = [
        f"{item.quantity:g} × {item.product_retailer_id} ({item.item_price:g} {item.currency})"
        for item in order.product_items
    ]
    return "\n".join([order.text, *lines] if order.text else lines)


_READERS: dict[str, Callable[[Sent], Content | None]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _media,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}
