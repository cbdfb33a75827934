"""A signed form → events: messages, opt-outs and statuses. Pure; what a network adds to a message
is read by the channel's own `parse`. A webhook tells no time, so `at` is when it came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import msgspec

from channels._twilio import statuses
from channels._twilio.form import storable
from channels._twilio.settings import E164, Account
from hub.model.contact import Address
from hub.ports.inbound import ConsentChanged, Ignored, InboundEvent, MediaRef, MessageReceived

Form = Mapping[str, str]
#: Adds what only one network has to a message.
Enrich = Callable[[Form, MessageReceived], MessageReceived]

MESSAGE_QUERY = "message"
_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_OUR_ID = re.compile(r"[a-z0-9]{1,64}(?:\.[a-z0-9]{1,64}){1,3}")
#: Only the path counts: files are asked of the configured API, whatever host a webhook names.
_MEDIA = re.compile(
    r"(?:https?://[^/?#]+)?/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})"
    r"/(Messages/(?:SM|MM)[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32})(?:\.json)?"
)
_MEDIA_MAX = 30
_SENDER_MAX = 80
#: Telephone and other webhooks of the same account, by a field that only they have; in this order.
_OTHERS = (
    ("TranscriptionSid", "voice_transcription"),
    ("RecordingSid", "voice_recording"),
    ("ConferenceSid", "voice_conference"),
    ("QueueSid", "voice_queue"),
    ("AnsweredBy", "voice_machine_detection"),
    ("CallSid", "voice_call"),
)


def read(form: Form, query: str, account: Account, at: int, enrich: Enrich) -> list[InboundEvent]:
    """What a webhook says, never more than one message or status."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if form.get("AccountSid", account.sid) != account.sid:
        return [Ignored(event_id=sid, reason="other_account")]
    if not sid:
        return [Ignored(event_id=form.get("CallSid", ""), reason=_other_kind(form))]
    if not _SID.fullmatch(sid):
        return [Ignored(reason="unknown_sid")]
    status = form.get("MessageStatus") or form.get("SmsStatus") or "received"
    if status in ("received", "receiving"):
        return _message(sid, form, account, at, enrich)
    return [_status(sid, status, form, query, account, at)]


def _other_kind(form: Form) -> str:
    return next((reason for field, reason in _OTHERS if field in form), "unknown_kind")


def _status(
    sid: str, status: str, form: Form, query: str, account: Account, at: int
) -> InboundEvent:
    ours = _our_id(query)
    if not ours and (fault := stranger(form, "From", account)):
        return Ignored(event_id=sid, reason=fault)
    code = form.get("ErrorCode", "")
    found = statuses.report(
        sid,
        status,
        int(code) if code.isascii() and code.isdigit() and len(code) < 7 else 0,
        at=at,
        words=storable(form.get("ErrorMessage", "")),
        message_id=ours,
    )
    return found or Ignored(event_id=f"{sid}:{status[:40]}", reason="unknown_status")


def _our_id(query: str) -> str:
    """Our message's id out of the callback's address, which the signature covers."""
    told = parse_qs(query).get(MESSAGE_QUERY, [""])[0]
    return told if _OUR_ID.fullmatch(told) else ""


def stranger(form: Form, field: str, account: Account) -> str:
    """Why a message is none of this inbox's ("" when it is): one address may serve many senders."""
    ours = form.get(field, "")
    if ours.startswith("whatsapp:") != (account.prefix == "whatsapp:") or (
        not account.prefix and ":" in ours
    ):
        return "other_channel"
    if account.sender:
        return "" if ours == account.sender else "other_number"
    service = form.get("MessagingServiceSid", "")
    return "" if service in ("", account.service_sid) else "other_service"


def _message(sid: str, form: Form, account: Account, at: int, enrich: Enrich) -> list[InboundEvent]:
    if fault := stranger(form, "To", account):
        return [Ignored(event_id=sid, reason=fault)]
    sender = address(form.get("From", ""), account)
    if sender is None:
        return [Ignored(event_id=sid, reason="no_sender")]
    media, is_whole = _media(form, account)
    message = MessageReceived(
        event_id=sid,
        sender=sender,
        is_verified=True,
        at=at,
        text=storable(form.get("Body", "")),
        media=media,
        unsupported="" if is_whole else "media",
    )
    message = enrich(form, message)
    if is_blank(message):
        message = msgspec.structs.replace(message, unsupported="empty")
    events: list[InboundEvent] = [message]
    consent = _consent(sid, form, sender, at)
    return [consent, *events] if consent else events


def is_blank(message: MessageReceived) -> bool:
    return not (message.text.strip() or message.media or message.location or message.unsupported)


def address(raw: str, account: Account) -> Address | None:
    """Numbers are the same person everywhere; names and short codes mean something only here."""
    value = raw.removeprefix(account.prefix).strip()
    if not value or len(value) > _SENDER_MAX or not value.isprintable():
        return None
    if E164.fullmatch(value):
        return Address("phone", value)
    return Address("handle", value, account.inbox_id)


def _media(form: Form, account: Account) -> tuple[list[MediaRef], bool]:
    """The files, and whether all of them were understood."""
    told = form.get("NumMedia", "0")
    count = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0
    found = []
    for number in range(min(count, _MEDIA_MAX)):
        place = _MEDIA.fullmatch(form.get(f"MediaUrl{number}", ""))
        if place is not None and place[1] == account.sid:
            kind = storable(form.get(f"MediaContentType{number}", ""))[:100]
            found.append(MediaRef(ref=place[2], media_type=kind))
    return found, len(found) == count


def _consent(sid: str, form: Form, sender: Address, at: int) -> ConsentChanged | None:
    """Told by a messaging service with Advanced Opt-Out. HELP changes nothing."""
    kind = form.get("OptOutType", "").upper()
    if kind not in ("STOP", "START"):
        return None
    said = storable(form.get("Body", ""))[:200]
    return ConsentChanged(
        event_id=f"{sid}:consent",
        sender=sender,
        is_opted_out=kind == "STOP",
        proof=f"OptOutType={kind}: {said}",
        at=at,
    )
