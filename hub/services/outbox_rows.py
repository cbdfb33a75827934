"""What an outbox row is, and what the outbox must be told to send it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from hub.errors import SendError
from hub.model.contact import Address
from hub.model.ids import lane_of, lane_partition
from hub.model.message import Delivery, Message
from hub.ports.channel import Capabilities, OutboundMessage, Rates, SendResult
from hub.ports.store import Doc
from hub.services.docs import to_doc


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`<lane>.<message id>[.<kind>]`. `message` is whole, so that a crash before its insert loses
    nothing.
    """

    id: str
    v: int = 1
    message_id: str
    conversation_id: str
    inbox_id: str
    to: Address
    kind: str = ""
    state: Delivery = "queued"
    due_at: int
    attempts: int = 0
    #: The life of a hub that made the last attempt.
    claimed_by: str = ""
    reason: str = ""
    provider_id: str = ""
    #: A person asked to send it once more: its new outcome counts, not the old one.
    is_again: bool = False
    message: Doc = {}
    #: Further messages that this one carries (a follow-up of several unread answers).
    carries: list[str] = []
    #: While the vendor is asked what became of it (`unknown`); 0: a person decides.
    ask_until: int = 0
    expires_at: int = 0


class Way(msgspec.Struct, frozen=True):
    """How to send through an inbox now."""

    capabilities: Capabilities
    send: Callable[[OutboundMessage], Awaitable[SendResult]]
    provider_id: Callable[[str], str] | None = None
    rates: Rates = Rates()


async def _no_refusal(row: OutboxRow, message: Message) -> str:
    return ""


async def _nothing_waits(refs: list[str]) -> None:
    return


async def _nobody_asks(row: OutboxRow) -> None:
    return


class Gate(msgspec.Struct, frozen=True):
    """What the outbox asks others, given at construction: no inbox or hold logic lives here."""

    #: The way through an inbox, None while it cannot send (paused, bad credentials, starting).
    way: Callable[[str], Way | None]
    #: The complete outgoing message of a row.
    compose: Callable[[OutboxRow, Message], Awaitable[OutboundMessage]]
    #: True while outbound is held after a restore.
    is_held: Callable[[], bool]
    #: Called with the inbox, None or the error of an attempt.
    attempted: Callable[[str, SendError | None], None]
    #: Called after a row became final; its `reason` tells why.
    finished: Callable[[OutboxRow, Delivery], Awaitable[None]]
    #: Why a row must not be sent at all: a reason, or "".
    refusal: Callable[[OutboxRow, Message], Awaitable[str]] = _no_refusal
    #: Called with `message_refs` ids as soon as they lead to a message.
    known: Callable[[list[str]], Awaitable[None]] = _nothing_waits
    #: Until when the vendor is asked about a row whose answer was lost (ms); 0: it cannot be asked.
    ask_until: Callable[[str], int] = lambda inbox_id: 0
    #: Called with a row that is to be asked about, once that is on disk.
    ask: Callable[[OutboxRow], Awaitable[None]] = _nobody_asks


#: `OutboxRow.kind` of a live channel's answers that go on by another channel.
FOLLOW_UP = "follow-up"


def outbox_id(message_id: str, kind: str = "") -> str:
    conversation_id = message_id.rsplit(".", 1)[0]
    lane = lane_partition(lane_of(conversation_id))
    return f"{lane}.{message_id}.{kind}" if kind else f"{lane}.{message_id}"


def new_row(message: Message, to: Address, now_ms: int) -> OutboxRow:
    """The row of a new message; insert it before the message."""
    return OutboxRow(
        id=outbox_id(message.id),
        message_id=message.id,
        conversation_id=message.conversation_id,
        inbox_id=message.inbox_id,
        to=to,
        due_at=now_ms,
        message=to_doc(message),
    )
