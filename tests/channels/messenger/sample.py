"""Messenger as the channel contract drives it."""

from __future__ import annotations

import json
from typing import Any

from channels._meta.signature import HEADER, sign
from channels.messenger.standin import PAGE_ID, app
from hub.clock import Clock
from hub.model.contact import Address
from hub.ports.channel import InboxFacts, RawRequest
from tests.support.channel_sample import Sample, text_to
from tests.support.direct import APP_SECRET, PERSON, SECRETS

_CODES = {400: 100, 401: 190, 403: 10, 404: 100, 429: 613}


def config(base: str) -> dict[str, Any]:
    return {"page_id": PAGE_ID, "page_name": "Shop", **SECRETS, "api_base": base}


def inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    message = {"mid": "m_1", "text": "Cześć 👋"}
    item = {
        "sender": {"id": PERSON},
        "recipient": {"id": PAGE_ID},
        "timestamp": clock.now_ms(),
        "message": message,
    }
    entry = {"id": PAGE_ID, "time": clock.now_ms(), "messaging": [item]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    headers = {HEADER: sign(APP_SECRET, body), "Content-Type": "application/json"}
    return RawRequest("POST", inbox.hook_path, "", headers, body)


def error(status: int) -> bytes:
    """Graph says a code with every refusal; its front servers say nothing."""
    if status not in _CODES:
        return b"<html>Sorry, something went wrong</html>"
    return json.dumps({"error": {"message": "refused", "code": _CODES[status]}}).encode()


SAMPLE = Sample(
    config=config,
    # The customer's clock is ahead of everybody's: the window is open whenever this runs.
    outbound=text_to(Address("handle", PERSON, "inbox"), last_inbound_at=9_999_999_999_999),
    inbound=inbound,
    signed=("body", f"header:{HEADER}"),
    signing_secrets=("app_secret",),
    error=error,
    standin=lambda clock: app(clock),
)
