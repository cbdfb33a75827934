"""WhatsApp for the channel contract."""

from __future__ import annotations

import json
from typing import Any

from channels._meta.signature import HEADER, sign
from channels.whatsapp import standin_phone as phones
from channels.whatsapp.standin import WhatsAppStandin
from channels.whatsapp.standin_phone import Business
from hub.clock import Clock
from hub.ports.channel import InboxFacts, RawRequest
from tests.channels.whatsapp.support import PERSON, SECRET, TOKEN, config
from tests.support.channel_sample import Sample, text_to


def signed(payload: dict[str, Any], secret: str = SECRET) -> RawRequest:
    """As Meta sends it."""
    body = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json", HEADER: sign(secret, body)}
    return RawRequest("POST", "/hooks/whatsapp/x", "", headers, body)


def _inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    message = {
        "from": PERSON.value[1:],
        "id": "wamid.first",
        "timestamp": str(clock.now_ms() // 1000),
        "type": "text",
        "text": {"body": "Zażółć 👋"},
    }
    contacts = [phones.contact(PERSON.value, "Ada")]
    value = {"contacts": contacts, "messages": [message]}
    return signed(phones.payload(Business(), "messages", value))


def _error(status: int) -> bytes:
    """Graph's errors: a code for tokens, one for rates, none that says more."""
    codes = {401: 190, 403: 10, 429: 4, 404: 100, 400: 100}
    error = {"message": f"status {status}", "code": codes.get(status)}
    return json.dumps({"error": error} if status in codes else {}).encode()


SAMPLE = Sample(
    config=config,
    outbound=text_to(PERSON),
    inbound=_inbound,
    signed=("body", f"header:{HEADER}"),
    signing_secrets=("app_secret",),
    error=_error,
    standin=lambda clock: WhatsAppStandin(clock, token=TOKEN, app_secret=SECRET).app(),
)
