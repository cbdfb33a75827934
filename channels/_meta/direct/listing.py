"""The Conversations API: what Meta holds of our conversations, for the time after an outage and for
messages whose answer was lost. Pure: rows of `GET /me/conversations` → events under the same ids as
by webhook. It gives whole seconds, and no edits, deletions or statuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from channels._meta.direct.fields import Unreadable, is_set, mapping, objects, required, text
from channels._meta.direct.parse import Account
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import (
    DeliveryReported,
    MediaRef,
    MessageEchoed,
    MessageReceived,
)

MESSAGE_FIELDS = "id,created_time,from,to,message,attachments,shares,sticker,story,is_unsupported"
_URL_KEYS = (("image_data", "url"), ("video_data", "url"), ("audio_data", "url"))


def updated_at(row: dict[str, Any]) -> int:
    """When a conversation last changed, 0 when it cannot be told."""
    try:
        return _moment(row, "updated_time")
    except Unreadable:
        return 0


def events(
    row: dict[str, Any], account: Account, since_ms: int
) -> list[MessageReceived | MessageEchoed]:
    """A conversation's messages since then, oldest first; unreadable ones are left out."""
    found = [event for message in _messages(row) for event in _event(message, account)]
    # Meta lists the newest first, and several may share a second.
    found.reverse()
    return sorted((one for one in found if one.at >= since_ms), key=lambda one: one.at)


def outcome(
    row: dict[str, Any], account: Account, message: OutboundMessage, answered: Collection[str]
) -> DeliveryReported | None:
    """Our message among the conversation's: the oldest since it was written that says the same and
    is none of those whose ids we know (`answered`).
    """
    since = message.at // 1000 * 1000
    for event in events(row, account, since):
        is_ours = isinstance(event, MessageEchoed) and event.event_id not in answered
        if is_ours and _says_the_same(event, message):
            return DeliveryReported(
                event_id=f"{event.event_id}:found",
                provider_id=event.event_id,
                message_id=message.id,
                delivery="sent",
                at=event.at,
            )
    return None


def _says_the_same(event: MessageReceived | MessageEchoed, message: OutboundMessage) -> bool:
    if message.attachments:
        return bool(event.media) and not event.text
    return event.text == message.text


def _messages(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    try:
        yield from objects(mapping(row, "messages"), "data")
    except Unreadable:
        return


def _event(message: dict[str, Any], account: Account) -> list[MessageReceived | MessageEchoed]:
    try:
        return [_read(message, account)]
    except Unreadable:
        return []


def _read(message: dict[str, Any], account: Account) -> MessageReceived | MessageEchoed:
    id = required(message, "id")
    at = _moment(message, "created_time")
    author = mapping(message, "from")
    body, media = text(message, "message"), list(_media(message))
    if account.id in _ids(author):
        others = objects(mapping(message, "to"), "data")
        person = next((text(one, "id") for one in others if account.id not in _ids(one)), "")
        if not person:
            raise Unreadable("to")
        return MessageEchoed(
            event_id=id, sender=account.address(person), at=at, text=body, media=media
        )
    return MessageReceived(
        event_id=id,
        sender=account.address(required(author, "id")),
        sender_name=text(author, "name") or text(author, "username"),
        is_verified=True,
        at=at,
        text="\n".join(filter(None, (body, *_links(message)))),
        media=media,
        unsupported="unknown" if is_set(message, "is_unsupported") else "",
    )


def _ids(one: dict[str, Any]) -> tuple[str, str]:
    """Instagram's login gives two: `id` within our app, `user_id` everywhere."""
    return text(one, "id"), text(one, "user_id")


def _moment(source: dict[str, Any], key: str) -> int:
    try:
        found = datetime.fromisoformat(required(source, key))
    except ValueError as fault:
        raise Unreadable(key) from fault
    if found.tzinfo is None:
        raise Unreadable(key)
    return int(found.timestamp() * 1000)


def _media(message: dict[str, Any]) -> Iterator[MediaRef]:
    for one in objects(mapping(message, "attachments"), "data"):
        urls = [text(mapping(one, key), part) for key, part in _URL_KEYS]
        url = next(filter(None, [*urls, text(one, "file_url")]), "")
        if url:
            name, media_type = text(one, "name"), text(one, "mime_type")
            yield MediaRef(ref=url, name=name, media_type=media_type)
    if sticker := text(message, "sticker"):
        yield MediaRef(ref=sticker, is_sticker=True)
    story = mapping(message, "story")
    for part, name in (("mention", "story-mention"), ("reply_to", "story")):
        if link := text(mapping(story, part), "link"):
            yield MediaRef(ref=link, name=name)


def _links(message: dict[str, Any]) -> Iterator[str]:
    for one in objects(mapping(message, "shares"), "data"):
        link = text(one, "link")
        if link.startswith(("https://", "http://")):
            yield link
