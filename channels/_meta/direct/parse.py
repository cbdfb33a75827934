"""A webhook of the Messenger Platform → events. Pure and sync. `entry[].messaging[]` holds direct
messages and what becomes of them, `entry[].changes[]` what happens in public; `standby` belongs to
another app. One faulty item becomes `Ignored("unreadable_item")` and costs no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from channels._meta.direct import content
from channels._meta.direct.fields import (
    Unreadable,
    is_set,
    mapping,
    moment,
    required,
    text,
)
from hub.errors import BadInput, BadSignature
from hub.model.contact import Address
from hub.ports.inbound import (
    OTHER_ACCOUNT,
    AccountAlert,
    DeliveryReported,
    Ignored,
    InboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReachedUpTo,
    Reacted,
)

#: Prefix of `metadata` in what we send: it comes back with the echo.
OUR_MARK = "santral:"
#: Id of an entry in the samples that Meta's app settings send on request.
_SAMPLE_ID = "0"
_WORDS_MAX = 200

#: Apps that people know by name; of others the id is shown.
_APPS = {"263902037430900": "Meta Business Suite"}

#: Names of reactions that come without their emoji.
_EMOJI = {
    "smile": "😆", "angry": "😠", "sad": "😢", "wow": "😮",
    "love": "❤️", "like": "👍", "dislike": "👎",
}  # fmt: skip
#: Kinds of items that are of no use to us, and the reason that is counted.
_OF_NO_USE = {
    "optin": "optin",
    "referral": "referral",
    "account_linking": "account_linking",
    "pass_thread_control": "handover_passed",
    "take_thread_control": "handover_taken",
    "request_thread_control": "handover_requested",
    "app_roles": "handover_roles",
    "messaging_feedback": "feedback",
    "game_play": "game_play",
}
#: Fields of `changes` with public content.
_PUBLIC = {
    "comments": "comment",
    "live_comments": "live_comment",
    "mentions": "mention",
    "mention": "mention",
    "feed": "feed",
    "story_insights": "story_insights",
    "ratings": "rating",
}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose webhooks these are: the channel, Meta's object and account, and our inbox."""

    channel: str
    object: str
    id: str
    inbox_id: str
    #: Where files may lie besides Meta's network (a stand-in's origin).
    origin: str = ""

    def address(self, person: str) -> Address:
        """Meta's ids of people mean something to one page or account only."""
        return Address("handle", person, self.inbox_id)


class _Item(msgspec.Struct, frozen=True):
    """One element of `messaging`: who, when, and the part that names its kind."""

    account: Account
    whole: dict[str, Any]
    part: dict[str, Any]
    sender: str
    recipient: str
    at: int

    @property
    def is_ours(self) -> bool:
        return self.sender == self.account.id

    @property
    def customer(self) -> Address:
        """The one of the two that we are not; echoes of some versions name them the other way."""
        return self.account.address(self.recipient if self.is_ours else self.sender)


def parse(body: bytes, account: Account) -> list[InboundEvent]:
    """Raises `BadInput` for what is no webhook, `BadSignature` for another account's (S-35)."""
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise BadInput("the body is not JSON") from fault
    if not isinstance(payload, dict) or not isinstance(payload.get("object"), str):
        raise BadInput("the body is no webhook of Meta's", "object")
    entries = payload.get("entry")
    if not isinstance(entries, list) or not entries:
        raise BadInput("the webhook holds no entry", "entry")
    if payload["object"] != account.object:
        raise BadSignature("the webhook belongs to another product")
    ids = [_entry_id(entry) for entry in entries]
    if account.id not in ids and _SAMPLE_ID not in ids:
        raise BadSignature("the webhook belongs to another account")
    return [event for entry in entries for event in _entry(entry, account)]


def addressees(body: bytes, account: Account) -> frozenset[str]:
    """Ids of the pages or accounts that a webhook names, none of another product's."""
    try:
        payload = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return frozenset()
    if not isinstance(payload, dict) or payload.get("object") != account.object:
        return frozenset()
    return frozenset(map(_entry_id, _listed(payload, "entry"))) - {"", _SAMPLE_ID}


