"""An update of Telegram → what happened, in the hub's words. Pure; called by the adapter for
webhooks and for what it polled.

`event_id` of a message is its name in the hub (`ids.Ref`); of everything else it carries Telegram's
own `update_id`, by which repeats are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from channels.telegram.content import Content, content_of
from channels.telegram.ids import Ref, address
from channels.telegram.shapes import (
    Connection,
    Deletion,
    Id,
    Membership,
    Mention,
    Message,
    Pressed,
    Reaction,
)
from hub.errors import BadInput
from hub.ports.inbound import (
    AccountAlert,
    AddressMoved,
    Ignored,
    InboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachabilityChanged,
    Reacted,
)

#: What Telegram is asked for; reactions come only when they are named.
WANTED = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
#: Kinds of updates without use for us, each its own reason.
IGNORED = frozenset(
    "channel_post edited_channel_post guest_message message_reaction_count inline_query"
    " chosen_inline_result shipping_query pre_checkout_query purchased_paid_media poll"
    " poll_answer chat_member chat_join_request chat_boost removed_chat_boost managed_bot".split()
)
_REACHABLE = {"member": True, "administrator": True, "kicked": False, "left": False}
_START = "/start "


class Terms(msgspec.Struct, frozen=True):
    """What an inbox takes, and the time for updates that carry none (presses, deletions)."""

    has_groups: bool
    now_ms: int


class _Update(msgspec.Struct, frozen=True):
    """`body` as it came, of the `kind` that names it."""

    id: int
    kind: str
    body: Mapping[str, Any]
    terms: Terms


def parse(body: bytes, terms: Terms) -> list[InboundEvent]:
    """One update. Raises `BadInput` when it cannot be read."""
    try:
        update = _open(msgspec.json.decode(body), terms)
        reader = _READERS.get(update.kind)
        return [_passed_over(update)] if reader is None else reader(update)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise BadInput("this update cannot be read") from fault


class _Press(msgspec.Struct, frozen=True):
    id: str


class _MaybePress(msgspec.Struct, frozen=True):
    callback_query: _Press | None = None


def callback_id(body: bytes) -> str:
    """The id of a pressed button that waits for an answer, "" where nothing was pressed."""
    if b'"callback_query"' not in body:
        return ""
    try:
        press = msgspec.json.decode(body, type=_MaybePress).callback_query
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    return press.id if press else ""


def _open(raw: Any, terms: Terms) -> _Update:
    whole = msgspec.convert(raw, dict[str, Any])
    number = msgspec.convert(whole.get("update_id"), Id)
    kinds = [kind for kind in whole if kind in _READERS or kind in IGNORED]
    if not kinds:
        return _Update(number, "", {}, terms)
    return _Update(number, kinds[0], msgspec.convert(whole[kinds[0]], dict[str, Any]), terms)


def _passed_over(update: _Update) -> Ignored:
    return Ignored(event_id=f"update:{update.id}", reason=update.kind or "unknown_update")


def _ignored(ref: object, reason: str) -> list[InboundEvent]:
    return [Ignored(event_id=str(ref), reason=reason)]


def _message(update: _Update) -> list[InboundEvent]:
    message = msgspec.convert(update.body, Message)
    ref = _ref(message)
    moved = _moved(message)
    if moved is not None:
        return [moved]
    if not message.chat.is_private and not update.terms.has_groups:
        return _ignored(ref, "group")
    content = content_of(message, update.body)
    if content.is_empty:
        return _ignored(ref, "service_message")
    if _is_echo(message):
        return [_echoed(message, content)]
    author = message.sender.name if message.sender else ""
    text = content.text
    if not message.chat.is_private and text:
        speaker = message.sender_chat.name if message.sender_chat else author
        text = f"{speaker}: {text}" if speaker else text
    return [
        MessageReceived(
            event_id=str(ref),
            sender=address(message.chat.id),
            sender_name=message.chat.name or author,
            is_verified=True,
            at=message.date * 1000,
            text=text,
            media=content.media,
            location=content.location,
            shared=content.shared,
            aliases=content.aliases if message.chat.is_private else [],
            unsupported=content.unsupported,
            reply_to=_answered(message),
            payload=message.text.removeprefix(_START) if message.text.startswith(_START) else "",
            album_id=message.media_group_id,
            language=message.sender.language_code if message.sender else "",
            is_auto=message.is_from_offline or _is_machine(message),
        )
    ]


def _ref(message: Message) -> Ref:
    return Ref(message.chat.id, message.message_id, message.business_connection_id)


def _is_machine(message: Message) -> bool:
    """Another bot wrote; Telegram speaks as one for nameless administrators of groups."""
    return message.sender is not None and message.sender.is_bot and message.sender_chat is None


def _is_echo(message: Message) -> bool:
    """In a business chat whoever is not the customer, whose number the chat has, is the owner."""
    is_owner = message.sender is None or message.sender.id != message.chat.id
    return bool(message.business_connection_id) and is_owner


def _answered(message: Message) -> str:
    answered = message.reply_to_message
    if answered is None or answered.chat.id != message.chat.id:
        return ""
    ref = Ref(answered.chat.id, answered.message_id, message.business_connection_id)
    return str(ref)


def _echoed(message: Message, content: Content) -> InboundEvent:
    ref = _ref(message)
    if not (content.text or content.media or content.location):
        return Ignored(event_id=str(ref), reason="echo_without_content")
    return MessageEchoed(
        event_id=str(ref),
        sender=address(message.chat.id),
        sender_name=message.chat.name,
        at=message.date * 1000,
        text=content.text,
        media=content.media,
        location=content.location,
        app="Telegram",
    )


def _moved(message: Message) -> AddressMoved | None:
    """A group became a supergroup: both chats tell, under one key."""
    at = message.date * 1000
    if message.migrate_to_chat_id:
        return moved(message.chat.id, message.migrate_to_chat_id, at)
    if message.migrate_from_chat_id:
        return moved(message.migrate_from_chat_id, message.chat.id, at)
    return None


def moved(old: int, new: int, at: int) -> AddressMoved:
    """The chat `old` has the number `new` from now on."""
    return AddressMoved(event_id=f"moved:{old}:{new}", sender=address(old), new=address(new), at=at)


def _edited(update: _Update) -> list[InboundEvent]:
    message = msgspec.convert(update.body, Message)
    ref = _ref(message)
    key = f"{ref}:edit:{update.id}"
    if not message.chat.is_private and not update.terms.has_groups:
        return _ignored(key, "group")
    content = content_of(message, update.body)
    if content.location is not None:
        return _ignored(key, "live_location")
    if not (content.text or content.media):
        return _ignored(key, "edit_without_text")
    return [
        MessageEdited(
            event_id=key,
            provider_id=str(ref),
            sender=address(message.chat.id),
            at=(message.edit_date or message.date) * 1000,
            text=content.text,
        )
    ]


def _pressed(update: _Update) -> list[InboundEvent]:
    press = msgspec.convert(update.body, Pressed)
    key = f"callback:{press.id}"
    message = press.message
    if message is None:
        return _ignored(key, "press_without_message")
    if not press.data:
        return _ignored(key, "press_without_data")
    if not message.chat.is_private and not update.terms.has_groups:
        return _ignored(key, "group")
    return [
        MessageReceived(
            event_id=key,
            sender=address(message.chat.id),
            sender_name=message.chat.name or press.sender.name,
            is_verified=True,
            at=update.terms.now_ms,
            text=_title(message, press.data) or press.data,
            payload=press.data,
            reply_to=str(Ref(message.chat.id, message.message_id)),
            language=press.sender.language_code,
        )
    ]


def _title(message: Mention, data: str) -> str:
    """What the button says; a message that the bot cannot see any more has lost its buttons."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    return next((b.text for row in rows for b in row if b.callback_data == data), "")


