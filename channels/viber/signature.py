"""Is this webhook Viber's? Hex HMAC-SHA256 of the raw body under the bot's token. Pure; called
before anything is parsed.
"""

from __future__ import annotations

import hmac

from hub.errors import BadSignature
from hub.ports.channel import RawRequest

HEADER = "X-Viber-Content-Signature"


def sign(token: str, body: bytes) -> str:
    return hmac.digest(token.encode(), body, "sha256").hex()


def verify(token: str, request: RawRequest) -> None:
    """Raises `BadSignature`."""
    given = next((v for k, v in request.headers.items() if k.lower() == HEADER.lower()), "")
    if not hmac.compare_digest(
        sign(token, request.body).encode(), given.encode("utf-8", "replace")
    ):
        raise BadSignature("this is not signed with the bot's token")
