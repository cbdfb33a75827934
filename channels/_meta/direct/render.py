"""An outgoing message → one request of the Send API. Pure; all limits are checked before
anything is sent, so that what the platform cannot carry fails with words instead of a code.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from channels._meta.direct.config import (
    HUMAN_WINDOW_H,
    QUICK_REPLIES_MAX,
    QUICK_REPLY_CHARS,
    WINDOW_H,
)
from channels._meta.direct.parse import OUR_MARK
from hub.errors import ContentRejected, OutsideWindow
from hub.model.message import Attachment, QuickReply
from hub.ports.channel import OutboundMessage

_PAYLOAD_MAX = 1000
_HOUR_MS = 3_600_000
#: A heart is taken as "❤", refused with the selector that keyboards put behind it.
_SELECTOR = "\ufe0f"

AttachmentKind = Literal["image", "video", "audio", "file"]


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """Where the two platforms differ."""

    text_max: int
    #: The limit is of UTF-8 bytes, not of characters.
    counts_bytes: bool = False
    #: Answers within the window must say so.
    names_response: bool = True
    #: Comes back with the echo.
    has_metadata: bool = True
    #: Files are uploaded; else Meta fetches them from an address of ours.
    can_upload: bool = True
    #: Media types that are sent as what they are; the others go as a plain file.
    image_types: frozenset[str]
    #: Types of plain files; None: all.
    file_types: frozenset[str] | None = None
    image_max_bytes: int
    file_max_bytes: int


def body(
    message: OutboundMessage,
    dialect: Dialect,
    way: dict[str, str],
    attachment: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Of `POST /me/messages`, for a message that `check` let pass. `way` is what `window` said,
    `attachment` the file as Meta takes it.
    """
    content: dict[str, Any] = {}
    if attachment is not None:
        content["attachment"] = attachment
    else:
        content["text"] = message.text
    if message.quick_replies:
        content["quick_replies"] = [_quick_reply(one) for one in message.quick_replies]
    if dialect.has_metadata:
        content["metadata"] = OUR_MARK + message.id
    request: dict[str, Any] = {"recipient": {"id": message.to.value}, **way, "message": content}
    if message.reply_to:
        request["reply_to"] = {"mid": message.reply_to}
    return request


def window(
    message: OutboundMessage, dialect: Dialect, now_ms: int, *, has_human_tag: bool
) -> dict[str, str]:
    """How this message may go now: 24 hours for anybody, seven days for people with Meta's tag."""
    age_ms = now_ms - message.last_inbound_at
    if message.last_inbound_at and age_ms <= WINDOW_H * _HOUR_MS:
        return {"messaging_type": "RESPONSE"} if dialect.names_response else {}
    is_persons = has_human_tag and not message.is_auto
    if message.last_inbound_at and is_persons and age_ms <= HUMAN_WINDOW_H * _HOUR_MS:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    raise OutsideWindow("the customer's last message is too old to be answered here")


def check(message: OutboundMessage, dialect: Dialect) -> None:
    """Raises `ContentRejected` for what the platform cannot carry."""
    if message.template is not None:
        raise ContentRejected("this channel has no templates")
    if message.text and message.attachments:
        raise ContentRejected("text and a file are two messages here")
    if not message.text and not message.attachments:
        raise ContentRejected("the message is empty")
    if len(message.attachments) > 1:
        raise ContentRejected("one file a message")
    length = len(message.text.encode()) if dialect.counts_bytes else len(message.text)
    if length > dialect.text_max:
        unit = "bytes" if dialect.counts_bytes else "characters"
        raise ContentRejected(f"the text has {length} of at most {dialect.text_max} {unit}")
    if len(message.quick_replies) > QUICK_REPLIES_MAX:
        raise ContentRejected(f"at most {QUICK_REPLIES_MAX} quick replies")
    for attachment in message.attachments:
        attachment_kind(attachment, dialect)


def attachment_kind(attachment: Attachment, dialect: Dialect) -> AttachmentKind:
    """What a file is sent as. Raises `ContentRejected` for a type or size that is not taken."""
    media_type = attachment.media_type
    kind: AttachmentKind = "file"
    if media_type in dialect.image_types:
        kind = "image"
    elif media_type.startswith("video/"):
        kind = "video"
    elif media_type.startswith("audio/"):
        kind = "audio"
    elif dialect.file_types is not None and media_type not in dialect.file_types:
        raise ContentRejected(f"files of the type {media_type} are not taken here")
    limit = dialect.image_max_bytes if kind == "image" else dialect.file_max_bytes
    if attachment.size_bytes > limit:
        raise ContentRejected(f"the file has {attachment.size_bytes} of at most {limit} bytes")
    return kind


def reaction(person: str, mid: str, emoji: str) -> dict[str, Any]:
    """Puts an emoji on a message, "" takes ours away."""
    payload = {"message_id": mid}
    if not emoji:
        return _action(person, "unreact") | {"payload": payload}
    return _action(person, "react") | {"payload": {**payload, "reaction": _bare(emoji)}}


def seen(person: str) -> dict[str, Any]:
    return _action(person, "mark_seen")


def typing(person: str, is_typing: bool) -> dict[str, Any]:
    return _action(person, "typing_on" if is_typing else "typing_off")


def _action(person: str, name: str) -> dict[str, Any]:
    return {"recipient": {"id": person}, "sender_action": name}


def _bare(emoji: str) -> str:
    return emoji.replace(_SELECTOR, "") or emoji


def _quick_reply(reply: QuickReply) -> dict[str, str]:
    """A longer title would be cut off by Meta anyway, without a sign."""
    title = reply.text
    if len(title) > QUICK_REPLY_CHARS:
        title = title[: QUICK_REPLY_CHARS - 1] + "…"
    payload = (reply.payload or reply.text)[:_PAYLOAD_MAX]
    return {"content_type": "text", "title": title, "payload": payload}
