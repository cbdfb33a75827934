"""Files: what people and channels bring is stored once by content, typed by its bytes, and read
only with a right.

Bytes lie in a `BlobStore`, facts in the collection `files`. The right to read is checked by the web
layer (the conversation's, or one's own upload) or carried by a signed link. Images are never
decoded here. Unattached files are removed by `hub.services.file_sweep`. Called by the API, by
adapters through `FileSink`, and by intake.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterable, AsyncIterator, Collection, Sequence
from contextlib import aclosing
from typing import Protocol

from hub.clock import Clock
from hub.errors import (
    BadInput,
    BadSignature,
    ContentRejected,
    NotFound,
    TooLarge,
    TransientFailure,
    Unavailable,
)
from hub.model.files import StoredFile
from hub.model.ids import derived_key, local, new_id, workspace_of
from hub.model.message import Attachment
from hub.ports.blobs import BlobFacts, BlobStore, BlobWriter
from hub.ports.channel import FileSink
from hub.ports.collections import FILES
from hub.ports.store import DocumentStore, Patch
from hub.services.docs import from_doc, to_doc
from hub.services.file_names import safe_name
from hub.services.sniff import BINARY, HEAD_BYTES, RASTER, image_size, is_too_large_to_show, sniff
from hub.services.thumbnails import Thumbnails

MAX_BYTES = 25 * 1024 * 1024
#: A link opens its file for four to five minutes; whole minutes keep it equal, so that browsers can
#: cache.
LINK_MINUTES = 5
#: For vendors, who fetch a file when its message leaves their queue or is opened.
VENDOR_LINK_MINUTES = 7 * 24 * 60
_MINUTE_MS = 60_000
_MAX_OWNER_CHARS = 200


class Keys(Protocol):
    """Where a workspace's HMAC key comes from (`hub.services.workspaces.Workspaces`)."""

    async def key_of(self, workspace: str) -> bytes: ...


