"""Backup and restore: everything in one file, and nothing sent twice afterwards.

A backup holds all documents but those that mean something only to running hubs, and every file that
a document names. It is exact when nobody writes meanwhile: on SQLite the caller opens a snapshot
(`hub.store.snapshot`), on MongoDB `freeze` holds the writes, or `fuzzy` does without. A restore
first reads the whole archive, then fills an empty store and holds all outbound messages. Called by
the CLI through the composition root.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path

import msgspec

from hub import log
from hub.clock import Clock
from hub.errors import BadInput, ConfigFault, Conflict
from hub.model.ids import workspace_of
from hub.ports.blobs import BlobStore
from hub.ports.collections import ALL, FILES, IDEMPOTENCY, LEASES, META, SESSIONS
from hub.ports.store import Coll, Doc, DocumentStore
from hub.services import hold
from hub.services.archive import (
    FORMAT,
    HEADER,
    KEY,
    ArchiveReader,
    ArchiveWriter,
    Header,
    Manifest,
)
from hub.services.backup_key import KeyFile, open_key, seal_key
from hub.services.migrate import schema_version
from hub.services.restoring import RESTORING, is_restoring

#: A restored session or lease would speak for somebody who is not there any more.
LEFT_OUT = (SESSIONS, LEASES, IDEMPOTENCY)
BACKED_UP = tuple(coll for coll in ALL if coll not in LEFT_OUT)
PAGE = 200
_DATA = re.compile(r"data/([a-z_]+)/\d{8}\.jsonl")
_FILE = re.compile(r"files/([a-z0-9_-]{1,40})/([0-9a-f]{64})")
_log = log.get(__name__)

Freeze = AbstractAsyncContextManager[object]


async def write_backup(
    store: DocumentStore,
    blobs: BlobStore,
    target: Path,
    *,
    clock: Clock,
    version: str,
    passphrase: str | None = None,
    key_file: Path | None = None,
    freeze: Freeze | None = None,
    fuzzy: bool = False,
) -> Manifest:
    """Write everything into `target`, which appears only when it is whole. What it holds.

    `passphrase` seals the secret key of `key_file` into it. Raises `ConfigFault` when the store is
    shared and neither `freeze` nor `fuzzy` is given, `Unavailable` when the disk refuses.
    """
    is_exact = store.is_exclusive or freeze is not None
    if not is_exact and not fuzzy:
        raise ConfigFault(["a shared store is written to meanwhile: stop the hubs or say --fuzzy"])
    async with ArchiveWriter(target) as archive, freeze or nullcontext():
        header = Header(
            format=FORMAT,
            schema=await schema_version(store),
            version=version,
            created_at=clock.now_ms(),
        )
        await archive.add(HEADER, msgspec.json.encode(header))
        documents, wanted = await _write_documents(store, archive)
        files, file_bytes = await _write_files(blobs, archive, wanted)
        if passphrase and key_file:
            await archive.add(KEY, await asyncio.to_thread(seal_key, key_file, passphrase))
        return await archive.finish(
            Manifest(
                header=header,
                is_exact=is_exact,
                documents=documents,
                files=files,
                file_bytes=file_bytes,
                missing_files=len(wanted) - files,
                has_key=bool(passphrase and key_file),
                digest="",
            )
        )


async def read_backup(
    store: DocumentStore,
    blobs: BlobStore,
    source: Path,
    *,
    clock: Clock,
    newest_schema: int,
    passphrase: str | None = None,
    key_file: Path | None = None,
    force: bool = False,
) -> Manifest:
    """Fill an empty store from `source`; afterwards run the migrations. What the backup holds.

    `force` empties the store first. Raises `BadInput` for a damaged or newer backup and for a wrong
    passphrase, `Conflict` when the store is not empty; then nothing was changed.
    """
    archive = ArchiveReader(source)
    manifest = await asyncio.to_thread(archive.verify)
    if manifest.header.schema > newest_schema:
        raise BadInput("this backup was made by a newer Santral; update first")
    key = await asyncio.to_thread(_sealed_key, archive, passphrase) if passphrase else None
    is_broken_off = await is_restoring(store)
    if not (force or is_broken_off or await _is_empty(store)):
        raise Conflict("the store is not empty: restore into a new one", "store")
    if key is not None and key_file is not None:
        await asyncio.to_thread(key.write, key_file, force=force)
    await _empty(store)
    await store.insert_many(META, [{"_id": RESTORING, "since": clock.now_ms()}])
    await hold.hold(store, clock, "restored")
    await _fill(store, blobs, archive)
    await store.delete(META, RESTORING)
    _log.info("backup restored", documents=sum(manifest.documents.values()), files=manifest.files)
    return manifest


async def _write_documents(
    store: DocumentStore, archive: ArchiveWriter
) -> tuple[dict[str, int], set[tuple[str, str]]]:
    """Counts by collection, and the (workspace, SHA-256) of every file named."""
    counts: dict[str, int] = {}
    files: set[tuple[str, str]] = set()
    for coll in BACKED_UP:
        counts[coll.name] = 0
        number = 0
        async for docs in _pages(store, coll):
            kept = [doc for doc in docs if doc["_id"] != RESTORING]
            lines = b"".join(msgspec.json.encode(doc) + b"\n" for doc in kept)
            await archive.add(f"data/{coll.name}/{number:08d}.jsonl", lines)
            counts[coll.name] += len(kept)
            number += 1
            if coll is FILES:
                files.update((workspace_of(doc["_id"]), doc["sha256"]) for doc in kept)
    return counts, files


async def _write_files(
    blobs: BlobStore, archive: ArchiveWriter, wanted: set[tuple[str, str]]
) -> tuple[int, int]:
    """How many files were there, and their bytes."""
    count = total = 0
    for workspace, sha256 in sorted(wanted):
        facts = await blobs.facts(workspace, sha256)
        if facts is None:
            _log.warning("a file is missing from the backup", workspace=workspace, sha256=sha256)
            continue
        name = f"files/{workspace}/{sha256}"
        await archive.add_stream(name, facts.size_bytes, blobs.stream(workspace, sha256))
        count, total = count + 1, total + facts.size_bytes
    return count, total


async def _fill(store: DocumentStore, blobs: BlobStore, archive: ArchiveReader) -> None:
    colls = {coll.name: coll for coll in BACKED_UP}
    entries = archive.entries()
    while (entry := await asyncio.to_thread(next, entries, None)) is not None:
        name, pieces = entry
        if found := _DATA.fullmatch(name):
            if found[1] not in colls:
                raise BadInput(f"the backup holds the unknown collection {found[1]!r}")
            await _load(store, colls[found[1]], await asyncio.to_thread(b"".join, pieces))
        elif found := _FILE.fullmatch(name):
            await _store_file(blobs, found[1], found[2], pieces)


async def _load(store: DocumentStore, coll: Coll, lines: bytes) -> None:
    docs: Sequence[Doc] = await asyncio.to_thread(msgspec.json.Decoder(Doc).decode_lines, lines)
    conflicts = await store.load(coll, docs)
    # The hold was set before its like in the backup.
    if any(coll is not META or docs[at]["_id"] != hold.ID for at, _ in conflicts):
        raise Conflict(f"{coll.name}: the store was written to during the restore", coll.name)


async def _store_file(
    blobs: BlobStore, workspace: str, sha256: str, pieces: Iterator[bytes]
) -> None:
    writer = await blobs.create(workspace)
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            await writer.write(piece)
        if (await writer.commit()).sha256 != sha256:
            raise BadInput("a file of the backup is not what its name says")
    finally:
        await writer.discard()


async def _is_empty(store: DocumentStore) -> bool:
    """`meta` and leases do not count: a hub that was started once has left something there."""
    for coll in ALL:
        if coll not in (META, LEASES) and (await store.dump(coll, limit=1)).docs:
            return False
    return True


async def _empty(store: DocumentStore) -> None:
    for coll in ALL:
        async for docs in _pages(store, coll):
            for doc in docs:
                await store.delete(coll, doc["_id"])


async def _pages(store: DocumentStore, coll: Coll) -> AsyncIterator[list[Doc]]:
    after: str | None = None
    while True:
        page = await store.dump(coll, after, PAGE)
        if page.docs:
            yield page.docs
        if (after := page.next) is None:
            return


def _sealed_key(archive: ArchiveReader, passphrase: str) -> KeyFile:
    for name, pieces in archive.entries():
        if name == KEY:
            return open_key(b"".join(pieces), passphrase)
    raise BadInput("this backup holds no secret key: restore without a passphrase")
