"""Blobs in a bucket of S3-compatible storage, which several hubs can share; the keys are the paths
that `blobs_disk` has below its folder.

An upload is spooled to a nameless file first, since its key is the hash of all of it; `commit`
returns once the storage has the whole object. The library is loaded with this module, which is
imported only where a bucket is configured. Implements `hub.ports.blobs.BlobStore`.

Removing and storing the same content at once. S3 can delete only by key, so a sweep that has looked
at an old object could delete the one that was stored under its key a moment later. Therefore who
deletes puts a *sign* under `tmp/going/` first, then looks at the object's age, deletes it, and
takes the sign away. Who stores puts the object (which makes it new, also where it was there), then
looks for signs, then at the object. Both see what was written before they looked (S3 is consistent
since 2020, as are the others that say so), hence:

- there is a sign: the writer waits until it is gone, and stores again what is gone with it;
- there is none, and the object is there: whoever puts a sign later finds a new object, which stays.

So what `commit` returned stays, as the port promises, whichever hub sweeps. It rests on two things:
a request to delete takes effect within `_STALE_S` of the sign or never (each has a time limit far
below; signs that are older are of hubs that died, and ignored), and `before` lies further back than
clocks differ (the sweep's day). Times of S3 are whole seconds, so one more second counts as new.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from hub.clock import Clock
from hub.errors import ConfigFault, NotFound, Unavailable
from hub.model.ids import new_key
from hub.ports.blobs import BlobFacts
from hub.services.blob_names import TEMPORARY, blob_name, folder_name, sha256_of

#: What one request reads; a slow reader of a file holds no more than this, and no connection.
PIECE_BYTES = 1024 * 1024
#: Larger files go up in parts of this size, `_PARTS_AT_ONCE` of them in memory.
PART_BYTES = 5 * 1024 * 1024
_PARTS_AT_ONCE = 1
_CONNECT_S = 5.0
_UPLOAD_S = 60.0
_CLOSE_S = 5.0
_RETRIES = 2
_PAGE = 500
_SIGNS = f"{TEMPORARY}/going"
_STALE_S = 600.0
_HURRY_S = 60.0
_WAITS, _WAIT_S = 40, 0.25
_S3_TIME_MS = 1_000
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_MISCONFIGURED = (301, 307, 400, 401, 403, 404)

T = TypeVar("T")


class Place(NamedTuple):
    """A bucket, and the keys to it: None asks the environment as Amazon's own programs do."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    access_key: str | None
    secret_key: str | None


