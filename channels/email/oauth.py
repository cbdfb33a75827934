"""The token endpoint's language (RFC 6749): what is asked (§6 a refresh token, §4.4 the
application itself) and what an answer means. Pure; `tokens.py` does the asking and keeps what came
of it. Nothing that a person may read holds a secret.
"""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from channels.email.settings import OAuthSettings
from channels.email.words import one_line
from hub.ports.channel import VendorAnswer

#: For servers that do not say how long a token lives (RFC 6749 §5.1 only recommends it).
_LIFETIME_S = 3600
_LONGEST_LIFETIME_S = 86_400
#: What may stand in an Authorization header and between the ^A of XOAUTH2.
_TOKEN = re.compile(r"[\x21-\x7e]{1,20000}")
_CODE = re.compile(r"[a-z0-9_.-]{1,60}")
#: OpenID Connect's three say the same as `invalid_grant`: a person must sign in again.
_GRANT_FAULTS = frozenset(
    {"invalid_grant", "interaction_required", "consent_required", "login_required"}
)
_CLIENT_FAULTS = frozenset({"invalid_client", "unauthorized_client"})
_PASSING_FAULTS = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_PASSING_STATUSES = frozenset({408, 425, 429})
_STRUCK_OUT = "[…]"

#: `grant`: a person must sign in again. `client`: client id or secret. `refused`: anything else
#: that waiting cannot cure. `passing`: ask again later.
Fault = Literal["grant", "client", "refused", "passing"]


class Granted(msgspec.Struct, frozen=True):
    """A new access token; `refresh_token` is "" unless the server replaced the one it was given."""

    access_token: str
    lifetime_s: int
    refresh_token: str = ""


class Denied(msgspec.Struct, frozen=True):
    """No token. `words` are the server's own, for people; `wait_s` is what it asks for, or 0."""

    fault: Fault
    words: str
    wait_s: float = 0.0


def question(settings: OAuthSettings, refresh_token: str) -> bytes:
    """The form to post. The client's secret stands in it (§2.3.1), where Google and Microsoft want
    it.
    """
    form = {"client_id": settings.client_id}
    if settings.client_secret:
        form["client_secret"] = settings.client_secret
    if settings.scope:
        form["scope"] = settings.scope
    if settings.grant == "client_credentials":
        form["grant_type"] = "client_credentials"
    else:
        form |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return urlencode(form).encode("ascii")


def read(answer: VendorAnswer, secrets: tuple[str, ...]) -> Granted | Denied:
    """What came back. `secrets` never get into the words of a fault, whatever a server repeats."""
    body = _object(answer.body)
    if answer.status == 200:
        return _granted(body) or Denied("passing", "the answer holds no access token")
    code = str(body.get("error") or "")
    code = code if _CODE.fullmatch(code) else ""
    words = _words(answer.status, code, body.get("error_description"), secrets)
    if answer.status >= 500 or answer.status in _PASSING_STATUSES or code in _PASSING_FAULTS:
        return Denied("passing", words, _wait_s(answer))
    if code in _GRANT_FAULTS:
        return Denied("grant", words)
    return Denied("client" if code in _CLIENT_FAULTS else "refused", words)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _granted(body: dict[str, Any]) -> Granted | None:
    access, renewed = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not _TOKEN.fullmatch(access):
        return None
    if not isinstance(renewed, str) or not _TOKEN.fullmatch(renewed):
        renewed = ""
    return Granted(access, _lifetime_s(body.get("expires_in")), renewed)


def _lifetime_s(told: object) -> int:
    """Older endpoints of Microsoft tell it as a text."""
    if isinstance(told, str) and told.isascii() and told.isdecimal():
        told = int(told[:9])
    if isinstance(told, bool) or not isinstance(told, int | float) or not told > 0:
        return _LIFETIME_S
    return max(1, int(min(told, _LONGEST_LIFETIME_S)))


def _words(status: int, code: str, description: object, secrets: tuple[str, ...]) -> str:
    text = one_line(description) if isinstance(description, str) else ""
    for secret in secrets:
        text = text.replace(secret, _STRUCK_OUT) if secret else text
    return ": ".join(part for part in (code or f"HTTP {status}", text[:180]) if part)


def _wait_s(answer: VendorAnswer) -> float:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else 0.0
