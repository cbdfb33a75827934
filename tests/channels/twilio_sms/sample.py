"""Texts by Twilio for the channel contract."""

from __future__ import annotations

from typing import Any

from channels._twilio.form import encode
from channels._twilio.signature import HEADER, sign
from channels.twilio_sms.standin import app
from hub.clock import Clock
from hub.model.contact import Address
from hub.ports.channel import InboxFacts, RawRequest
from tests.support.channel_sample import Sample, text_to
from tests.support.twilio import ACCOUNT, TOKEN

#: A short code, because every bit of its form counts: `%2b` would say the same as `%2B`.
NUMBER = "72975"


def _config(base: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "number": NUMBER, "api_base": base}


def _inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    form = [
        ("MessageSid", "SM" + "0" * 31 + "1"),
        ("AccountSid", ACCOUNT),
        ("From", "48501"),
        ("To", NUMBER),
        ("Body", "Where is my parcel"),
        ("NumMedia", "0"),
    ]
    query = "tenant=acme"
    signature = sign(TOKEN, f"{inbox.public_url}{inbox.hook_path}?{query}", form)
    return RawRequest("POST", inbox.hook_path, query, {HEADER: signature}, encode(form))


SAMPLE = Sample(
    config=_config,
    outbound=text_to(Address("phone", "+48501000002")),
    inbound=_inbound,
    signed=("body", "query", f"header:{HEADER}"),
    signing_secrets=("auth_token",),
    standin=lambda clock: app(clock, account_sid=ACCOUNT, auth_token=TOKEN),
)
