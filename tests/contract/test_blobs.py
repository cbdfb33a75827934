"""What every store of blobs does: keep bytes under their hash, whole or not at all."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.app.blobs import Blobs
from hub.errors import NotFound
from hub.ports.blobs import BlobFacts
from tests.support.blob_stores import BLOB_KINDS, blob_store

WS, OTHER = "aaaaaaaa", "bbbbbbbb"
BIG = bytes(range(256)) * 24_000  # over one part of an upload, and several pieces of a download
FUTURE_MS = 10_000


@pytest.fixture(params=BLOB_KINDS)
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    async with blob_store(request.param, tmp_path) as made:
        yield made


async def put(blobs: Blobs, data: bytes, workspace: str = WS) -> BlobFacts:
    writer = await blobs.create(workspace)
    for start in range(0, len(data), 300_000):
        await writer.write(data[start : start + 300_000])
    try:
        return await writer.commit()
    finally:
        await writer.discard()


async def read(
    blobs: Blobs, sha256: str, start: int = 0, length: int | None = None, workspace: str = WS
) -> bytes:
    return b"".join([part async for part in blobs.stream(workspace, sha256, start, length)])


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize("data", [b"", b"hello", BIG], ids=["empty", "small", "large"])
async def test_what_was_stored_is_read(blobs: Blobs, data: bytes, tmp_path: Path) -> None:
    before = now_ms()
    facts = await put(blobs, data)
    assert facts.sha256 == hashlib.sha256(data).hexdigest()
    assert facts.size_bytes == len(data)
    assert before - 1_000 <= facts.stored_at <= now_ms() + 1_000
    assert await blobs.facts(WS, facts.sha256) == facts
    assert await read(blobs, facts.sha256) == data
    path = tmp_path / "files" / WS / facts.sha256[:2] / facts.sha256[2:]
    assert path.read_bytes() == data


async def test_parts_are_read(blobs: Blobs) -> None:
    sha256 = (await put(blobs, BIG)).sha256
    for start, length in ((0, 5), (7, 0), (1_048_570, 20), (3, 3_000_000), (len(BIG) - 2, None)):
        stop = None if length is None else start + length
        assert await read(blobs, sha256, start, length) == BIG[start:stop]
    assert await read(blobs, sha256, len(BIG) - 2, 100) == BIG[-2:]
    assert await read(blobs, sha256, len(BIG) + 2, 100) == b""


async def test_what_is_missing_is_not_found_at_the_first_step(blobs: Blobs) -> None:
    sha256 = (await put(blobs, b"hello")).sha256
    for workspace, wanted in ((OTHER, sha256), (WS, "0" * 64), (WS, "../x"), ("tmp", sha256)):
        with pytest.raises(NotFound):
            await anext(blobs.stream(workspace, wanted, 0, 0))
    assert await blobs.facts(OTHER, sha256) is None
    for workspace in ("tmp", "../x", ""):
        with pytest.raises(NotFound):
            await blobs.create(workspace)


async def test_what_is_discarded_was_never_there(blobs: Blobs) -> None:
    writer = await blobs.create(WS)
    await writer.write(b"hello")
    await writer.discard()
    await writer.discard()
    assert [facts async for facts in blobs.all(WS)] == []


async def test_a_commit_may_be_repeated(blobs: Blobs) -> None:
    writer = await blobs.create(WS)
    await writer.write(b"hello")
    assert await writer.commit() == await writer.commit()
    await writer.discard()
    assert len([facts async for facts in blobs.all(WS)]) == 1


async def test_all_of_a_workspace_are_listed(blobs: Blobs) -> None:
    texts = [f"file {number}".encode() for number in range(30)]
    stored = await asyncio.gather(*[put(blobs, text) for text in texts])
    await put(blobs, b"elsewhere", OTHER)
    found = [facts async for facts in blobs.all(WS)]
    assert {(f.sha256, f.size_bytes) for f in found} == {(f.sha256, f.size_bytes) for f in stored}
    assert len(found) == 30
    assert [facts async for facts in blobs.all("cccccccc")] == []


async def test_what_is_old_is_deleted_and_what_is_new_stays(blobs: Blobs) -> None:
    facts = await put(blobs, b"hello")
    await blobs.delete(WS, facts.sha256, before=facts.stored_at)
    assert await read(blobs, facts.sha256) == b"hello"
    await blobs.delete(WS, facts.sha256, before=facts.stored_at + FUTURE_MS)
    assert await blobs.facts(WS, facts.sha256) is None
    await blobs.delete(WS, facts.sha256, before=facts.stored_at + FUTURE_MS)
    assert [facts async for facts in blobs.all(WS)] == []


async def test_storing_again_makes_it_new(blobs: Blobs, tmp_path: Path) -> None:
    first = await put(blobs, b"hello")
    os.utime(tmp_path / "files" / WS / first.sha256[:2] / first.sha256[2:], (0, 0))
    again = await put(blobs, b"hello")
    assert again.stored_at >= first.stored_at
    await blobs.delete(WS, first.sha256, before=first.stored_at)
    assert await read(blobs, first.sha256) == b"hello"


async def test_many_write_the_same_at_once(blobs: Blobs) -> None:
    stored = await asyncio.gather(*[put(blobs, b"same" * 1000) for _ in range(8)])
    assert len({facts.sha256 for facts in stored}) == 1
    assert await read(blobs, stored[0].sha256) == b"same" * 1000