class BucketFault(Unavailable):
    """The storage refused or did not answer; `status` is 0 then. The text names no key."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class S3Blobs:
    """`BlobStore` in a bucket. `patience_s`: how long one short request may take."""

    def __init__(
        self, place: Place, spool: Path, clock: Clock, *, patience_s: float = 15.0
    ) -> None:
        self._spool, self._clock = spool, clock
        self._asked: set[asyncio.Future[Any]] = set()
        self._has_keys = place.access_key is not None
        self._short = _client(place, patience_s)
        self._long = _client(place, max(_UPLOAD_S, patience_s))

    async def create(self, workspace: str) -> S3Writer:
        folder = folder_name(workspace)
        return S3Writer(self, folder, await asyncio.to_thread(_open_spool, self._spool))

    async def facts(self, workspace: str, sha256: str) -> BlobFacts | None:
        try:
            meta = await self._answer(obstore.head_async(self._short, blob_name(workspace, sha256)))
        except NotFound:
            return None
        return BlobFacts(sha256, meta["size"], _ms(meta["last_modified"]))

    async def stream(
        self, workspace: str, sha256: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        facts = await self.facts(workspace, sha256)
        if facts is None:
            raise NotFound("the file's content is missing")
        key, stop = blob_name(workspace, sha256), facts.size_bytes
        if length is not None:
            stop = min(stop, start + length)
        while start < stop:
            end = min(stop, start + PIECE_BYTES)
            piece = await self._answer(
                obstore.get_range_async(self._short, key, start=start, end=end)
            )
            if len(piece) != end - start:
                raise BucketFault("the file store sent too little", 0)
            yield bytes(piece)
            start = end

    async def delete(self, workspace: str, sha256: str, *, before: int) -> None:
        if not await self._is_old(workspace, sha256, before):
            return
        since = self._clock.monotonic()
        sign = f"{_SIGNS}/{blob_name(workspace, sha256)}/{new_key()}"
        await self._answer(obstore.put_async(self._short, sign, b"going"))
        # Should this break off, nobody knows what becomes of it: the sign stays until it is stale.
        if await self._is_old(workspace, sha256, before):
            if self._clock.monotonic() - since > _HURRY_S:
                raise BucketFault("the file store is too slow to remove a file", 0)
            await self._remove(blob_name(workspace, sha256))
        await self._remove(sign)

    async def all(self, workspace: str) -> AsyncIterator[BlobFacts]:
        async for key, size, moment in self._list(folder_name(workspace)):
            if sha256 := sha256_of(key):
                yield BlobFacts(sha256, size, _ms(moment))

    def clear_strays(self) -> int:
        """Nothing: what was spooled when a hub died had no name."""
        return 0

    async def close(self) -> None:
        """Wait for what is still on its way."""
        if self._asked:
            _ = await asyncio.wait(self._asked, timeout=_CLOSE_S)

    async def check(self) -> None:
        """Write, list and delete once. Raises `ConfigFault` when settings are wrong, `Unavailable`
        when nothing answers; both say what to do.
        """
        probe = f"{TEMPORARY}/check/{new_key()}"
        try:
            await self._put_bytes(probe, b"check")
            meta = await self._answer(obstore.head_async(self._short, probe))
            await self._remove(probe)
            async for key, _, moment in self._list(_SIGNS):
                if _is_stale(_ms(moment), _ms(meta["last_modified"])):
                    await self._remove(key)
        except BucketFault as fault:
            raise _what_to_do(fault, has_keys=self._has_keys) from None

    async def keep(self, workspace: str, sha256: str, file: IO[bytes]) -> BlobFacts:
        """Put the spooled file under its hash; see above why it looks for signs."""
        key = blob_name(workspace, sha256)
        await self._put(key, file)
        for _ in range(_WAITS):
            signs = [_ms(moment) async for _, _, moment in self._list(f"{_SIGNS}/{key}")]
            facts = await self.facts(workspace, sha256)
            if facts is None:
                await self._put(key, file)
            elif all(_is_stale(moment, facts.stored_at) for moment in signs):
                return facts
            else:
                await self._clock.sleep(_WAIT_S)
        raise Unavailable("the same content is being removed; send the file again later")

    async def _is_old(self, workspace: str, sha256: str, before: int) -> bool:
        facts = await self.facts(workspace, sha256)
        return facts is not None and facts.stored_at + _S3_TIME_MS <= before

    async def _put(self, key: str, file: IO[bytes]) -> None:
        """Small ones in one request, which can be repeated from memory."""
        await asyncio.to_thread(file.seek, 0)
        head = await asyncio.to_thread(file.read, PART_BYTES + 1)
        if len(head) <= PART_BYTES:
            await self._put_bytes(key, head)
            return
        del head
        await asyncio.to_thread(file.seek, 0)
        await self._written(
            obstore.put_async(
                self._long,
                key,
                file,
                use_multipart=True,
                chunk_size=PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )
        )

    async def _put_bytes(self, key: str, data: bytes) -> None:
        await self._written(obstore.put_async(self._long, key, data, use_multipart=False))

    async def _remove(self, key: str) -> None:
        """What is gone already is fine."""
        try:
            await self._answer(obstore.delete_async(self._short, key))
        except NotFound:
            return

    async def _answer(self, request: Awaitable[T]) -> T:
        """Its own errors carry URLs and bodies: they stay here, what is told are two words of it.
        The library's threads must not be at work when the interpreter ends, so what it was asked
        is never cancelled, and `close` waits for it.
        """
        future = cast("asyncio.Future[T]", request)
        self._asked.add(future)
        future.add_done_callback(self._answered)
        try:
            return await asyncio.shield(future)
        except FileNotFoundError:
            raise NotFound("the file's content is missing") from None
        except (BaseError, OSError) as fault:
            raise _fault(str(fault)) from None

    async def _written(self, request: Awaitable[object]) -> None:
        """A missing bucket is a missing file to the library."""
        try:
            _ = await self._answer(request)
        except NotFound:
            raise BucketFault("the file store answers 404 NoSuchBucket", 404) from None

    def _answered(self, future: asyncio.Future[Any]) -> None:
        self._asked.discard(future)
        if not future.cancelled():
            _ = future.exception()  # nobody may be waiting for it any more

    async def _list(self, folder: str) -> AsyncIterator[tuple[str, int, datetime]]:
        """Key, size and time of all below `folder`, page by page."""
        pages = aiter(obstore.list(self._short, f"{folder}/", chunk_size=_PAGE))
        while True:
            try:
                page = await self._answer(pages.__anext__())
            except StopAsyncIteration:
                return
            for meta in page:
                yield meta["path"], meta["size"], meta["last_modified"]


class S3Writer:
    """One nameless file on the disk until `commit` puts it into the bucket."""

    def __init__(self, blobs: S3Blobs, workspace: str, file: IO[bytes]) -> None:
        self._blobs, self._workspace, self._file = blobs, workspace, file
        self._hash = hashlib.sha256()
        self._done: BlobFacts | None = None

    async def write(self, chunk: bytes) -> None:
        await asyncio.to_thread(self._write, chunk)

    async def commit(self) -> BlobFacts:
        if self._done is None:
            sha256 = self._hash.hexdigest()
            self._done = await self._blobs.keep(self._workspace, sha256, self._file)
            self._file.close()
        return self._done

    async def discard(self) -> None:
        self._file.close()

    def _write(self, chunk: bytes) -> None:
        try:
            self._file.write(chunk)
        except OSError as fault:
            raise Unavailable(f"the file could not be written: {fault.strerror}") from fault
        self._hash.update(chunk)


def _client(place: Place, timeout_s: float) -> S3Store:
    return S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config={
            "region": place.region,
            **({"endpoint": place.endpoint} if place.endpoint else {}),
            **({"access_key_id": place.access_key} if place.access_key else {}),
            **({"secret_access_key": place.secret_key} if place.secret_key else {}),
        },
        client_options={
            "connect_timeout": timedelta(seconds=min(_CONNECT_S, timeout_s)),
            "timeout": timedelta(seconds=timeout_s),
            "allow_http": place.endpoint.startswith("http:"),
        },
        retry_config={
            "max_retries": _RETRIES,
            "retry_timeout": timedelta(seconds=timeout_s),
        },
    )


def _open_spool(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return tempfile.TemporaryFile(dir=folder)
    except OSError as fault:
        raise Unavailable(f"the file could not be written: {fault.strerror}") from fault


def _fault(text: str) -> BucketFault:
    status, code = _STATUS.search(text), _CODE.search(text)
    if status is None:
        return BucketFault("the file store does not answer", 0)
    words = f"the file store answers {status[1]} {code[1] if code else ''}"
    return BucketFault(words.rstrip(), int(status[1]))


def _is_stale(sign: int, now: int) -> bool:
    """Both by the storage's clock."""
    return sign + _STALE_S * 1000 < now


def _what_to_do(fault: BucketFault, *, has_keys: bool) -> ConfigFault | Unavailable:
    """For the person who starts the hub, in one line."""
    if not has_keys and fault.status in (0, 401, 403):
        words = (
            "set HUB_S3_ACCESS_KEY and HUB_S3_SECRET_KEY; this machine has no other ones that do"
        )
        return ConfigFault([f"HUB_FILES: {words}"])
    if fault.status not in _MISCONFIGURED:
        return Unavailable(f"HUB_FILES: {fault}; is the endpoint right, and can it be reached?")
    todo = "are endpoint and region right?"
    if fault.status == 404:
        todo = "make the bucket first, or mend its name"
    elif fault.status in (401, 403):
        todo = (
            "check HUB_S3_ACCESS_KEY and HUB_S3_SECRET_KEY, that they may read, write, list and "
            "delete in the bucket, and this machine's clock"
        )
    return ConfigFault([f"HUB_FILES: {fault}: {todo}"])


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
