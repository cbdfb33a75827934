"""The phones behind the WhatsApp stand-in: what customers wrote and got, and the items of Meta's
webhooks about it. Data and shapes only.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec

from channels._meta.standin_core import Media
from hub.standin import CustomerFile

TEMPLATES: list[dict[str, Any]] = [
    {
        "id": "1",
        "name": "order_shipped",
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": "Hello {{1}}, your order {{2}} is on its way.",
                "example": {"body_text": [["Ada", "1042"]]},
            },
            {
                "type": "BUTTONS",
                "buttons": [
                    {
                        "type": "URL",
                        "text": "Track it",
                        "url": "https://shop.example/track/{{1}}",
                        "example": ["https://shop.example/track/1042"],
                    }
                ],
            },
        ],
    },
    {
        "id": "2",
        "name": "welcome_back",
        "language": "tr",
        "status": "APPROVED",
        "category": "MARKETING",
        "components": [
            {"type": "BODY", "text": "Merhaba, sizi yeniden görmek isteriz!"},
            {"type": "FOOTER", "text": "Shop"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Dur"}]},
        ],
    },
    {
        "id": "3",
        "name": "spring_sale",
        "language": "pl",
        "status": "PAUSED",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "Wiosenna wyprzedaż: -20%"}],
    },
]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer writes, or the button that one presses (`payload` with its `text`).

    `address`: a phone number (`+48…`), or the user id of somebody who hides it.
    """

    address: str
    name: str = "Customer"
    text: str = ""
    payload: str = ""
    file: CustomerFile | None = None
    is_voice: bool = False
    is_sticker: bool = False
    location: tuple[float, float] | None = None
    #: Name and phone number of a card.
    contact: tuple[str, str] | None = None
    reply_to: str = ""


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A customer reacts to, edits or takes back the message `id`, reads the chat, moves to a new
    number, or stops marketing.
    """

    address: str
    id: str = ""
    emoji: str = ""
    text: str = ""
    new: str = ""
    is_subscribed: bool = True


class Held(msgspec.Struct, kw_only=True):
    """One message on a customer's phone."""

    id: str
    person: str
    is_ours: bool
    at: int
    #: The message's part of the API: {"type": …, <type>: …}.
    content: dict[str, Any]
    text: str = ""
    #: [{"id", "title"}] of buttons or rows.
    quick_replies: list[dict[str, Any]] = []
    #: Where the file can be had: "/media/<id>".
    file: str = ""
    file_type: str = ""
    file_name: str = ""
    reply_to: str = ""
    reaction: str = ""
    #: Our reaction to the customer's message.
    callback: str = ""
    status: str = "sent"
    is_deleted: bool = False


class Business(msgspec.Struct, frozen=True, kw_only=True):
    """The number that customers write to."""

    phone: str = "+48221234567"
    phone_number_id: str = "106540352242922"
    waba_id: str = "102290129340398"
    name: str = "Shop"

    @property
    def number(self) -> str:
        return self.phone.lstrip("+")


def payload(business: Business, field: str, value: dict[str, Any]) -> dict[str, Any]:
    """A whole webhook with one change that belongs to the number."""
    metadata = {
        "display_phone_number": business.number,
        "phone_number_id": business.phone_number_id,
    }
    full = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry = {"id": business.waba_id, "changes": [{"value": full, "field": field}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def is_phone(address: str) -> bool:
    return address.startswith("+")


def sender(address: str) -> dict[str, str]:
    """How a message names its author."""
    return {"from": address[1:]} if is_phone(address) else {"from_user_id": address}


def contact(address: str, name: str) -> dict[str, Any]:
    ids = {"wa_id": address[1:]} if is_phone(address) else {"user_id": address}
    return {"profile": {"name": name}, **ids}


def recipient(address: str) -> dict[str, str]:
    key = "recipient_id" if is_phone(address) else "recipient_user_id"
    return {key: address.removeprefix("+")}


def media_part(id: str, media: Media) -> dict[str, Any]:
    digest = base64.b64encode(hashlib.sha256(media.data).digest()).decode()
    return {"id": id, "mime_type": media.media_type, "sha256": digest}


def shown(body: dict[str, Any]) -> tuple[str, list[dict[str, Any]], str, str]:
    """Text, choices, media id and file name of a message that the business sent."""
    kind = body["type"]
    part = body.get(kind, {})
    if kind == "text":
        return part["body"], [], "", ""
    if kind == "interactive":
        return _interactive(part)
    if kind == "template":
        values = [
            str(value.get("text", ""))
            for component in part.get("components", [])
            for value in component.get("parameters", [])
        ]
        return " · ".join([part["name"], *values]), [], "", ""
    return part.get("caption", ""), [], part.get("id", ""), part.get("filename", "")


def _interactive(part: dict[str, Any]) -> tuple[str, list[dict[str, Any]], str, str]:
    action = part["action"]
    choices = [button["reply"] for button in action.get("buttons", [])]
    choices += [row for section in action.get("sections", []) for row in section["rows"]]
    header = part.get("header", {})
    file = header.get(header.get("type", ""), {})
    return part["body"]["text"], choices, file.get("id", ""), file.get("filename", "")


def press(held: Held | None, written: Written) -> dict[str, Any]:
    """A pressed button: of a template, of a list, or of a message with buttons."""
    kind = held.content.get("type") if held else "interactive"
    if kind == "template":
        return {"type": "button", "button": {"payload": written.payload, "text": written.text}}
    is_list = held is not None and held.content["interactive"]["type"] == "list"
    name = "list_reply" if is_list else "button_reply"
    reply = {"id": written.payload, "title": written.text}
    return {"type": "interactive", "interactive": {"type": name, name: reply}}


def written_part(written: Written, media_id: str, media: Media | None) -> dict[str, Any]:
    """The message's part of a webhook."""
    if media is not None:
        return _file(written, media_id, media)
    if written.location is not None:
        latitude, longitude = written.location
        return {"type": "location", "location": {"latitude": latitude, "longitude": longitude}}
    if written.contact is not None:
        name, phone = written.contact
        card = {"name": {"formatted_name": name}, "phones": [{"phone": phone, "type": "CELL"}]}
        return {"type": "contacts", "contacts": [card]}
    return {"type": "text", "text": {"body": written.text}}


def _file(written: Written, media_id: str, media: Media) -> dict[str, Any]:
    major = media.media_type.partition("/")[0]
    kind = major if major in ("image", "video", "audio") else "document"
    part = media_part(media_id, media)
    if written.is_sticker:
        return {"type": "sticker", "sticker": part | {"animated": False}}
    if kind == "audio":
        return {"type": "audio", "audio": part | {"voice": written.is_voice}}
    if written.text:
        part["caption"] = written.text
    if kind == "document":
        part["filename"] = media.name
    return {"type": kind, kind: part}