def _entry_id(entry: object) -> str:
    found = entry.get("id") if isinstance(entry, dict) else None
    return str(found) if isinstance(found, str | int) else ""


def _entry(entry: Any, account: Account) -> list[InboundEvent]:
    if not isinstance(entry, dict):
        return [Ignored(reason="unreadable_item")]
    id = _entry_id(entry)
    if id not in (account.id, _SAMPLE_ID):
        return [Ignored(reason=OTHER_ACCOUNT)]
    events: list[InboundEvent] = []
    for item in _listed(entry, "messaging"):
        events += _safely(_messaging, item, entry, account)
    for item in _listed(entry, "changes"):
        events += _safely(_change, item, entry, account)
    events += [Ignored(reason="standby") for _ in _listed(entry, "standby")]
    return events or [Ignored(reason="empty_entry")]


def _listed(entry: dict[str, Any], key: str) -> list[Any]:
    found = entry.get(key)
    return found if isinstance(found, list) else []


_Reader = Callable[[dict[str, Any], dict[str, Any], Account], list[InboundEvent]]


def _safely(
    reader: _Reader, item: Any, entry: dict[str, Any], account: Account
) -> list[InboundEvent]:
    if not isinstance(item, dict):
        return [Ignored(reason="unreadable_item")]
    try:
        return reader(item, entry, account)
    except Unreadable:
        return [Ignored(reason="unreadable_item")]


def _change(item: dict[str, Any], entry: dict[str, Any], account: Account) -> list[InboundEvent]:
    """Public content; the Instagram login also puts direct messages here at times."""
    value = item.get("value")
    if isinstance(value, dict) and "sender" in value and "recipient" in value:
        return _messaging(value, entry, account)
    return [Ignored(reason=_PUBLIC.get(text(item, "field"), "unknown_change"))]


def _messaging(
    whole: dict[str, Any], entry: dict[str, Any], account: Account
) -> list[InboundEvent]:
    if _entry_id(entry) == _SAMPLE_ID != account.id:
        return [Ignored(reason="sample")]
    for kind, reader in _READERS.items():
        if kind in whole:
            item = _Item(
                account,
                whole,
                mapping(whole, kind),
                text(mapping(whole, "sender"), "id"),
                text(mapping(whole, "recipient"), "id"),
                moment(whole, "timestamp", moment(entry, "time")),
            )
            return reader(item) if item.sender or kind in _FROM_META else [_stranger(whole)]
    reason = next((why for kind, why in _OF_NO_USE.items() if kind in whole), "unknown_kind")
    return [Ignored(reason=reason)]


def _stranger(whole: dict[str, Any]) -> Ignored:
    """A visitor of Meta's chat plugin (ended in 2024) has a `user_ref` and no id to answer to."""
    has_ref = "user_ref" in mapping(whole, "sender")
    return Ignored(reason="guest_without_id" if has_ref else "unreadable_item")


def _message(item: _Item) -> list[InboundEvent]:
    mid = required(item.part, "mid")
    if is_set(item.part, "is_deleted"):
        deleted = MessageDeleted(
            event_id=f"{mid}:deleted", provider_id=mid, sender=item.customer, at=item.at
        )
        return [deleted]
    found = content.read(item.part, item.account.origin)
    if is_set(item.part, "is_echo"):
        return [_echo(item, mid, found)]
    if item.is_ours:
        return [Ignored(reason="own_message")]
    received = MessageReceived(
        event_id=mid,
        sender=item.customer,
        is_verified=True,
        at=item.at,
        text=found.text,
        media=found.media,
        location=found.location,
        payload=found.payload,
        reply_to=found.reply_to,
        unsupported=found.unsupported,
    )
    return [received]


def _echo(item: _Item, mid: str, found: content.Content) -> MessageEchoed:
    metadata, app = text(item.part, "metadata"), text(item.part, "app_id")
    return MessageEchoed(
        event_id=mid,
        sender=item.customer,
        message_id=metadata.removeprefix(OUR_MARK) if metadata.startswith(OUR_MARK) else "",
        at=item.at,
        text=found.text,
        media=found.media,
        location=found.location,
        app=_APPS.get(app, app),
    )


