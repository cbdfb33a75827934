"""Where the bytes of files lie: immutable blobs, each under its workspace and the SHA-256 of its
content.

Knows nothing of names, owners or rights; those are documents (`hub.model.files`). Implemented by
`hub.services.blobs_disk` and `hub.services.blobs_s3`; used by files, thumbnails, sweeping and
backup.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class BlobFacts(msgspec.Struct, frozen=True):
    """One stored blob. `stored_at` (ms) moves when the same content is stored again."""

    sha256: str
    size_bytes: int
    stored_at: int


class BlobWriter(Protocol):
    """One blob on its way in. Ends with `commit` or `discard`; both may be called again without
    effect.
    """

    async def write(self, chunk: bytes) -> None:
        """Raises `Unavailable` when the disk refuses."""

    async def commit(self) -> BlobFacts:
        """When this returns the bytes are durable under their hash. Raises `Unavailable`."""

    async def discard(self) -> None: ...


class BlobStore(Protocol):
    async def create(self, workspace: str) -> BlobWriter: ...

    async def facts(self, workspace: str, sha256: str) -> BlobFacts | None: ...

    def stream(
        self, workspace: str, sha256: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes in pieces; the first step raises `NotFound` when there is no such blob.
        `Unavailable` may come at any step.
        """

    async def delete(self, workspace: str, sha256: str, *, before: int) -> None:
        """Delete it unless it was stored (again) at `before` (ms) or later; a missing blob is
        fine.
        """

    def all(self, workspace: str) -> AsyncIterator[BlobFacts]:
        """Every blob of a workspace, in no promised order."""
