"""Viber for the channel contract."""

from __future__ import annotations

from typing import Any

import msgspec

from channels.viber.signature import HEADER, sign
from channels.viber.standin import TOKEN, StandIn
from hub.clock import Clock
from hub.model.contact import Address
from hub.ports.channel import InboxFacts, RawRequest
from tests.support.channel_sample import Sample, text_to


def _config(base: str) -> dict[str, Any]:
    return {"token": TOKEN, "api_base": base}


def signed(body: bytes, token: str = TOKEN) -> RawRequest:
    headers = {"Content-Type": "application/json", HEADER: sign(token, body)}
    return RawRequest("POST", "/hooks/viber/x", "", headers, body)


def _inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    return signed(
        msgspec.json.encode(
            {
                "event": "message",
                "timestamp": clock.now_ms(),
                "message_token": 4912661846655238145,
                "sender": {"id": "01234567890A=", "name": "Zoë"},
                "message": {"type": "text", "text": "Hi", "tracking_data": '{"m":"x"}'},
            }
        )
    )


SAMPLE = Sample(
    config=_config,
    outbound=text_to(Address("handle", "01234567890A=", "inbox")),
    inbound=_inbound,
    signed=("body", f"header:{HEADER}"),
    signing_secrets=("token",),
    standin=lambda clock: StandIn(clock).app(),
)
