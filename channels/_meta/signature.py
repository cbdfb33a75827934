"""Meta's signature of webhooks: `X-Hub-Signature-256: sha256=<hex HMAC-SHA256(app secret, body)>`,
always over the bytes as they came, because Meta signs its own `\\uXXXX` spelling of the JSON. Used
by the adapters of Meta's channels before anything is parsed, and by their stand-ins to sign.
"""

from __future__ import annotations

import hmac

from hub.errors import BadSignature
from hub.ports.channel import RawRequest

HEADER = "X-Hub-Signature-256"


def sign(app_secret: str, body: bytes) -> str:
    """The value of the header."""
    return "sha256=" + hmac.digest(app_secret.encode(), body, "sha256").hex()


def verify(app_secret: str, request: RawRequest) -> None:
    """Raises `BadSignature`, also when the inbox has no secret: nothing is taken on trust."""
    given = header(request, HEADER)
    wanted = sign(app_secret, request.body)
    is_right = hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
    if not app_secret or not is_right:
        raise BadSignature("the signature does not belong to this body and app secret")


def header(request: RawRequest, name: str) -> str:
    """A header whatever its case; "" when it is missing."""
    wanted = name.lower()
    return next((value for key, value in request.headers.items() if key.lower() == wanted), "")
