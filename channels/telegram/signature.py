"""Telegram signs nothing: it repeats a secret that we gave it with the address of the webhook.
Ours is derived from the bot's token and the inbox, so that no two inboxes share one and a new token
brings a new one.
"""

from __future__ import annotations

import hmac

from hub.errors import BadSignature
from hub.ports.channel import RawRequest

HEADER = "X-Telegram-Bot-Api-Secret-Token"


def secret_of(token: str, inbox_id: str) -> str:
    """64 hex digits (1–256 characters of A-Za-z0-9_- are allowed)."""
    return hmac.digest(token.encode(), f"telegram webhook of {inbox_id}".encode(), "sha256").hex()


def verify(secret: str, request: RawRequest) -> None:
    """Raises `BadSignature` unless the header holds the secret."""
    wanted = HEADER.lower()
    given = next((value for key, value in request.headers.items() if key.lower() == wanted), "")
    if not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
        raise BadSignature("this is not the secret that Telegram was given")
