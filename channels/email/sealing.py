"""Seals a text that an inbox must remember and nobody may read in the store: AES-256-GCM under a
key that is derived from the inbox's signing key, which itself lies sealed by the hub's vault. For
secrets that change by themselves; those that people enter are sealed by the hub. Called by
`tokens.py`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Sign = Callable[..., str]
_NONCE_BYTES = 12
_PURPOSE = "email.seal"


class Seal:
    """`context` binds what is sealed to its place: under another one it does not open."""

    def __init__(self, sign: Sign, context: str) -> None:
        # One signature has 130 bits, two are enough for the whole key.
        secret = "".join(sign(_PURPOSE, context, half) for half in ("1", "2"))
        self._cipher = AESGCM(hashlib.sha256(secret.encode()).digest())
        self._context = context.encode()

    def seal(self, text: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), self._context)
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, sealed: str) -> str | None:
        """None for what another key sealed, or somebody changed."""
        try:
            raw = base64.urlsafe_b64decode(sealed)
            nonce, text = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, text, self._context).decode()
        except (InvalidTag, binascii.Error, ValueError):
            return None
