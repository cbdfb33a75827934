"""What Twilio's list of messages tells after an outage, and about sends whose answer was lost.
Reads only; the events carry the same ids as the webhooks would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels._twilio import inbound, statuses
from channels._twilio.inbound import Enrich
from channels._twilio.render import recipient
from channels._twilio.rest import Listed, Rest
from channels._twilio.settings import Account
from hub.errors import RecipientUnreachable
from hub.ports.channel import OutboundMessage
from hub.ports.inbound import DeliveryReported, InboundEvent

#: Twilio's dates have whole seconds, and its clock is not ours.
_SKEW_MS = 60_000


async def missed(
    rest: Rest, account: Account, since_ms: int, now_ms: int, enrich: Enrich
) -> list[InboundEvent]:
    """Messages and states since then, oldest first. Raises `SendError`s."""
    since = _iso(since_ms)
    found: list[InboundEvent] = []
    directions: list[dict[str, str]] = (
        [{"to": account.sender}, {"sender": account.sender}] if account.sender else [{}]
    )
    for filters in directions:
        async for one in rest.messages(sent_after=since, **filters):
            if one.direction == "inbound":
                found += await _received(rest, one, account, now_ms, enrich)
            elif event := _reported(one, account, now_ms):
                found.append(event)
    found.reverse()
    return found


async def outcome(
    rest: Rest, account: Account, message: OutboundMessage, ours: Mapping[str, str]
) -> DeliveryReported | None:
    """The one message of the list that can be this one; None when there is none, or several.

    `ours` maps SIDs to the messages whose they are.
    """
    try:
        to = account.prefix + recipient(message.to, account)
    except RecipientUnreachable:
        return None
    since = message.at // 1000 * 1000 - _SKEW_MS
    candidates: list[Listed] = []
    async for one in rest.messages(to=to, sender=account.sender):
        created = _ms(one.date_created)
        if created and created < since:
            break
        is_free = ours.get(one.sid, message.id) == message.id and one.sid not in message.refs
        if is_free and _may_be(one, message, account):
            candidates.append(one)
    if len(candidates) != 1:
        return None
    found = candidates[0]
    return statuses.report(
        found.sid,
        found.status,
        found.error_code or 0,
        at=_ms(found.date_updated) or _ms(found.date_created),
        words=found.error_message or "",
        message_id=message.id,
    )


def _may_be(one: Listed, message: OutboundMessage, account: Account) -> bool:
    if not one.direction.startswith("outbound"):
        return False
    if not account.sender and one.messaging_service_sid != account.service_sid:
        return False
    if message.template is not None:  # its text is made by Twilio
        return True
    is_same_text = (one.body or "").split() == message.text.split()
    return is_same_text and _count(one) == len(message.attachments)


async def _received(
    rest: Rest, one: Listed, account: Account, now_ms: int, enrich: Enrich
) -> list[InboundEvent]:
    """Read like a webhook with the same fields."""
    form = {
        "MessageSid": one.sid,
        "AccountSid": account.sid,
        "From": one.sender or "",
        "To": one.to or "",
        "Body": one.body or "",
        "MessagingServiceSid": one.messaging_service_sid or "",
        "NumMedia": "0",
    }
    if _count(one):
        files = await rest.media_of(one.sid)
        form["NumMedia"] = str(len(files))
        for number, (ref, kind) in enumerate(files):
            form[f"MediaUrl{number}"] = f"/2010-04-01/Accounts/{account.sid}/{ref}"
            form[f"MediaContentType{number}"] = kind
    at = _ms(one.date_sent) or _ms(one.date_created) or now_ms
    return inbound.read(form, "", account, at, enrich)


def _reported(one: Listed, account: Account, now_ms: int) -> InboundEvent | None:
    if not account.sender and one.messaging_service_sid != account.service_sid:
        return None
    at = _ms(one.date_updated) or _ms(one.date_created) or now_ms
    return statuses.report(
        one.sid, one.status, one.error_code or 0, at=at, words=one.error_message or ""
    )


def _count(one: Listed) -> int:
    told = one.num_media or "0"
    return int(told) if told.isascii() and told.isdigit() else 0


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(max(0, at_ms) // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ms(date: str | None) -> int:
    """Milliseconds of an RFC 2822 date, 0 for none."""
    try:
        return int(parsedate_to_datetime(date or "").timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return 0
