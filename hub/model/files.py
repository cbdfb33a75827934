"""StoredFile: what is known of a file; the bytes lie on disk (or S3) under their SHA-256."""

from __future__ import annotations

import msgspec


class StoredFile(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """`media_type` was sniffed from the bytes, never believed from the sender."""

    id: str
    v: int = 1
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    width: int = 0
    height: int = 0
    #: Conversation that shows it ("" until attached); the right to read it is that conversation's.
    conversation_id: str = ""
    #: Agent id or identity id that brought it; may read it until it is attached.
    owner: str = ""
    created_at: int = 0
