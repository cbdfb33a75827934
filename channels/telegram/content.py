"""What is in one message of Telegram: text, files, places, cards, or something that cannot be
shown. Pure; called by `parse.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from channels.telegram.shapes import Card, File, Message, Photo, Sticker, User
from channels.telegram.text import plain
from hub.model.contact import Address
from hub.model.message import Location, SharedContact
from hub.ports.inbound import MediaRef

#: Field → the media type where Telegram names none. An animation comes as a document, too.
FILES = {
    "animation": "video/mp4",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "document": "application/octet-stream",
}
#: Contents that people sent on purpose and that the hub has no form for.
UNSUPPORTED = frozenset(
    "rich_message live_photo paid_media story checklist dice game poll invoice giveaway gift"
    " unique_gift users_shared chat_shared passport_data web_app_data successful_payment"
    " refunded_payment".split()
)
#: Telegram's own remarks in a chat.
SERVICE = frozenset(
    "new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title"
    " new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created"
    " channel_chat_created message_auto_delete_timer_changed pinned_message gift_upgrade_sent"
    " connected_website write_access_allowed proximity_alert_triggered boost_added"
    " chat_background_set checklist_tasks_done checklist_tasks_added"
    " direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed"
    " forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden"
    " giveaway_created giveaway_winners giveaway_completed managed_bot_created"
    " paid_message_price_changed poll_option_added poll_option_deleted suggested_post_approved"
    " suggested_post_approval_failed suggested_post_declined suggested_post_paid"
    " suggested_post_refunded video_chat_scheduled video_chat_started video_chat_ended"
    " video_chat_participants_invited".split()
)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_NOT_DIGITS = re.compile(r"[^0-9]")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that a message holds; empty for Telegram's own remarks."""

    text: str = ""
    media: list[MediaRef] = []
    location: Location | None = None
    shared: list[SharedContact] = []
    aliases: list[Address] = []
    unsupported: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Content()


def content_of(message: Message, raw: Mapping[str, Any]) -> Content:
    """`raw` is the message as it came, for the kinds that are known by name only."""
    text = plain(message.text, message.entities) or plain(message.caption, message.caption_entities)
    media = _media(message)
    location = _location(message)
    shared = [_shared(message.contact)] if message.contact else []
    unsupported = ""
    if not (text or media or location or shared):
        unsupported = _unsupported(raw)
    return Content(
        text=text,
        media=media,
        location=location,
        shared=shared,
        aliases=_aliases(message.contact, message.sender),
        unsupported=unsupported,
    )


def _unsupported(raw: Mapping[str, Any]) -> str:
    """Name of the content; "" for a remark of Telegram's own, "unknown" for what is new."""
    if raw.keys() & SERVICE:
        return ""
    return next((kind for kind in raw if kind in UNSUPPORTED), "unknown")


def _media(message: Message) -> list[MediaRef]:
    if message.photo:
        return [_photo(message.photo)]
    if message.sticker is not None:
        return [_sticker(message.sticker)]
    for kind, media_type in FILES.items():
        file: File | None = getattr(message, kind)
        if file is not None:
            return [_file(file, media_type, is_voice=kind == "voice")]
    return []


def _file(file: File, media_type: str, *, is_voice: bool) -> MediaRef:
    return MediaRef(
        ref=file.file_id,
        name=file.file_name,
        media_type=file.mime_type or media_type,
        size_bytes=file.file_size,
        is_voice=is_voice,
    )


def _photo(sizes: list[Photo]) -> MediaRef:
    """The largest of the sizes that Telegram offers."""
    best = max(sizes, key=lambda size: size.width * size.height)
    return MediaRef(ref=best.file_id, media_type="image/jpeg", size_bytes=best.file_size)


def _sticker(sticker: Sticker) -> MediaRef:
    """Animated ones are Lottie, which no browser shows: their still picture serves."""
    if sticker.is_animated and sticker.thumbnail is not None:
        still = sticker.thumbnail
        return MediaRef(
            ref=still.file_id,
            name="sticker.webp",
            media_type="image/webp",
            size_bytes=still.file_size,
            is_sticker=True,
        )
    name, media_type = "sticker.webp", "image/webp"
    if sticker.is_animated:
        name, media_type = "sticker.tgs", "application/x-tgsticker"
    elif sticker.is_video:
        name, media_type = "sticker.webm", "video/webm"
    return MediaRef(
        ref=sticker.file_id,
        name=name,
        media_type=media_type,
        size_bytes=sticker.file_size,
        is_sticker=True,
    )


def _location(message: Message) -> Location | None:
    if message.venue is not None:
        venue = message.venue
        place = venue.location
        return Location(place.latitude, place.longitude, venue.title, venue.address)
    if message.location is not None:
        return Location(message.location.latitude, message.location.longitude)
    return None


def _shared(card: Card) -> SharedContact:
    name = f"{card.first_name} {card.last_name}".strip()
    return SharedContact(name=name, phones=[_phone(card) or card.phone_number])


def _phone(card: Card) -> str:
    """E.164, or "" for what is none."""
    phone = "+" + _NOT_DIGITS.sub("", card.phone_number)
    return phone if _PHONE.fullmatch(phone) else ""


def _aliases(card: Card | None, sender: User | None) -> list[Address]:
    """Telegram states whose number it is: only the sender's own card proves a number."""
    if card is None or sender is None or card.user_id != sender.id:
        return []
    phone = _phone(card)
    return [Address("phone", phone)] if phone else []