class Files:
    """The files of all workspaces. Ids are full ids; `attach` and `require` take local ones too."""

    def __init__(
        self,
        store: DocumentStore,
        blobs: BlobStore,
        keys: Keys,
        clock: Clock,
        *,
        thumbnails: Thumbnails | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._thumbnails = thumbnails
        self._store, self._blobs, self._keys, self._clock = store, blobs, keys, clock
        self.max_bytes = max_bytes

    async def save(
        self,
        workspace: str,
        data: bytes | AsyncIterable[bytes],
        name: str,
        *,
        declared_type: str = "",
        owner: str = "",
        max_bytes: int | None = None,
        refuses_bombs: bool = False,
    ) -> StoredFile:
        """Store bytes durably and describe them. Raises `TooLarge`, also for images over 40
        megapixels when `refuses_bombs`; else such an image is kept for download only.
        `declared_type` decides nothing: only what the bytes show counts.
        """
        limit = self.max_bytes if max_bytes is None else max_bytes
        if len(owner) > _MAX_OWNER_CHARS:
            raise BadInput("the owner of a file is an id", "owner")
        writer = await self._blobs.create(workspace)
        try:
            head = await _copy(data, writer, limit)
            name = safe_name(name)
            media_type, size = _described(head, name, refuses_bombs=refuses_bombs)
            blob = await writer.commit()
        finally:
            await writer.discard()
        return await self._insert(workspace, name, media_type, size, blob, owner)

    async def _insert(
        self,
        workspace: str,
        name: str,
        media_type: str,
        size: tuple[int, int],
        blob: BlobFacts,
        owner: str,
    ) -> StoredFile:
        file = StoredFile(
            id=new_id(workspace),
            name=name,
            media_type=media_type,
            size_bytes=blob.size_bytes,
            sha256=blob.sha256,
            width=size[0],
            height=size[1],
            owner=owner,
            created_at=self._clock.now_ms(),
        )
        await self._store.insert(FILES, to_doc(file))
        return file

    async def require(self, workspace: str, file_id: str) -> StoredFile:
        """The file of this workspace; raises `NotFound`. Says nothing about the right to read
        it.
        """
        doc = await self._store.get(FILES, _full(workspace, file_id))
        if doc is None:
            raise NotFound("there is no such file")
        return from_doc(StoredFile, doc)

    def stream(
        self, file: StoredFile, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes in pieces; `NotFound` at the first step when they are gone."""
        return self._blobs.stream(workspace_of(file.id), file.sha256, start, length)

    async def read(self, file: StoredFile) -> bytes:
        async with aclosing(self.stream(file)) as chunks:  # type: ignore[type-var]
            return b"".join([chunk async for chunk in chunks])

    async def thumbnail(self, file: StoredFile) -> bytes:
        """A small WebP of an image; `NotFound` when there is none."""
        if self._thumbnails is None or file.media_type not in RASTER:
            raise NotFound("only images have a thumbnail")
        return await self._thumbnails.get(
            workspace_of(file.id), file.sha256, lambda: self.read(file)
        )

    async def attach(
        self,
        workspace: str,
        file_ids: Sequence[str],
        conversation_id: str,
        *,
        owners: Collection[str],
    ) -> list[Attachment]:
        """Give files to a conversation, whose right to read they take on. Safe to repeat.

        Only files that one of `owners` brought and that belong nowhere yet; all others are
        `NotFound`, and then none of the later ones is attached. An agent's message passes the
        agent's id, intake "" and the sender.
        """
        return [
            _attachment(await self._attach_one(workspace, file_id, conversation_id, owners))
            for file_id in file_ids
        ]

    async def _attach_one(
        self, workspace: str, file_id: str, conversation_id: str, owners: Collection[str]
    ) -> StoredFile:
        file = await self.require(workspace, file_id)
        if file.conversation_id == conversation_id:
            return file
        if file.conversation_id or file.owner not in owners:
            raise NotFound("there is no such file")
        change = Patch(set={"conversation_id": conversation_id})
        doc = await self._store.patch(FILES, file.id, change, expect={"conversation_id": ""})
        if doc is None:
            file = await self.require(workspace, file_id)
            if file.conversation_id != conversation_id:
                raise NotFound("there is no such file")
            return file
        return from_doc(StoredFile, doc)

    async def sink(self, workspace: str) -> FileSink:
        """What an adapter of this workspace is given (`hub.ports.channel.FileSink`)."""
        return _Sink(self, workspace, await self._keys.key_of(workspace), self._clock)

    async def check_link(
        self, workspace: str, file_id: str, reader: str, until: str, signature: str
    ) -> StoredFile:
        """The file behind a signed link. Raises `BadSignature` for a forged or expired one."""
        expected = _signature(await self._keys.key_of(workspace), file_id, reader, until)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise BadSignature("this link is not valid")
        if int(until) * _MINUTE_MS < self._clock.now_ms():
            raise BadSignature("this link has expired; open the conversation again")
        return await self.require(workspace, file_id)


class _Sink:
    """`FileSink` of one workspace: adapters see nothing of other workspaces, nor of rights."""

    def __init__(self, files: Files, workspace: str, key: bytes, clock: Clock) -> None:
        self._files, self._workspace, self._key, self._clock = files, workspace, key, clock

    async def save(
        self, data: bytes, name: str, *, declared_type: str = "", owner: str = ""
    ) -> Attachment:
        return _attachment(
            await self._files.save(
                self._workspace, data, name, declared_type=declared_type, owner=owner
            )
        )

    async def read(self, file_id: str) -> bytes:
        """Whoever reads is about to send: what cannot be read now has certainly not gone out."""
        try:
            return await self._files.read(await self._files.require(self._workspace, file_id))
        except NotFound as fault:
            raise ContentRejected("the file is gone") from fault
        except Unavailable as fault:
            raise TransientFailure("the file cannot be read now") from fault

    def link(self, file_id: str, reader: str) -> str:
        lasts = LINK_MINUTES if reader else VENDOR_LINK_MINUTES
        until = str(self._clock.now_ms() // _MINUTE_MS + lasts)
        id = local(_full(self._workspace, file_id))
        signature = _signature(self._key, id, reader, until)
        return f"/files/{self._workspace}/{id}?reader={reader}&until={until}&key={signature}"


def _signature(key: bytes, file_id: str, reader: str, until: str) -> str:
    return derived_key(key, "file link", file_id, reader, until)


def _full(workspace: str, file_id: str) -> str:
    """The id within this workspace; one of another workspace leads nowhere."""
    prefix = f"{workspace}."
    id = file_id if file_id.startswith(prefix) else prefix + file_id
    if len(id) > len(prefix) + 40 or not id.isascii() or not id.isprintable() or id == prefix:
        raise NotFound("there is no such file")
    return id


async def _copy(data: bytes | AsyncIterable[bytes], writer: BlobWriter, limit: int) -> bytes:
    """Pass everything on to `writer`; returns the head of it."""
    head, total = bytearray(), 0
    async for chunk in _chunks(data):
        total += len(chunk)
        if total > limit:
            raise TooLarge(f"a file may have at most {limit // (1024 * 1024)} MB", limit)
        if len(head) < HEAD_BYTES:
            head += chunk[: HEAD_BYTES - len(head)]
        await writer.write(chunk)
    return bytes(head)


async def _chunks(data: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    async for chunk in data:
        yield chunk


def _described(head: bytes, name: str, *, refuses_bombs: bool) -> tuple[str, tuple[int, int]]:
    media_type = sniff(head, name)
    if media_type not in RASTER:
        return media_type, (0, 0)
    size = image_size(head, media_type)
    if size is not None and not is_too_large_to_show(size):
        return media_type, size
    if refuses_bombs:
        raise TooLarge("an image may have at most 40 megapixels", MAX_BYTES)
    return BINARY, (0, 0)


def _attachment(file: StoredFile) -> Attachment:
    return Attachment(
        file_id=file.id,
        name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        width=file.width,
        height=file.height,
    )
