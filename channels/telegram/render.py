"""Our messages as calls of the Bot API. Pure; used by `client.py`.

Texts go as they are, without a parse mode: there is nothing to escape, and nothing a customer sees
as formatting that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiogram.methods import (
    EditMessageCaption,
    EditMessageText,
    SendAnimation,
    SendAudio,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendVideo,
    SendVoice,
    SetMessageReaction,
)
from aiogram.methods.base import TelegramMethod
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReactionTypeEmoji,
    ReactionTypeUnion,
    ReplyParameters,
)

from channels.telegram.ids import Ref, read_ref
from hub.model.message import Attachment, QuickReply
from hub.ports.channel import OutboundMessage

CALLBACK_MAX_BYTES = 64
#: Limits of sendPhoto; what breaks them goes as a document.
_PHOTO_MAX_BYTES = 10 * 1024 * 1024
_PHOTO_MAX_SIDES = 10_000
_PHOTO_MAX_RATIO = 20
_PHOTOS = ("image/jpeg", "image/png", "image/webp")
_VOICES = ("audio/ogg", "audio/opus", "audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a")
_METHODS: Mapping[str, type[TelegramMethod[Message]]] = {
    "photo": SendPhoto,
    "voice": SendVoice,
    "audio": SendAudio,
    "video": SendVideo,
    "animation": SendAnimation,
    "document": SendDocument,
}
_AUDIOS = ("audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a")


class Target(NamedTuple):
    """Where a message goes."""

    chat: int
    connection: str = ""


def target_of(message: OutboundMessage, chat: int) -> Target:
    """A business customer is answered on the connection by which the chat was last used."""
    for provider_id in (message.reply_to, *reversed(message.refs)):
        ref = read_ref(provider_id)
        if ref is not None and ref.chat == chat:
            return Target(chat, ref.connection)
    return Target(chat)


def render(message: OutboundMessage, target: Target, file: bytes | None) -> TelegramMethod[Message]:
    """`file`: the bytes of the one attachment, when there is one."""
    common: dict[str, Any] = {
        "chat_id": target.chat,
        "business_connection_id": target.connection or None,
        "reply_parameters": _quoted(message.reply_to, target),
        "reply_markup": _keyboard(message.quick_replies),
    }
    if file is None:
        return SendMessage(text=message.text, **common)
    attachment = message.attachments[0]
    kind = _kind(attachment)
    own: dict[str, Any] = {
        kind: BufferedInputFile(file, attachment.name),
        "caption": message.text or None,
    }
    return _METHODS[kind](**own, **common)


def render_edit(ref: Ref, message: OutboundMessage) -> EditMessageText | EditMessageCaption:
    """Buttons go along: an edit without them takes them away."""
    common: dict[str, Any] = {
        "chat_id": ref.chat,
        "message_id": ref.message,
        "business_connection_id": ref.connection or None,
        "reply_markup": _keyboard(message.quick_replies),
    }
    if message.attachments:
        return EditMessageCaption(caption=message.text, **common)
    return EditMessageText(text=message.text, **common)


def render_reaction(ref: Ref, emoji: str) -> SetMessageReaction:
    reaction: list[ReactionTypeUnion] = [ReactionTypeEmoji(emoji=emoji)] if emoji else []
    return SetMessageReaction(chat_id=ref.chat, message_id=ref.message, reaction=reaction)


def _kind(attachment: Attachment) -> str:
    """The method's own name for the file."""
    media_type = attachment.media_type.partition(";")[0].strip().lower()
    if media_type in _PHOTOS and _is_photo(attachment):
        return "photo"
    if attachment.is_voice and media_type in _VOICES:
        return "voice"
    if media_type in _AUDIOS:
        return "audio"
    return {"video/mp4": "video", "image/gif": "animation"}.get(media_type, "document")


def _is_photo(attachment: Attachment) -> bool:
    """Sides of 0 are not known: most pictures are photos."""
    short, long = sorted((attachment.width, attachment.height))
    has_fit = short + long <= _PHOTO_MAX_SIDES and long <= max(short, 1) * _PHOTO_MAX_RATIO
    return attachment.size_bytes <= _PHOTO_MAX_BYTES and has_fit


def _quoted(provider_id: str, target: Target) -> ReplyParameters | None:
    """A quoted message that is gone must not keep the answer back."""
    ref = read_ref(provider_id)
    if ref is None or Target(ref.chat, ref.connection) != target:
        return None
    return ReplyParameters(message_id=ref.message, allow_sending_without_reply=True)


def _keyboard(replies: Sequence[QuickReply]) -> InlineKeyboardMarkup | None:
    """One button a row. Pressing one brings its title back as text, its data as payload."""
    if not replies:
        return None
    rows = [
        [InlineKeyboardButton(text=reply.text, callback_data=_data(reply, number))]
        for number, reply in enumerate(replies)
    ]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _data(reply: QuickReply, number: int) -> str:
    """At most 64 bytes: the payload, else the title, else the button's number."""
    for data in (reply.payload, reply.text):
        if 0 < len(data.encode()) <= CALLBACK_MAX_BYTES:
            return data
    return f"#{number}"
