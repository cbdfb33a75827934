"""The GET by which Meta proves that a webhook's address is ours: `hub.mode=subscribe`, our verify
token, and a challenge to be given back. Used by `AnswersWebhooks.handshake` of Meta's channels.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import parse_qs

from hub.errors import BadSignature
from hub.ports.channel import HookAnswer, RawRequest

#: Meta's are numbers; nothing that a browser could take for a page is ever echoed.
_CHALLENGE = re.compile(r"[A-Za-z0-9_.\-]{1,200}")


def answer(verify_token: str, request: RawRequest) -> HookAnswer | None:
    """The challenge for a right GET, None for another method. Raises `BadSignature`."""
    if request.method != "GET":
        return None
    query = parse_qs(request.query, keep_blank_values=True)
    mode, token, challenge = (
        query.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge")
    )
    is_right = hmac.compare_digest(token.encode(errors="replace"), verify_token.encode())
    if mode != "subscribe" or not verify_token or not is_right:
        raise BadSignature("the verify token is not this inbox's")
    if not _CHALLENGE.fullmatch(challenge):
        raise BadSignature("the challenge is not one of Meta's")
    return HookAnswer(200, challenge)
