"""A webhook channel that exists only while a benchmark runs: signed JSON in the shape that
messengers send.

It does what any real webhook channel must (HMAC over the raw bytes, typed decoding, provider's
ids), so that the benchmark measures the product's own way of a message. It cannot send. Used by the
benchmark's server.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from hub.errors import BadInput, BadSignature, RecipientUnreachable
from hub.model.contact import Address
from hub.ports.channel import (
    AdapterContext,
    Capabilities,
    ChannelAdapter,
    ChannelSpec,
    OutboundMessage,
    RawRequest,
    SendResult,
)
from hub.ports.inbound import InboundEvent, MessageReceived

NAME = "bench"
SECRET = b"the benchmark signs with this"
SIGNATURE = "X-Hub-Signature-256"


class Profile(msgspec.Struct, frozen=True):
    name: str


class Sender(msgspec.Struct, frozen=True):
    wa_id: str
    profile: Profile


class Text(msgspec.Struct, frozen=True):
    body: str


class Received(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    id: str
    sender: str
    timestamp: str
    text: Text


class Value(msgspec.Struct, frozen=True):
    contacts: list[Sender]
    messages: list[Received]


class Change(msgspec.Struct, frozen=True):
    value: Value


class Entry(msgspec.Struct, frozen=True):
    changes: list[Change]


class Payload(msgspec.Struct, frozen=True):
    entry: list[Entry]


_decode = msgspec.json.Decoder(Payload).decode


def sign(body: bytes) -> str:
    return "sha256=" + hmac.digest(SECRET, body, "sha256").hex()


class BenchAdapter:
    """One inbox of the benchmark."""

    max_body_bytes = 1024 * 1024

    def __init__(self, context: AdapterContext) -> None:
        self.context = context

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def probe(self) -> None: ...

    async def send(self, message: OutboundMessage) -> SendResult:
        raise RecipientUnreachable("the benchmark's channel cannot send")

    def verify(self, request: RawRequest) -> None:
        if not hmac.compare_digest(request.headers.get(SIGNATURE, ""), sign(request.body)):
            raise BadSignature("the signature does not fit")

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        try:
            payload = _decode(request.body)
        except msgspec.MsgspecError as fault:
            raise BadInput("the payload cannot be read") from fault
        return [
            _event(message, {one.wa_id: one.profile.name for one in change.value.contacts})
            for entry in payload.entry
            for change in entry.changes
            for message in change.value.messages
        ]


def _event(message: Received, names: Mapping[str, str]) -> MessageReceived:
    return MessageReceived(
        event_id=message.id,
        sender=address(message.sender),
        sender_name=names.get(message.sender, ""),
        is_verified=True,
        at=int(message.timestamp) * 1000,
        text=message.text.body,
    )


def address(wa_id: str) -> Address:
    return Address("phone", f"+{wa_id}")


def load() -> type[ChannelAdapter]:
    return BenchAdapter


def _check(config: Mapping[str, Any]) -> dict[str, str]:
    return {}


def _address(config: Mapping[str, Any]) -> str:
    return str(config.get("number", ""))


SPEC = ChannelSpec(
    name=NAME,
    capabilities=Capabilities(address_kind="phone"),
    fields=[],
    check=_check,
    address=_address,
    load=load,
)
