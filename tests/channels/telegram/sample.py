"""Telegram for the channel contract."""

from __future__ import annotations

import json
from typing import Any

from channels.telegram.ids import address
from channels.telegram.signature import HEADER, secret_of
from channels.telegram.standin import Standin
from hub.clock import Clock
from hub.ports.channel import InboxFacts, RawRequest
from tests.support.channel_sample import Sample, text_to

TOKEN = "800000001:AAE-a_token_of_35_characters_0123456"
SOMEBODY = 700_000_001


def config_for(base: str) -> dict[str, Any]:
    return {"token": TOKEN, "api_base": base}


def signed(body: bytes, secret: str) -> RawRequest:
    headers = {"Content-Type": "application/json", HEADER: secret}
    return RawRequest("POST", "/hooks/telegram/x", "", headers, body)


def text_update(text: str = "Hi", at_s: int = 1_795_000_000, id: int = 1) -> dict[str, Any]:
    person = {"id": SOMEBODY, "is_bot": False, "first_name": "Zoë", "language_code": "pl"}
    chat = {"id": SOMEBODY, "type": "private", "first_name": "Zoë"}
    message = {"message_id": id, "from": person, "chat": chat, "date": at_s, "text": text}
    return {"update_id": 900_000_000 + id, "message": message}


def _inbound(inbox: InboxFacts, clock: Clock) -> RawRequest:
    body = json.dumps(text_update(at_s=clock.now_ms() // 1000)).encode()
    return signed(body, secret_of(inbox.config["token"], inbox.id))


def _error(status: int) -> bytes:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": "Refused"}
    if status == 429:
        body["parameters"] = {"retry_after": 7}
    return json.dumps(body).encode()


SAMPLE = Sample(
    config=config_for,
    outbound=text_to(address(SOMEBODY)),
    inbound=_inbound,
    # Telegram signs no body: it repeats a secret.
    signed=(f"header:{HEADER}",),
    signing_secrets=("token",),
    error=_error,
    standin=lambda clock: Standin(clock).app(),
)
