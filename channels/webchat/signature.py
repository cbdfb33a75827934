"""Who a visitor is: our own bearer tokens, and proofs (JWT or HMAC) made by the website's server.

Everything is stateless: a token is refused by its signature, without a look-up. An empty, wrong
or expired proof makes an anonymous visitor and never opens anybody's history. Called by the
session and socket endpoints.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import msgspec

from channels.webchat.parse import IdentityClaim, email_or_nothing, tidy
from hub.errors import NotSignedIn
from hub.model import ids
from hub.model.contact import Address

DAY_S = 86_400
#: Clocks of two servers may differ by this much.
LEEWAY_S = 60
_JWT_MAX_CHARS = 4096
_ID_MAX_CHARS = 255
_TOKEN_MAX_CHARS = 2048


class Proof(msgspec.Struct, frozen=True):
    """What the website's server vouches for: `external_id` until `expires_at` (epoch seconds)."""

    external_id: str
    expires_at: int
    name: str = ""
    email: str = ""


class Reader(msgspec.Struct, frozen=True):
    """A visitor as every endpoint sees it after its token was read."""

    address: Address
    token: str
    is_verified: bool = False
    name: str = ""
    email: str = ""


def prove(secret: str, claim: IdentityClaim | None, now_s: int) -> Proof | None:
    """The proof in `claim`, or None when it proves nothing."""
    if not secret or claim is None:
        return None
    if claim.jwt:
        return _from_jwt(secret, claim.jwt, now_s)
    return _from_hmac(secret, claim, now_s)


def _from_hmac(secret: str, claim: IdentityClaim, now_s: int) -> Proof | None:
    """Hex HMAC-SHA256(secret, external_id). Name and e-mail are outside of it: claims."""
    if not 0 < len(claim.external_id) <= _ID_MAX_CHARS:
        return None
    expected = hmac.new(secret.encode(), claim.external_id.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), claim.hmac.lower().encode()):
        return None
    return Proof(
        claim.external_id, now_s + DAY_S, tidy(claim.name, 200), email_or_nothing(claim.email)
    )


def _from_jwt(secret: str, token: str, now_s: int) -> Proof | None:
    if len(token) > _JWT_MAX_CHARS:
        return None
    # Here: few websites sign with tokens, and a hub at rest does without the library.
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import OctKey

    try:
        claims = jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError):
        return None
    subject, expires_at = claims.get("sub"), _number(claims.get("exp"))
    if not isinstance(subject, str) or not 0 < len(subject) <= _ID_MAX_CHARS:
        return None
    if not now_s - LEEWAY_S < expires_at <= now_s + DAY_S + LEEWAY_S:
        return None
    if "nbf" in claims and not 0 <= _number(claims["nbf"]) <= now_s + LEEWAY_S:
        return None
    name, email = claims.get("name"), claims.get("email")
    return Proof(
        subject,
        int(expires_at),
        tidy(name, 200) if isinstance(name, str) else "",
        email_or_nothing(email) if isinstance(email, str) else "",
    )


def _number(value: Any) -> float:
    """A NumericDate of RFC 7519, -1 for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else -1


class Tokens:
    """Makes and reads the visitors' tokens of one inbox under the inbox's key."""

    def __init__(self, sign: Callable[..., str], inbox_id: str) -> None:
        self._sign = sign
        self._inbox_id = inbox_id

    def anonymous(self) -> Reader:
        """A new visitor: 128 random bits and their signature."""
        key = ids.new_key()
        return self._visitor(f"a.{key}.{self._sign('visitor', key)}")

    def verified(self, proof: Proof) -> Reader:
        """A token that carries the proof until the proof expires."""
        payload = _b64(msgspec.json.encode(proof))
        return self._external(f"x.{payload}.{self._sign('external', payload)}", proof)

    def read(self, token: str, now_s: int) -> Reader:
        """Raises `NotSignedIn` for anything this inbox did not make, and for what has expired."""
        kind, _, rest = token[:_TOKEN_MAX_CHARS].partition(".")
        body, _, signature = rest.partition(".")
        purpose = {"a": "visitor", "x": "external"}.get(kind)
        if purpose is None or not _is_equal(self._sign(purpose, body), signature):
            raise NotSignedIn("This visitor token is not ours: ask for a new session.")
        if kind == "a":
            return self._visitor(token)
        proof = _proof_in(body)
        if proof.expires_at < now_s - LEEWAY_S:
            raise NotSignedIn("This visitor token has expired: ask for a new session.")
        return self._external(token, proof)

    def _visitor(self, token: str) -> Reader:
        return Reader(Address("visitor", ids.token_hash(token), self._inbox_id), token)

    def _external(self, token: str, proof: Proof) -> Reader:
        address = Address("external", proof.external_id, self._inbox_id)
        return Reader(address, token, is_verified=True, name=proof.name, email=proof.email)


def _proof_in(payload: str) -> Proof:
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return msgspec.json.decode(raw, type=Proof)
    except (binascii.Error, UnicodeError, msgspec.DecodeError) as error:
        raise NotSignedIn("This visitor token cannot be read: ask for a new session.") from error


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _is_equal(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())
