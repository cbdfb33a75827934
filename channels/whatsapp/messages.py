"""One message, echo or status of a webhook as events. Pure; called by `parse.py` for each item."""

from __future__ import annotations

import re

from channels._meta.faults import Fault, decode, rule_of
from channels.whatsapp.content import content, edited_text
from channels.whatsapp.errors import ERRORS, MARKETING_STOPPED
from channels.whatsapp.payload import Person, Referral, Sent, Status
from channels.whatsapp.people import Own, Who, find, handle, phone
from hub.model.contact import Address
from hub.model.message import Delivery
from hub.ports.inbound import (
    AddressMoved,
    ConsentChanged,
    DeliveryReported,
    Ignored,
    InboundEvent,
    MessageDeleted,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    Reacted,
)

_APP = "WhatsApp Business"
_DELIVERY: dict[str, Delivery] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}
#: `biz_opaque_callback_data` is free text: other tools of this number may write anything in it.
_OUR_MESSAGE = re.compile(r"[a-z2-7]{8}\.[a-z2-7]{26}\.[0-9]+")
_OLD_USER_ID = re.compile(r"changed from ([A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}) to")


def received(sent: Sent, people: list[Person], own: Own) -> InboundEvent:
    """An item of `messages`."""
    if sent.group_id:
        return Ignored(event_id=sent.id, reason="group")
    if sent.type == "system":
        return _system(sent, own)
    who = find(sent.sender, sent.from_user_id, people, own.inbox_id)
    if who is None:
        return Ignored(event_id=sent.id, reason="no_sender")
    return _change(sent, who) or _message(sent, who)


def _change(sent: Sent, who: Who) -> InboundEvent | None:
    """What happens to an earlier message, or is no message at all."""
    at = sent.timestamp * 1000
    if sent.reaction is not None:
        return Reacted(
            event_id=sent.id,
            provider_id=sent.reaction.message_id,
            sender=who.address,
            emoji=sent.reaction.emoji,
            at=at,
        )
    if sent.edit is not None:
        return MessageEdited(
            event_id=f"{sent.id}:edit:{sent.timestamp}",
            provider_id=sent.edit.original_message_id,
            sender=who.address,
            at=at,
            text=edited_text(sent.edit.message),
        )
    if sent.revoke is not None:
        return MessageDeleted(
            event_id=f"{sent.id}:revoke",
            provider_id=sent.revoke.original_message_id,
            sender=who.address,
            at=at,
        )
    if sent.type == "request_welcome":
        return Ignored(event_id=sent.id, reason="request_welcome")
    if sent.interactive is not None and sent.interactive.type == "call_permission_reply":
        return Ignored(event_id=sent.id, reason="call_permission")
    return None


def _message(sent: Sent, who: Who) -> MessageReceived:
    said = content(sent)
    return MessageReceived(
        event_id=sent.id,
        sender=who.address,
        sender_name=who.name,
        aliases=who.aliases,
        is_verified=True,
        at=sent.timestamp * 1000,
        text=said.text,
        media=said.media,
        location=said.location,
        shared=said.shared,
        reply_to=sent.context.id if sent.context else "",
        payload=said.payload or _advert(sent.referral),
        unsupported=said.unsupported,
    )


def _advert(referral: Referral | None) -> str:
    """The advert or post that somebody wrote from: flows can tell by it what they saw."""
    if referral is None or not referral.source_id:
        return ""
    return f"{referral.source_type or 'ad'}:{referral.source_id}"


def _system(sent: Sent, own: Own) -> InboundEvent:
    """Somebody has a new number or a new user id."""
    system = sent.system
    old: Address | None = None
    new: Address | None = None
    if system is None or system.type in ("customer_identity_changed", "user_identity_changed"):
        return Ignored(event_id=sent.id, reason="identity_changed" if system else "system")
    if system.type == "user_changed_number":
        old, new = phone(sent.sender), phone(system.wa_id or system.new_wa_id)
    elif system.type == "user_changed_user_id":
        told = _OLD_USER_ID.search(system.body)
        old = handle(sent.from_user_id or (told[1] if told else ""), own.inbox_id)
        new = handle(system.user_id, own.inbox_id)
    else:
        return Ignored(event_id=sent.id, reason="system")
    if old is None or new is None:
        return Ignored(event_id=sent.id, reason="moved_without_address")
    return AddressMoved(event_id=sent.id, sender=old, new=new, at=sent.timestamp * 1000)


def echoed(sent: Sent, people: list[Person], own: Own) -> InboundEvent:
    """An item of `message_echoes`: the business wrote with its own app on the phone."""
    customer = sent.sender if own.is_phone(sent.to) else sent.to
    who = find(customer, sent.to_user_id, people, own.inbox_id)
    if who is None:
        return Ignored(event_id=sent.id, reason="no_recipient")
    changed = _change(sent, who)
    if changed is not None:
        return changed
    said = content(sent)
    text = said.text or "\n".join(" ".join([card.name, *card.phones]) for card in said.shared)
    if said.is_empty:
        return Ignored(event_id=sent.id, reason="echo_without_content")
    return MessageEchoed(
        event_id=sent.id,
        sender=who.address,
        sender_name=who.name,
        at=sent.timestamp * 1000,
        text=text,
        media=said.media,
        location=said.location,
        app=_APP,
    )


def reported(status: Status, own: Own) -> list[InboundEvent]:
    """An item of `statuses`. A refusal of marketing is a wish, too, not only a failure."""
    event_id = f"{status.id}:{status.status}"
    if status.recipient_type == "group":
        return [Ignored(event_id=event_id, reason="group")]
    delivery = _DELIVERY.get(status.status)
    if delivery is None:
        return [Ignored(event_id=event_id, reason="unknown_status")]
    ours = status.biz_opaque_callback_data
    fault = _fault(status) if delivery == "failed" else None
    report = DeliveryReported(
        event_id=event_id,
        provider_id=status.id,
        message_id=ours if _OUR_MESSAGE.fullmatch(ours) else "",
        delivery=delivery,
        reason=rule_of(fault, ERRORS).error.code if fault else "",
        detail=fault.words if fault else "",
        at=status.timestamp * 1000,
    )
    refusal = _refusal(status, fault, own) if fault else None
    return [report, refusal] if refusal else [report]


def _fault(status: Status) -> Fault:
    return (
        decode(status.errors[0], status=400) if status.errors else Fault(status=400, is_told=False)
    )


def _refusal(status: Status, fault: Fault, own: Own) -> ConsentChanged | None:
    who = find(status.recipient_id, status.recipient_user_id, [], own.inbox_id)
    if fault.code != MARKETING_STOPPED or who is None:
        return None
    return ConsentChanged(
        event_id=f"{status.id}:consent",
        sender=who.address,
        is_opted_out=True,
        scope="marketing",
        proof=fault.words,
        at=status.timestamp * 1000,
    )