def _reacted(update: _Update) -> list[InboundEvent]:
    reaction = msgspec.convert(update.body, Reaction)
    ref = Ref(reaction.chat.id, reaction.message_id)
    key = f"{ref}:reaction:{update.id}"
    if not reaction.chat.is_private and not update.terms.has_groups:
        return _ignored(key, "group")
    emojis = [one.emoji for one in reaction.new_reaction if one.type == "emoji"]
    if reaction.new_reaction and not emojis:
        return _ignored(key, "custom_reaction")
    return [
        Reacted(
            event_id=key,
            provider_id=str(ref),
            sender=address(reaction.chat.id),
            emoji=emojis[-1] if emojis else "",
            at=reaction.date * 1000,
        )
    ]


def _standing(update: _Update) -> list[InboundEvent]:
    membership = msgspec.convert(update.body, Membership)
    key = f"{membership.chat.id}:standing:{update.id}"
    if not membership.chat.is_private and not update.terms.has_groups:
        return _ignored(key, "group")
    is_reachable = _REACHABLE.get(membership.new_chat_member.status)
    if is_reachable is None:
        return _ignored(key, "membership")
    return [
        ReachabilityChanged(
            event_id=key,
            sender=address(membership.chat.id),
            is_reachable=is_reachable,
            at=membership.date * 1000,
        )
    ]


def _connected(update: _Update) -> list[InboundEvent]:
    connection = msgspec.convert(update.body, Connection)
    key = f"connection:{connection.id}:{update.id}"
    can_reply = connection.rights is not None and connection.rights.can_reply
    if connection.is_enabled and can_reply:
        return _ignored(key, "business_connection")
    detail = (
        "telegram.alert.business_cannot_reply"
        if connection.is_enabled
        else "telegram.alert.business_off"
    )
    return [AccountAlert(event_id=key, detail=detail, at=connection.date * 1000)]


def _deleted(update: _Update) -> list[InboundEvent]:
    deletion = msgspec.convert(update.body, Deletion)
    chat, connection = deletion.chat.id, deletion.business_connection_id
    refs = [Ref(chat, message, connection) for message in deletion.message_ids]
    return [
        MessageDeleted(
            event_id=f"{ref}:deleted",
            provider_id=str(ref),
            sender=address(chat),
            at=update.terms.now_ms,
        )
        for ref in refs
    ]


_READERS: Mapping[str, Callable[[_Update], list[InboundEvent]]] = {
    "message": _message,
    "edited_message": _edited,
    "business_message": _message,
    "edited_business_message": _edited,
    "callback_query": _pressed,
    "message_reaction": _reacted,
    "my_chat_member": _standing,
    "business_connection": _connected,
    "deleted_business_messages": _deleted,
}
