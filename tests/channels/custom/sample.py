"""The custom channel for the channel contract."""

from __future__ import annotations

from typing import Any

import msgspec

from channels.custom.signature import NONCE, SIGNATURE, TIMESTAMP, headers
from channels.custom.standin import PATH, SECRET, StandIn
from hub.clock import Clock
from hub.model.contact import Address
from hub.ports.channel import InboxFacts, RawRequest
from tests.support.channel_sample import Sample, text_to


def config(base: str, **more: Any) -> dict[str, Any]:
    return {"secret": SECRET, "callback_url": base + PATH, "address": "LINE @shop", **more}


def signed(body: bytes, now_ms: int, secret: str = SECRET) -> RawRequest:
    return RawRequest("POST", "/hooks/custom/x", "", headers(secret, body, now_ms), body)


def _inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    event = {
        "type": "message",
        "id": "m1",
        "at": clock.now_ms(),
        "sender": {"id": "ada", "name": "Ada", "phone": "+48501000001"},
        "text": "Hi",
        "files": [{"data": "aGk=", "name": "a.txt"}],
        "location": {"latitude": 41.01, "longitude": 28.97},
    }
    return signed(msgspec.json.encode({"events": [event]}), clock.now_ms())


SAMPLE = Sample(
    config=config,
    outbound=text_to(Address("handle", "ada", "inbox")),
    inbound=_inbound,
    signed=("body", f"header:{TIMESTAMP}", f"header:{NONCE}", f"header:{SIGNATURE}"),
    signing_secrets=("secret",),
    standin=lambda clock: StandIn(clock).app(),
)
