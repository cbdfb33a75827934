"""A customer's message as it stands on the timeline, and what it changes about the conversation:
facts from facts, no reads and no writes. Called by `hub.services.intake` and
`hub.services.plain`.
"""

from __future__ import annotations

from typing import Any

from hub.model.conversation import Conversation, heard_key
from hub.model.ids import message_id
from hub.model.inbox import Inbox
from hub.model.message import Author, Message
from hub.ports.inbound import MessageReceived
from hub.services.arrivals import Arrival
from hub.services.contacts import Person
from hub.services.docs import clean_text, one_line
from hub.services.joining import JoinedBy
from hub.services.routing.steps import reopen
from hub.services.sketch import Sketch
from hub.services.text_limits import PREVIEW_CHARS, TEXT_MAX

_SYSTEM = Author("system")


def inbound(
    conversation: Conversation,
    inbox: Inbox,
    event: MessageReceived,
    person: Person,
    now: int,
    joined_by: JoinedBy,
    arrival: Arrival,
) -> tuple[dict[str, Any], list[Message]]:
    """The customer's message and what it changes about the conversation."""
    facts: dict[str, Any] = {}
    # Spam stays where it is: open and spam at once would be in no view at all.
    reopens = conversation.state != "open" and not event.is_auto and not conversation.is_spam
    message = _message(conversation, inbox, event, person, now, joined_by, arrival)
    messages = [message]
    facts |= {
        "inbox_id": inbox.id,
        "channel": inbox.channel,
        "preview": one_line(_shown(event, arrival), PREVIEW_CHARS),
        "preview_from": "contact",
        "inbound_seq": message.seq,
        "last_at": now,
        "last_inbound_at": now,
    }
    if arrival.opens_window:
        key = heard_key(inbox.id, person.identity.id)
        facts["heard"] = {**conversation.heard, key: min(event.at, now)}
    if person.contact.id == conversation.contact_id and person.contact.name:
        facts["contact_name"] = person.contact.name
    if inbox.channel not in conversation.channels:
        facts["channels"] = [*conversation.channels, inbox.channel]
    if person.identity.id not in conversation.identities:
        facts["identities"] = [*conversation.identities, person.identity.id]
    if not conversation.subject and event.subject:
        facts["subject"] = one_line(event.subject, 500)
    if not conversation.waiting_since and not event.is_auto:
        facts["waiting_since"] = now
    if reopens:
        sketch = Sketch(conversation, now, _SYSTEM, offset=1)
        reopen(sketch)
        facts |= sketch.facts
        messages += sketch.lines
    return facts, messages


def _message(
    conversation: Conversation,
    inbox: Inbox,
    event: MessageReceived,
    person: Person,
    now: int,
    joined_by: JoinedBy,
    arrival: Arrival,
) -> Message:
    seq = conversation.seq + 1
    is_newcomer = person.contact.id != conversation.contact_id
    return Message(
        id=message_id(conversation.id, seq),
        conversation_id=conversation.id,
        seq=seq,
        kind="message",
        direction="in",
        author=Author("contact", person.identity.id, _author_name(event, person, is_newcomer)),
        inbox_id=inbox.id,
        channel=inbox.channel,
        at=now,
        sent_at=event.at,
        text=clean_text(event.text, TEXT_MAX),
        subject=one_line(event.subject, 500),
        attachments=arrival.attachments,
        mail=event.mail,
        address=event.sender.value if event.sender.kind in ("email", "phone") else "",
        client_id=event.client_id,
        provider_id=arrival.provider_id,
        details={"joined_by": joined_by},
        is_auto=event.is_auto,
        location=event.location,
        shared=event.shared,
        quoted=arrival.quoted,
        payload=clean_text(event.payload, 1_000),
        unsupported=one_line(event.unsupported, 60),
    )


def _author_name(event: MessageReceived, person: Person, is_newcomer: bool) -> str:
    """A stranger who takes part shows under their own name and address, never under the
    contact's.
    """
    if is_newcomer:
        return one_line(event.sender_name, 120) or person.identity.address.value
    return person.contact.name or one_line(event.sender_name, 120)


def _shown(event: MessageReceived, arrival: Arrival) -> str:
    """What lists show of it."""
    files = ", ".join(attachment.name for attachment in arrival.attachments)
    place = event.location.name or event.location.address if event.location else ""
    shared = ", ".join(one.name for one in event.shared)
    return event.text or event.subject or files or place or shared or event.unsupported