def _edit(item: _Item) -> list[InboundEvent]:
    mid = required(item.part, "mid")
    number = text(item.part, "num_edit") or str(item.at)
    edited = MessageEdited(
        event_id=f"{mid}:edit:{number}",
        provider_id=mid,
        sender=item.customer,
        at=item.at,
        text=text(item.part, "text"),
    )
    return [edited]


def _reaction(item: _Item) -> list[InboundEvent]:
    if item.is_ours:
        return [Ignored(reason="own_reaction")]
    mid = required(item.part, "mid")
    action = text(item.part, "action")
    emoji = text(item.part, "emoji") or _EMOJI.get(text(item.part, "reaction"), "")
    if action not in ("react", "unreact"):
        raise Unreadable("action")
    if action == "react" and not emoji:
        return [Ignored(reason="reaction_without_emoji")]
    reacted = Reacted(
        event_id=f"{mid}:{action}:{item.sender}:{item.at}",
        provider_id=mid,
        sender=item.customer,
        emoji=emoji[:16] if action == "react" else "",
        at=item.at,
    )
    return [reacted]


def _postback(item: _Item) -> list[InboundEvent]:
    """A pressed button. Old ones carry no id: then who, when and what is the vendor's key."""
    payload = text(item.part, "payload")
    pressed = MessageReceived(
        event_id=text(item.part, "mid") or f"postback:{item.sender}:{item.at}:{payload[:100]}",
        sender=item.customer,
        is_verified=True,
        at=item.at,
        text=text(item.part, "title") or payload,
        payload=payload,
    )
    return [pressed]


def _read(item: _Item) -> list[InboundEvent]:
    """Messenger tells a watermark; Instagram the message, and what came before it was seen, too."""
    mid = text(item.part, "mid")
    up_to = item.at if mid else moment(item.part, "watermark")
    if not up_to:
        raise Unreadable("watermark")
    seen = ReachedUpTo(
        event_id=f"read:{item.sender}:{up_to}",
        sender=item.customer,
        delivery="read",
        up_to=up_to,
        at=item.at,
    )
    if not mid:
        return [seen]
    one = DeliveryReported(event_id=f"{mid}:read", provider_id=mid, delivery="read", at=item.at)
    return [one, seen]


def _delivery(item: _Item) -> list[InboundEvent]:
    """`mids` may be missing; the watermark never is."""
    up_to = moment(item.part, "watermark")
    mids = item.part.get("mids") or []
    if not up_to or not isinstance(mids, list) or not all(isinstance(mid, str) for mid in mids):
        raise Unreadable("delivery")
    events: list[InboundEvent] = [
        DeliveryReported(
            event_id=f"{mid}:delivered", provider_id=mid, delivery="delivered", at=up_to
        )
        for mid in mids
    ]
    reached = ReachedUpTo(
        event_id=f"delivered:{item.sender}:{up_to}",
        sender=item.customer,
        delivery="delivered",
        up_to=up_to,
        at=up_to,
    )
    return [*events, reached]


def _policy(item: _Item) -> list[InboundEvent]:
    """Meta blocked the page's messages, or let them through again."""
    action = text(item.part, "action")
    key = "policy_block" if action == "block" else "policy_notice"
    key = "policy_unblock" if action == "unblock" else key
    words = " ".join(text(item.part, "reason").split())[:_WORDS_MAX]
    alert = AccountAlert(
        event_id=f"policy:{action[:40]}:{item.at}",
        detail=f"{item.account.channel}.alert.{key}" + (f": {words}" if words else ""),
        at=item.at,
    )
    return [alert]


_READERS: dict[str, Callable[[_Item], list[InboundEvent]]] = {
    "message": _message,
    "message_edit": _edit,
    "reaction": _reaction,
    "postback": _postback,
    "read": _read,
    "delivery": _delivery,
    "policy-enforcement": _policy,
    "policy_enforcement": _policy,
}
#: Kinds that no person sent.
_FROM_META = frozenset({"policy-enforcement", "policy_enforcement"})
