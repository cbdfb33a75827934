"""Our messages as bodies of `POST /<phone number id>/messages`. Pure: files are uploaded by the
adapter, which hands in their ids. What does not fit one WhatsApp message is refused here, before
anything is sent; the form that shows most is chosen where there are several.
"""

from __future__ import annotations

from typing import Any, Literal

from channels.whatsapp.config import (
    BUTTONS_MAX,
    CAPTION_MAX_CHARS,
    DOCUMENT_MAX_BYTES,
    ROWS_MAX,
    TEXT_MAX_CHARS,
    TITLE_MAX_CHARS,
)
from channels.whatsapp.templates import rendered
from hub.errors import ContentRejected
from hub.model.contact import Address
from hub.model.message import Attachment, QuickReply
from hub.ports.channel import OutboundMessage

MediaKind = Literal["image", "video", "audio", "document", "sticker"]
Body = dict[str, Any]

_MB = 1024 * 1024
_BUTTON_BODY_MAX = 1024
_ROW_TITLE_MAX = 24
_ROW_TEXT_MAX = 72
_REPLY_ID_MAX = 200
#: What may go as what, and how large (Cloud API, "Supported media types", 2026-11). Everything
#: else is a document.
_KINDS: dict[str, tuple[MediaKind, int]] = {
    "image/jpeg": ("image", 5 * _MB),
    "image/png": ("image", 5 * _MB),
    "video/mp4": ("video", 16 * _MB),
    "video/3gpp": ("video", 16 * _MB),
    "audio/aac": ("audio", 16 * _MB),
    "audio/amr": ("audio", 16 * _MB),
    "audio/mpeg": ("audio", 16 * _MB),
    "audio/mp4": ("audio", 16 * _MB),
    "audio/ogg": ("audio", 16 * _MB),
}
_STICKER_MAX = 500 * 1024


def message(outbound: OutboundMessage, media_ids: dict[str, str], choose: str) -> Body:
    """`media_ids`: uploaded files by file id. `choose`: what the button of a list says.

    Raises `ContentRejected`.
    """
    return {
        **recipient(outbound.to),
        **_content(outbound, media_ids, choose),
        **({"context": {"message_id": outbound.reply_to}} if outbound.reply_to else {}),
        "biz_opaque_callback_data": outbound.id,
    }


def recipient(to: Address) -> Body:
    """A phone number goes to `to`, a business-scoped user id to `recipient`."""
    field = "to" if to.kind == "phone" else "recipient"
    return {"messaging_product": "whatsapp", "recipient_type": "individual", field: to.value}


def reaction(to: Address, provider_id: str, emoji: str) -> Body:
    part = {"message_id": provider_id, "emoji": emoji}
    return {**recipient(to), "type": "reaction", "reaction": part}


def read_mark(provider_id: str, *, is_typing: bool = False) -> Body:
    """Marks all up to this message as read; typing shows for 25 s or until we write."""
    body: Body = {"messaging_product": "whatsapp", "status": "read", "message_id": provider_id}
    return body | ({"typing_indicator": {"type": "text"}} if is_typing else {})


def media_kind(file: Attachment, text: str) -> MediaKind:
    """As what a file goes. Audio and stickers bear no text: with one they are documents."""
    if file.is_sticker and file.media_type == "image/webp" and not text:
        return "sticker" if file.size_bytes <= _STICKER_MAX else "document"
    kind, limit = _KINDS.get(file.media_type, ("document", DOCUMENT_MAX_BYTES))
    if file.size_bytes > limit or (kind == "audio" and text):
        return "document"
    return kind


def _content(outbound: OutboundMessage, media_ids: dict[str, str], choose: str) -> Body:
    if outbound.template is not None:
        return {"type": "template", "template": rendered(outbound.template, media_ids)}
    if len(outbound.attachments) > 1:
        raise ContentRejected("WhatsApp takes one file a message")
    file = outbound.attachments[0] if outbound.attachments else None
    if outbound.quick_replies:
        return _choices(outbound, file, media_ids, choose)
    if file is not None:
        return _media(file, outbound.text, media_ids)
    return _text(outbound.text)


