"""The signature of both directions: HMAC-SHA256 over `timestamp.nonce.raw body` under the inbox's
secret, so that a request proves its maker, its time and its being the first of its kind.

`Doorkeeper` checks what comes in, before anything is parsed; `headers` signs what goes out.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections import OrderedDict

from hub.clock import Clock
from hub.errors import BadSignature
from hub.ports.channel import RawRequest

TIMESTAMP = "Santral-Timestamp"
NONCE = "Santral-Nonce"
SIGNATURE = "Santral-Signature"
#: Clocks may differ by this much; a nonce is remembered for twice as long.
LEEWAY_S = 300
NONCES_MAX = 20_000
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def sign(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """What stands in the signature's header."""
    signed = f"{timestamp}.{nonce}.".encode() + body
    return "v1=" + hmac.digest(secret.encode(), signed, "sha256").hex()


def headers(secret: str, body: bytes, now_ms: int) -> dict[str, str]:
    """The headers of one request; the next attempt needs new ones."""
    timestamp, nonce = str(now_ms // 1000), secrets.token_urlsafe(18)
    return {
        "Content-Type": "application/json",
        TIMESTAMP: timestamp,
        NONCE: nonce,
        SIGNATURE: sign(secret, timestamp, nonce, body),
    }


class Doorkeeper:
    """Lets each signed request in once. What it forgets (a restart, more than `NONCES_MAX` requests
    in ten minutes) the hub still knows by its event ids.
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        #: nonce → when its request is too old anyway, in order of arrival.
        self._seen: OrderedDict[str, int] = OrderedDict()

    def verify(self, request: RawRequest) -> None:
        """Raises `BadSignature`."""
        given = {name.lower(): value for name, value in request.headers.items()}
        timestamp, nonce = given.get(TIMESTAMP.lower(), ""), given.get(NONCE.lower(), "")
        if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
            raise BadSignature(f"send {TIMESTAMP} (seconds) and {NONCE} (16 to 64 letters)")
        expected = sign(self._secret, timestamp, nonce, request.body).encode()
        signature = given.get(SIGNATURE.lower(), "").encode("utf-8", "replace")
        if not hmac.compare_digest(expected, signature):
            raise BadSignature(f"{SIGNATURE} does not belong to this body")
        now_s = self._clock.now_ms() // 1000
        if abs(now_s - int(timestamp)) > LEEWAY_S:
            raise BadSignature(f"{TIMESTAMP} is more than {LEEWAY_S} seconds off")
        self._remember(nonce, now_s)

    def _remember(self, nonce: str, now_s: int) -> None:
        """Only what was signed gets this far: strangers cannot fill the memory."""
        if self._seen.get(nonce, -1) >= now_s:
            raise BadSignature(f"this {NONCE} was used before: sign each attempt anew")
        while self._seen and (
            len(self._seen) >= NONCES_MAX or next(iter(self._seen.values())) < now_s
        ):
            self._seen.popitem(last=False)
        self._seen[nonce] = now_s + 2 * LEEWAY_S
        self._seen.move_to_end(nonce)
