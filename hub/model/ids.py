"""Ids: lower-case base32, `<workspace 8>.<26 chars = 128 bit>`; derived ids are HMACs under a
workspace key.

The part before the first dot is the partition of the store. A message's id is its conversation's id
and its zero-padded `seq`, so that the `_id` order is the order of the timeline. Installation-wide
documents live in the partition `sys`; journal and outbox rows in one of 64 lane partitions
(`l00`–`l63`).
"""

from __future__ import annotations

import functools
import hashlib
import secrets
from typing import Any

LANES = 64
SYS = "sys"
_SEQ_DIGITS = 10


_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_BLOCK = 64


def _base32(raw: bytes, chars: int) -> str:
    """The first `chars` (an even number); two at a time, as ids are made for every message."""
    bits = int.from_bytes(raw + b"\0", "big") >> (len(raw) + 1) * 8 - chars * 5
    return "".join([_PAIRS[bits >> at & 1023] for at in range(chars * 5 - 10, -1, -10)])


def new_workspace_id() -> str:
    """8 base32 characters."""
    return _base32(secrets.token_bytes(5), 8)


def new_key() -> str:
    """26 base32 characters, 128 random bits: an id without its partition, also a bearer token."""
    return _base32(secrets.token_bytes(17), 26)


def new_id(partition: str) -> str:
    return f"{partition}.{new_key()}"


def derived_key(key: bytes, *parts: str) -> str:
    """26 base32 characters that only the holder of `key` can compute (HMAC-SHA256); equal parts
    give equal keys.
    """
    data = b"".join([len(p := part.encode()).to_bytes(4, "big") + p for part in parts])
    # Not hmac.digest: it lets go of the interpreter, which other threads then keep for a while.
    inner, outer = (pad.copy() for pad in _pads(key))
    inner.update(data)
    outer.update(inner.digest())
    return _base32(outer.digest(), 26)


@functools.lru_cache(1024)
def _pads(key: bytes) -> tuple[Any, Any]:
    """The two hashes that HMAC begins with under `key` (RFC 2104), to copy from."""
    padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


def derived_id(partition: str, key: bytes, *parts: str) -> str:
    return f"{partition}.{derived_key(key, *parts)}"


def token_hash(token: str) -> str:
    """How bearer tokens are kept: SHA-256, so that a dump holds nothing usable. 52 characters."""
    return _base32(hashlib.sha256(token.encode()).digest(), 52)


def lane_of(key: str) -> int:
    """The lane 0–63 that owns `key` (a conversation id or a sender key)."""
    return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] % LANES


def lane_partition(lane: int) -> str:
    return f"l{lane:02d}"


def lane_in(row_id: str) -> int:
    """The lane of a row, from its id (`l07.…`)."""
    return int(row_id[1:3])


def message_id(conversation_id: str, seq: int) -> str:
    return f"{conversation_id}.{seq:0{_SEQ_DIGITS}d}"


def conversation_of(message_id: str) -> str:
    return message_id.rsplit(".", 1)[0]


def message_range(conversation_id: str) -> dict[str, str]:
    """Condition on `_id` that holds exactly the messages of one conversation, or whatever else has
    its owner's id and a dot before its own.
    """
    return {"$gte": f"{conversation_id}.", "$lt": f"{conversation_id}/"}


def local(id: str) -> str:
    """An id as the API shows it: without its partition."""
    return id.split(".", 1)[1]


def workspace_of(id: str) -> str:
    return id.split(".", 1)[0]