def _text(text: str) -> Body:
    if not text.strip():
        raise ContentRejected("there is nothing to send")
    if len(text) > TEXT_MAX_CHARS:
        raise ContentRejected(f"WhatsApp takes at most {TEXT_MAX_CHARS} characters")
    has_link = "https://" in text or "http://" in text
    return {"type": "text", "text": {"body": text, "preview_url": has_link}}


def _media(file: Attachment, text: str, media_ids: dict[str, str]) -> Body:
    if file.size_bytes > DOCUMENT_MAX_BYTES:
        raise ContentRejected("WhatsApp takes files up to 100 MB")
    if len(text) > CAPTION_MAX_CHARS:
        raise ContentRejected(f"a file's text has at most {CAPTION_MAX_CHARS} characters")
    kind = media_kind(file, text)
    part: Body = {"id": media_ids[file.file_id]}
    if text:
        part["caption"] = text
    if kind == "document":
        part["filename"] = file.name
    if kind == "audio" and file.is_voice and file.media_type == "audio/ogg":
        part["voice"] = True
    return {"type": kind, kind: part}


def _choices(
    outbound: OutboundMessage, file: Attachment | None, media_ids: dict[str, str], choose: str
) -> Body:
    """Up to three as buttons, up to ten as a list. A list bears no file: there the choices stand
    in the text.
    """
    replies, text = outbound.quick_replies, outbound.text
    if not text.strip():
        raise ContentRejected("buttons need a text")
    if len(replies) > ROWS_MAX:
        raise ContentRejected(f"WhatsApp shows at most {ROWS_MAX} choices")
    if len(replies) <= BUTTONS_MAX and len(text) <= _BUTTON_BODY_MAX:
        header = _header(file, media_ids) if file else {}
        if header is not None:
            return _interactive("button", text, {"buttons": _buttons(replies)}, header)
    if file is not None:
        lines = "\n".join(f"• {reply.text}" for reply in replies)
        return _media(file, f"{text}\n{lines}", media_ids)
    if len(text) > TEXT_MAX_CHARS:
        raise ContentRejected(f"WhatsApp takes at most {TEXT_MAX_CHARS} characters")
    return _interactive("list", text, {"button": choose, "sections": [{"rows": _rows(replies)}]})


def _header(file: Attachment, media_ids: dict[str, str]) -> Body | None:
    """None for a file that cannot stand above buttons."""
    kind = media_kind(file, "")
    if kind not in ("image", "video", "document"):
        return None
    part: Body = {"id": media_ids[file.file_id]}
    if kind == "document":
        part["filename"] = file.name
    return {"header": {"type": kind, kind: part}}


def _interactive(kind: str, text: str, action: Body, header: Body | None = None) -> Body:
    part = {"type": kind, **(header or {}), "body": {"text": text}, "action": action}
    return {"type": "interactive", "interactive": part}


def _buttons(replies: list[QuickReply]) -> list[Body]:
    return [
        {"type": "reply", "reply": {"id": id, "title": _cut(reply.text, TITLE_MAX_CHARS)}}
        for id, reply in zip(_ids(replies), replies, strict=True)
    ]


def _rows(replies: list[QuickReply]) -> list[Body]:
    """A title that is too long stands whole in the line below."""
    rows: list[Body] = []
    for id, reply in zip(_ids(replies), replies, strict=True):
        row: Body = {"id": id, "title": _cut(reply.text, _ROW_TITLE_MAX)}
        if len(reply.text) > _ROW_TITLE_MAX:
            row["description"] = _cut(reply.text, _ROW_TEXT_MAX)
        rows.append(row)
    return rows


def _ids(replies: list[QuickReply]) -> list[str]:
    """What comes back when one is pressed. WhatsApp refuses two that are equal."""
    ids = [(reply.payload or reply.text)[:_REPLY_ID_MAX] for reply in replies]
    if len(set(ids)) < len(ids) or not all(id.strip() for id in ids):
        raise ContentRejected("every button needs a text and a meaning of its own")
    return ids


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
