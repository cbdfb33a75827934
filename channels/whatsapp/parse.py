"""Meta's webhook for WhatsApp as events: pure, and never more lost than the one item that cannot be
read. Called by the adapter once the signature is known to be right.

A webhook may hold several entries (accounts), each with several changes (fields), each with several
items, and one address may serve several numbers: only ours are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from channels.whatsapp import account
from channels.whatsapp.config import account_key, number_key
from channels.whatsapp.messages import echoed, received, reported
from channels.whatsapp.payload import (
    Change,
    Entry,
    IdUpdate,
    Payload,
    Preference,
    Sent,
    Status,
    Value,
    read,
)
from channels.whatsapp.people import Own, find, handle
from hub.errors import BadInput, BadSignature
from hub.ports.inbound import (
    OTHER_ACCOUNT,
    AddressMoved,
    ConsentChanged,
    Ignored,
    InboundEvent,
)

_S = TypeVar("_S")

_OBJECT = "whatsapp_business_account"
_UNREADABLE = Ignored(reason="unreadable_item")
#: Fields that we know and have no use for.
_IGNORED = {
    "business_capability_update": "business_capability",
    "business_username_update": "username",
    "calls": "call",
    "flows": "flow",
    "group_lifecycle_update": "group",
    "group_participants_update": "group",
    "group_settings_update": "group",
    "group_status_update": "group",
    "history": "history",
    "message_template_components_update": "template_components",
    "message_template_quality_update": "template_quality",
    "partner_solutions": "partner",
    "payment_configuration_update": "payment",
    "smb_app_state_sync": "history",
    "template_category_update": "template_category",
}


def parse(body: bytes, own: Own) -> list[InboundEvent]:
    """Raises `BadInput` for what is no webhook of Meta's, and `BadSignature` for one that is
    altogether another account's (rightly signed, but not for this inbox).
    """
    try:
        payload = read(body, Payload)
    except msgspec.MsgspecError as fault:
        raise BadInput("the webhook cannot be read") from fault
    if payload.object != _OBJECT:
        return [Ignored(reason="other_object")]
    entries = [_read_or_none(raw, Entry) for raw in payload.entry]
    known = [entry for entry in entries if entry is not None]
    if known and not any(_is_ours(entry, own) for entry in known):
        raise BadSignature("the webhook is another account's")
    events: list[InboundEvent] = []
    for entry in entries:
        events += _entry(entry, own) if entry else [_UNREADABLE]
    return events or [Ignored(reason="empty")]


def addressees(body: bytes) -> frozenset[str]:
    """Whom a webhook names, as keys of `config.account_keys`: numbers where a change belongs to
    one, else accounts.
    """
    try:
        payload = read(body, Payload)
    except msgspec.MsgspecError:
        return frozenset()
    if payload.object != _OBJECT:
        return frozenset()
    entries = [_read_or_none(raw, Entry) for raw in payload.entry]
    return frozenset(key for entry in entries if entry for key in _named(entry))


def _named(entry: Entry) -> Iterator[str]:
    for raw in entry.changes:
        change = _read_or_none(raw, Change)
        if change is None:
            continue
        value = _read_or_none(change.value, Value) if change.field in _NUMBER_FIELDS else None
        if value is not None:
            yield number_key(value.metadata.phone_number_id)
        else:
            yield account_key(account.waba_of(change.value) or entry.id)


def _is_ours(entry: Entry, own: Own) -> bool:
    if entry.id == own.waba_id:
        return True
    changes = [_read_or_none(raw, Change) for raw in entry.changes]
    return any(change and account.waba_of(change.value) == own.waba_id for change in changes)


def _entry(entry: Entry, own: Own) -> Iterator[InboundEvent]:
    if not _is_ours(entry, own):
        yield Ignored(reason=OTHER_ACCOUNT)
        return
    for raw in entry.changes:
        change = _read_or_none(raw, Change)
        if change is None:
            yield _UNREADABLE
        elif change.field in _NUMBER_FIELDS:
            yield from _number(change, own)
        elif change.field in account.FIELDS:
            yield _account(change, entry, own)
        else:
            yield Ignored(reason=_IGNORED.get(change.field, "unknown_field"))


def _account(change: Change, entry: Entry, own: Own) -> InboundEvent:
    try:
        return account.FIELDS[change.field](change.value, entry.time, own)
    except msgspec.MsgspecError:
        return _UNREADABLE


def _number(change: Change, own: Own) -> Iterator[InboundEvent]:
    """A field that belongs to one of the account's numbers."""
    value = _read_or_none(change.value, Value)
    if value is None:
        yield _UNREADABLE
    elif value.metadata.phone_number_id != own.phone_number_id:
        yield Ignored(reason=OTHER_ACCOUNT)
    else:
        yield from _NUMBER_FIELDS[change.field](value, own)


def _messages(value: Value, own: Own) -> Iterator[InboundEvent]:
    yield from _each(value.messages, Sent, lambda one: [received(one, value.contacts, own)])
    yield from _each(value.statuses, Status, lambda one: reported(one, own))
    if not value.messages and not value.statuses:
        yield Ignored(reason="vendor_errors" if value.errors else "empty")


def _echoes(value: Value, own: Own) -> Iterator[InboundEvent]:
    yield from _each(value.message_echoes, Sent, lambda one: [echoed(one, value.contacts, own)])


def _preferences(value: Value, own: Own) -> Iterator[InboundEvent]:
    yield from _each(value.user_preferences, Preference, lambda one: [_preference(one, value, own)])


def _preference(told: Preference, value: Value, own: Own) -> InboundEvent:
    """Somebody stopped or resumed marketing in the chat's own menu, or signed up for it."""
    who = find(told.wa_id, told.user_id, value.contacts, own.inbox_id)
    if who is None or told.value not in ("stop", "resume", "signup"):
        return Ignored(reason="no_sender" if who is None else "unknown_preference")
    return ConsentChanged(
        event_id=f"preference:{told.wa_id or told.user_id}:{told.value}:{told.timestamp}",
        sender=who.address,
        is_opted_out=told.value == "stop",
        scope="marketing",
        proof=told.detail,
        at=told.timestamp * 1000,
    )


def _id_updates(value: Value, own: Own) -> Iterator[InboundEvent]:
    yield from _each(value.user_id_update, IdUpdate, lambda one: [_id_update(one, own)])


def _id_update(told: IdUpdate, own: Own) -> InboundEvent:
    old = handle(told.user_id.previous, own.inbox_id)
    new = handle(told.user_id.current, own.inbox_id)
    if old is None or new is None:
        return Ignored(reason="moved_without_address")
    return AddressMoved(
        event_id=f"user_id:{told.user_id.previous}:{told.user_id.current}",
        sender=old,
        new=new,
        at=told.timestamp * 1000,
    )


def _read_or_none(raw: msgspec.Raw, shape: type[_S]) -> _S | None:
    try:
        return read(raw, shape)
    except msgspec.MsgspecError:
        return None


def _each(
    items: list[msgspec.Raw], shape: type[_S], make: Callable[[_S], list[InboundEvent]]
) -> Iterator[InboundEvent]:
    """One item after the other, each on its own."""
    for raw in items:
        item = _read_or_none(raw, shape)
        yield from make(item) if item is not None else [_UNREADABLE]


_NUMBER_FIELDS: dict[str, Callable[[Value, Own], Iterator[InboundEvent]]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "user_preferences": _preferences,
    "user_id_update": _id_updates,
}
