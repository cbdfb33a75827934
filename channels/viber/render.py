"""Our messages as bodies of `send_message`. Pure: limits are checked here, nothing is sent."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from channels.viber.config import CAPTION_MAX_CHARS, FILE_MAX_BYTES, SENDER_NAME_MAX_CHARS
from hub.errors import ContentRejected
from hub.model.message import Attachment, QuickReply
from hub.ports.channel import OutboundMessage

BODY_MAX_BYTES = 30_000
PICTURE_MAX_BYTES = 1024 * 1024
VIDEO_MAX_BYTES = 26 * 1024 * 1024
TRACKING_MAX_CHARS = 4000
_FILE_NAME_MAX_CHARS = 256
#: Viber goes by the ending of the address, not by the type that it is served with.
_PICTURES = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}
_VIDEOS = {"video/mp4": ".mp4"}

#: A public address of a file, the given name being its last part.
UrlOf = Callable[[Attachment, str], str]


class Sender(msgspec.Struct, frozen=True):
    """As whom the bot writes."""

    name: str
    avatar: str = ""


def render(message: OutboundMessage, sender: Sender, url_of: UrlOf) -> bytes:
    """The body of the one call. Raises `ContentRejected` for what Viber cannot carry."""
    shown = {"name": sender.name[:SENDER_NAME_MAX_CHARS]}
    if sender.avatar:
        shown["avatar"] = sender.avatar
    body: dict[str, Any] = {
        "receiver": message.to.value,
        "min_api_version": 1,
        "sender": shown,
        "tracking_data": _tracking(message),
        **_content(message, url_of),
    }
    if message.quick_replies:
        body["keyboard"] = _keyboard(message.quick_replies)
    raw = msgspec.json.encode(body)
    if len(raw) > BODY_MAX_BYTES:
        raise ContentRejected(f"Viber takes {BODY_MAX_BYTES} bytes in a message, not {len(raw)}")
    return raw


def _content(message: OutboundMessage, url_of: UrlOf) -> dict[str, Any]:
    if not message.attachments:
        if not message.text:
            raise ContentRejected("there is nothing to send")
        return {"type": "text", "text": message.text}
    if len(message.attachments) > 1:
        raise ContentRejected("Viber takes one file in a message")
    return _file(message.attachments[0], message.text, url_of)


def _file(file: Attachment, text: str, url_of: UrlOf) -> dict[str, Any]:
    """A picture, a video, or a file; what is too large for one of the first two goes as a file."""
    picture = _PICTURES.get(file.media_type)
    if picture and file.size_bytes <= PICTURE_MAX_BYTES and len(text) <= CAPTION_MAX_CHARS:
        return {"type": "picture", "text": text, "media": url_of(file, f"picture{picture}")}
    if text:
        raise ContentRejected("Viber takes no text beside this file: send it by itself")
    video = _VIDEOS.get(file.media_type)
    if video and file.size_bytes <= VIDEO_MAX_BYTES:
        return {"type": "video", "media": url_of(file, f"video{video}"), "size": file.size_bytes}
    if file.size_bytes > FILE_MAX_BYTES:
        raise ContentRejected(f"Viber takes files of {FILE_MAX_BYTES // 1024**2} MB")
    name = _short_name(file.name)
    return {
        "type": "file",
        "media": url_of(file, name),
        "size": file.size_bytes,
        "file_name": name,
    }


def _short_name(name: str) -> str:
    """At most 256 characters with the ending kept: phones open a file by it."""
    stem, dot, ending = name.rpartition(".")
    if len(name) <= _FILE_NAME_MAX_CHARS or not dot or len(ending) > 10:
        return name[:_FILE_NAME_MAX_CHARS] or "file"
    return f"{stem[: _FILE_NAME_MAX_CHARS - len(ending) - 1]}.{ending}"


def _keyboard(replies: Sequence[QuickReply]) -> dict[str, Any]:
    """One button a row; pressing it sends `ActionBody` as if it had been typed."""
    buttons = [
        {
            "Columns": 6,
            "Rows": 1,
            "ActionType": "reply",
            "ActionBody": reply.payload or reply.text,
            "Text": html.escape(reply.text, quote=False),  # Viber reads some HTML in it
            "TextSize": "regular",
        }
        for reply in replies
    ]
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": buttons}


def _tracking(message: OutboundMessage) -> str:
    """Comes back with the customer's next message: our id, and which button stood for what."""
    titles = {r.payload: r.text for r in message.quick_replies if r.payload}
    tracked = msgspec.json.encode({"m": message.id, "b": titles} if titles else {"m": message.id})
    if len(tracked) <= TRACKING_MAX_CHARS:
        return tracked.decode()
    return msgspec.json.encode({"m": message.id}).decode()


def named_link(link: str, name: str) -> str:
    """A signed link with a file name at the end of its path."""
    path, mark, query = link.partition("?")
    return f"{path}/{quote(name, safe='')}{mark}{query}"
