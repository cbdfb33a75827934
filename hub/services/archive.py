"""The file format of a backup: a tar whose last entry proves all the others.

    santral-backup.json        first: format, schema and version, so that a reader can refuse early
    data/<collection>/<n>.jsonl
    files/<workspace>/<sha256>
    secret.key.json            only with a passphrase: scrypt and AES-256-GCM
    manifest.json              last: counts, and a digest over name, size and SHA-256 of every entry

Plain tar, or gzipped when the name ends in `.gz` or `.tgz`. Nothing is ever unpacked to a path that
the archive names. Knows nothing of stores; used by `hub.services.backup`.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar, cast

import msgspec

from hub.errors import BadInput, Unavailable

FORMAT = 1
HEADER, MANIFEST, KEY = "santral-backup.json", "manifest.json", "secret.key.json"
#: Entries that are read whole; files are streamed.
MAX_ENTRY_BYTES = 512 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_BLOCK = tarfile.BLOCKSIZE
T = TypeVar("T")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    schema: int
    version: str
    created_at: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole backup holds. `is_exact`: all of it as of one moment."""

    header: Header
    is_exact: bool
    documents: dict[str, int]
    files: int
    file_bytes: int
    missing_files: int
    has_key: bool
    digest: str


class ArchiveWriter:
    """Writes `<target>.part`; `finish` gives it its name. Leaving the context without it removes
    it.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._digest = hashlib.sha256()
        self._file: IO[bytes] | None = None

    async def __aenter__(self) -> ArchiveWriter:
        self._file = await asyncio.to_thread(_open_new, self._part)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)

    async def add(self, name: str, data: bytes) -> None:
        await asyncio.to_thread(self._write, _head(name, len(data)), data, _padding(len(data)))
        self._note(name, len(data), hashlib.sha256(data).hexdigest())

    async def add_stream(self, name: str, size: int, chunks: AsyncIterator[bytes]) -> None:
        """Raises `Unavailable` when there turn out to be more or fewer bytes than `size`."""
        hashed, left = hashlib.sha256(), size
        await asyncio.to_thread(self._write, _head(name, size))
        async for chunk in chunks:
            left -= len(chunk)
            hashed.update(chunk)
            await asyncio.to_thread(self._write, chunk)
        if left:
            raise Unavailable(f"{name} changed while it was being read")
        await asyncio.to_thread(self._write, _padding(size))
        self._note(name, size, hashed.hexdigest())

    async def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest with its digest; when this returns the backup is durable under its
        name.
        """
        manifest = msgspec.structs.replace(manifest, digest=self._digest.hexdigest())
        await self.add(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        await asyncio.to_thread(self._finish)
        return manifest

    def _finish(self) -> None:
        assert self._file is not None
        self._write(b"\0" * 2 * _BLOCK)
        self._file.close()
        self._file = None
        try:
            with self._part.open("rb+") as part:
                os.fsync(part.fileno())
            self._part.replace(self._target)
        except OSError as fault:
            raise Unavailable(f"the backup could not be written: {fault.strerror}") from fault

    def _write(self, *pieces: bytes) -> None:
        assert self._file is not None
        try:
            for piece in pieces:
                self._file.write(piece)
        except OSError as fault:
            raise Unavailable(f"the backup could not be written: {fault.strerror}") from fault

    def _note(self, name: str, size: int, sha256: str) -> None:
        self._digest.update(_line(name, size, sha256))


class ArchiveReader:
    """Reads an archive from front to back, any number of times. Raises `BadInput` for what is no
    whole backup.
    """

    def __init__(self, source: Path) -> None:
        self._source = source

    def header(self) -> Header:
        for name, member, tar in self._entries():
            if name != HEADER:
                break
            header = _decoded(_whole(tar, member), Header)
            if header.format != FORMAT:
                raise BadInput("this backup was made by a newer Santral; update first")
            return header
        raise BadInput("this is not a backup of Santral")

    def verify(self) -> Manifest:
        """Read everything and compare it with the manifest."""
        self.header()
        digest, manifest = hashlib.sha256(), None
        for name, member, tar in self._entries():
            if manifest is not None:
                raise BadInput("the backup goes on after its end")
            if name == MANIFEST:
                manifest = _decoded(_whole(tar, member), Manifest)
                continue
            hashed = hashlib.sha256()
            for chunk in _pieces(tar, member):
                hashed.update(chunk)
            digest.update(_line(name, member.size, hashed.hexdigest()))
        if manifest is None:
            raise BadInput("the backup is cut off: its last part is missing")
        if manifest.digest != digest.hexdigest():
            raise BadInput("the backup is damaged: its content is not what was written")
        return manifest

    def entries(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """(name, pieces of its content) in order; consume the pieces before the next entry."""
        for name, member, tar in self._entries():
            yield name, _pieces(tar, member)

    def _entries(self) -> Iterator[tuple[str, tarfile.TarInfo, tarfile.TarFile]]:
        with _whole_or_bad(), tarfile.open(self._source, "r|*") as tar:
            for member in tar:
                if not member.isreg():
                    raise BadInput("this is not a backup of Santral")
                yield member.name, member, tar


@contextmanager
def _whole_or_bad() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as fault:
        raise BadInput("this is not a whole backup of Santral") from fault


def _open_new(path: Path) -> IO[bytes]:
    """Readable by the owner only: everything is in it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as fault:
        raise Unavailable(f"the backup could not be written: {fault.strerror}") from fault
    if path.name.removesuffix(".part").endswith((".gz", ".tgz")):
        os.close(descriptor)
        return cast("IO[bytes]", gzip.open(path, "wb", compresslevel=6))
    return os.fdopen(descriptor, "wb", buffering=_CHUNK_BYTES)


def _head(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return b"\0" * (-size % _BLOCK)


def _line(name: str, size: int, sha256: str) -> bytes:
    return f"{sha256} {size} {name}\n".encode()


def _pieces(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file = tar.extractfile(member)
    assert file is not None
    with _whole_or_bad():
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _whole(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > MAX_ENTRY_BYTES:
        raise BadInput("this is not a backup of Santral")
    return b"".join(_pieces(tar, member))


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as fault:
        raise BadInput("this is not a backup of Santral") from fault
