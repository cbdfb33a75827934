"""The vault: seals secrets (channel credentials, workspace keys) for the store with AES-256-GCM.

A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`. The key lies outside the
database, in a file of mode 0600. Keys of earlier days stand in `<key file>.old`, one a line: they
open, and `reseal` moves their texts to the key of today. Called by services that keep a secret;
knows nothing of what it seals.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import ConfigFault, Unavailable

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "v1"


class KeyPlace(Protocol):
    """The part of `hub.config.Config` that the vault needs."""

    @property
    def secret_key_file(self) -> Path: ...


class Vault:
    """`context` binds a sealed text to its place (associated data): moved elsewhere, it does not
    open.
    """

    def __init__(self, key: bytes, old: Sequence[bytes] = ()) -> None:
        if any(len(k) != KEY_BYTES for k in (key, *old)):
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._key = key
        self._key_id = key_id(key)
        self._ciphers = {key_id(k): AESGCM(k) for k in (*old, key)}

    @classmethod
    def load(cls, config: KeyPlace) -> Vault:
        """Read the key file, making it at the first start. Raises ConfigFault when it cannot be
        used.
        """
        path = config.secret_key_file
        if not path.exists():
            _make_key_file(path)
        keys = _read_keys(path)
        if len(keys) != 1:
            raise ConfigFault(["HUB_SECRET_KEY_FILE: must hold exactly one key"])
        old = path.with_name(path.name + ".old")
        return cls(keys[0], _read_keys(old) if old.exists() else ())

    def seal(self, plain: str, context: str = "") -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = self._ciphers[self._key_id]
        body = nonce + cipher.encrypt(nonce, plain.encode(), _bound(self._key_id, context))
        return f"{_VERSION}.{self._key_id}.{base64.urlsafe_b64encode(body).decode()}"

    def open(self, sealed: str, context: str = "") -> str:
        """Raises Unavailable when the key is missing or the text was changed."""
        version, _, rest = sealed.partition(".")
        used, _, body = rest.partition(".")
        cipher = self._ciphers.get(used)
        if version != _VERSION or cipher is None:
            raise Unavailable("A stored secret was sealed with a key that is missing here.")
        try:
            raw = base64.urlsafe_b64decode(body)
            nonce, text = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return cipher.decrypt(nonce, text, _bound(used, context)).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise Unavailable(
                "A stored secret cannot be opened: it was damaged or moved."
            ) from None

    def reseal(self, sealed: str, context: str = "") -> str:
        """The same secret under the key of today; unchanged when it is already."""
        if self.is_current(sealed):
            return sealed
        return self.seal(self.open(sealed, context), context)

    def is_current(self, sealed: str) -> bool:
        return sealed.startswith(f"{_VERSION}.{self._key_id}.")

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for what may be forgotten when the key changes (device cookies)."""
        return hmac.digest(self._key, b"santral/" + purpose.encode(), hashlib.sha256)


def key_id(key: bytes) -> str:
    return hashlib.sha256(b"santral-key-id" + key).hexdigest()[:8]


def new_key_text() -> str:
    """A new key as the key file holds it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _bound(used: str, context: str) -> bytes:
    return f"{_VERSION}.{used}.{context}".encode()


def _make_key_file(path: Path) -> None:
    """Appears whole or not at all, and never replaces a key that another process has just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(new_key_text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        draft.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_keys(path: Path) -> list[bytes]:
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigFault([f"HUB_SECRET_KEY_FILE: others may read {path.name}; chmod 600 it"])
        keys = [base64.b64decode(line, validate=True) for line in path.read_text().split()]
    except (OSError, ValueError):
        raise ConfigFault(["HUB_SECRET_KEY_FILE: cannot be read as a key"]) from None
    if any(len(key) != KEY_BYTES for key in keys):
        raise ConfigFault([f"HUB_SECRET_KEY_FILE: a key has {KEY_BYTES} bytes, in base64"])
    return keys
