"""WhatsApp by Twilio for the channel contract."""

from __future__ import annotations

from typing import Any

from channels._twilio.form import encode
from channels._twilio.signature import HEADER, sign
from channels.twilio_whatsapp.standin import app
from hub.clock import Clock
from hub.model.contact import Address
from hub.ports.channel import InboxFacts, RawRequest
from tests.support.channel_sample import Sample, text_to
from tests.support.twilio import ACCOUNT, TOKEN

NUMBER = "+905551112233"


def _config(base: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api_base": base}


def _inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    form = [
        ("MessageSid", "SM" + "0" * 31 + "1"),
        ("AccountSid", ACCOUNT),
        ("From", "whatsapp:+905301112233"),
        ("To", f"whatsapp:{NUMBER}"),
        ("Body", "Merhaba, siparişim nerede?"),
        ("NumMedia", "0"),
        ("ProfileName", "Ayşe"),
        ("MessageType", "text"),
    ]
    query = "tenant=acme"
    signature = sign(TOKEN, f"{inbox.public_url}{inbox.hook_path}?{query}", form)
    return RawRequest("POST", inbox.hook_path, query, {HEADER: signature}, encode(form))


SAMPLE = Sample(
    config=_config,
    outbound=text_to(Address("phone", "+905301112233")),
    inbound=_inbound,
    # Of the body, bits count that change what the form says: tests/channels/twilio.
    signed=("query", f"header:{HEADER}"),
    signing_secrets=("auth_token",),
    standin=lambda clock: app(clock, account_sid=ACCOUNT, auth_token=TOKEN),
)
