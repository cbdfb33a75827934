"""Blobs on the local disk: `<root>/<workspace>/ab/cdef…`, written beside, flushed, then renamed
into place.

A blob that exists is whole: after a crash there are only stray files in `tmp/`, which
`clear_strays` removes at the start. Implements `hub.ports.blobs.BlobStore`; all disk work runs in
threads.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

from hub.errors import NotFound, Unavailable
from hub.ports.blobs import BlobFacts
from hub.services.blob_names import TEMPORARY, blob_name, folder_name

CHUNK_BYTES = 256 * 1024
_LIST_STEP = 500


class DiskBlobs:
    """`BlobStore` under one folder, made when first needed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def create(self, workspace: str) -> DiskWriter:
        return await asyncio.to_thread(_open_writer, self._root, self._folder(workspace))

    async def facts(self, workspace: str, sha256: str) -> BlobFacts | None:
        return await asyncio.to_thread(_facts, self._path(workspace, sha256))

    async def stream(
        self, workspace: str, sha256: str, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        path = self._path(workspace, sha256)
        file = await asyncio.to_thread(_open_at, path, start)
        left = float("inf") if length is None else length
        try:
            while left > 0:
                chunk = await asyncio.to_thread(_read, file, int(min(CHUNK_BYTES, left)))
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk
        finally:
            file.close()

    async def delete(self, workspace: str, sha256: str, *, before: int) -> None:
        path = self._path(workspace, sha256)
        await asyncio.to_thread(_delete, path, self._root / TEMPORARY / f"blob-{sha256}", before)

    async def all(self, workspace: str) -> AsyncIterator[BlobFacts]:
        paths = _blob_paths(self._folder(workspace))
        while batch := await asyncio.to_thread(_next_facts, paths):
            for facts in batch:
                yield facts

    def clear_strays(self) -> int:
        """Remove what a crash left half written; call before the first `create`. How many they
        were.
        """
        strays = list((self._root / TEMPORARY).glob("blob-*"))
        for stray in strays:
            stray.unlink(missing_ok=True)
        return len(strays)

    async def close(self) -> None:
        """Nothing is open."""

    def _folder(self, workspace: str) -> Path:
        return self._root / folder_name(workspace)

    def _path(self, workspace: str, sha256: str) -> Path:
        return self._root / blob_name(workspace, sha256)


class DiskWriter:
    """One file in `tmp/` until `commit` gives it its name."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self._file: IO[bytes] | None = file
        self._temporary = Path(file.name)
        self._folder = folder
        self._hash = hashlib.sha256()
        self._size = 0
        self._done: BlobFacts | None = None

    async def write(self, chunk: bytes) -> None:
        await asyncio.to_thread(self._write, chunk)

    async def commit(self) -> BlobFacts:
        if self._done is None:
            self._done = await asyncio.to_thread(self._commit)
        return self._done

    async def discard(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()
            self._temporary.unlink(missing_ok=True)

    def _write(self, chunk: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(chunk)
        except OSError as fault:
            raise Unavailable(f"the file could not be written: {fault.strerror}") from fault
        self._hash.update(chunk)
        self._size += len(chunk)

    def _commit(self) -> BlobFacts:
        assert self._file is not None
        sha256 = self._hash.hexdigest()
        target = self._folder / sha256[:2] / sha256[2:]
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            _make_folders(target.parent)
            self._temporary.replace(target)
            _sync_folder(target.parent)
        except OSError as fault:
            raise Unavailable(f"the file could not be written: {fault.strerror}") from fault
        self._file.close()
        self._file = None
        facts = _facts(target)
        assert facts is not None
        return facts


def _open_writer(root: Path, folder: Path) -> DiskWriter:
    try:
        (root / TEMPORARY).mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix="blob-", dir=root / TEMPORARY)
    except OSError as fault:
        raise Unavailable(f"the file could not be written: {fault.strerror}") from fault
    os.close(handle)
    return DiskWriter(Path(name).open("wb", buffering=CHUNK_BYTES), folder)


def _make_folders(folder: Path) -> None:
    """Make `folder`; a new folder's name is durable only when its parent was flushed too."""
    missing = [folder, *folder.parents]
    missing = missing[: next(i for i, path in enumerate(missing) if path.is_dir())]
    for path in reversed(missing):
        path.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _delete(path: Path, aside: Path, before: int) -> None:
    """Put it aside first: a writer that stores the same bytes meanwhile makes a new file, which
    stays.
    """
    try:
        aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.rename(aside)
    except FileNotFoundError:
        return
    if aside.stat().st_mtime_ns // 1_000_000 >= before:
        aside.rename(path)
    else:
        aside.unlink()


def _open_at(path: Path, start: int) -> IO[bytes]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise NotFound("the file's content is missing") from None
    except OSError as fault:
        raise Unavailable(f"the file could not be read: {fault.strerror}") from fault
    file.seek(start)
    return file


def _read(file: IO[bytes], length: int) -> bytes:
    try:
        return file.read(length)
    except OSError as fault:
        raise Unavailable(f"the file could not be read: {fault.strerror}") from fault


def _facts(path: Path) -> BlobFacts | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return BlobFacts(path.parent.name + path.name, stat.st_size, stat.st_mtime_ns // 1_000_000)


def _blob_paths(folder: Path) -> Iterator[Path]:
    for shelf in sorted(folder.glob("??")):
        yield from shelf.iterdir()


def _next_facts(paths: Iterator[Path]) -> list[BlobFacts]:
    found: list[BlobFacts] = []
    for path in paths:
        if facts := _facts(path):
            found.append(facts)
        if len(found) == _LIST_STEP:
            break
    return found
