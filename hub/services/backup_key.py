"""The secret key inside a backup: sealed under a passphrase by scrypt and AES-256-GCM, or not there
at all.

Used by `hub.services.backup` only; what the key itself is for stands in `hub.services.vault`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import BadInput, ConfigFault

_N, _R, _P = 2**17, 8, 1
_MAX_N = 2**20
_MEMORY = 1024 * 1024 * 1024


class KeyFile(msgspec.Struct, frozen=True):
    """The texts of the key file and of the file of older keys beside it ("" when there is none)."""

    key: str
    old: str = ""

    def write(self, path: Path, *, force: bool) -> None:
        """Put it where the hub looks for it. Raises `ConfigFault` rather than replace another
        key.
        """
        if path.exists() and path.read_text("utf-8") != self.key and not force:
            raise ConfigFault([f"HUB_SECRET_KEY_FILE: {path.name} holds another key; move it away"])
        _write_secret(path, self.key)
        if self.old:
            _write_secret(_old(path), self.old)


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    kdf: str
    n: int
    r: int
    p: int
    salt: bytes
    nonce: bytes
    sealed: bytes


def seal_key(path: Path, passphrase: str) -> bytes:
    """The key file sealed, as JSON. Raises `ConfigFault` when it cannot be read."""
    try:
        key = path.read_text("utf-8")
        old = _old(path).read_text("utf-8") if _old(path).exists() else ""
    except OSError as fault:
        raise ConfigFault([f"HUB_SECRET_KEY_FILE: cannot be read ({fault.strerror})"]) from fault
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    plain = msgspec.json.encode(KeyFile(key, old))
    sealed = AESGCM(_derive(passphrase, salt, _N, _R, _P)).encrypt(nonce, plain, None)
    return msgspec.json.encode(
        _Sealed(kdf="scrypt", n=_N, r=_R, p=_P, salt=salt, nonce=nonce, sealed=sealed)
    )


def open_key(data: bytes, passphrase: str) -> KeyFile:
    """Raises `BadInput` for a wrong passphrase or a damaged text."""
    try:
        box = msgspec.json.decode(data, type=_Sealed)
        if box.kdf != "scrypt" or not 2 <= box.n <= _MAX_N or box.r * box.p > 64:
            raise BadInput("the secret key in this backup was sealed in an unknown way")
        key = _derive(passphrase, box.salt, box.n, box.r, box.p)
        return msgspec.json.decode(AESGCM(key).decrypt(box.nonce, box.sealed, None), type=KeyFile)
    except (msgspec.MsgspecError, InvalidTag, ValueError) as fault:
        raise BadInput("the passphrase does not open the secret key of this backup") from fault


def _derive(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _old(path: Path) -> Path:
    return path.with_name(path.name + ".old")


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
