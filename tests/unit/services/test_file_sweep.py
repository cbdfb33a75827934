"""Files that nobody attached go after a day; whatever is named somewhere stays."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.app.blobs import Blobs
from hub.errors import NotFound
from hub.model.files import StoredFile
from hub.ports.collections import ALL, DRAFTS, JOURNAL, WORKSPACES
from hub.ports.store import DocumentStore
from hub.services.file_sweep import FileSweep, file_ids
from hub.services.files import Files
from tests.support.blob_stores import BLOB_KINDS, blob_store, make_old
from tests.support.clock import START_MS, ManualClock
from tests.support.media import FixedKeys
from tests.support.stores import fresh_store

WS = "aaaaaaaa"
DAY_S = 24 * 3600


class Rig:
    def __init__(
        self, store: DocumentStore, clock: ManualClock, blobs: Blobs, folder: Path
    ) -> None:
        self.store, self.clock, self.folder = store, clock, folder
        self.blobs = blobs
        self.files = Files(store, self.blobs, FixedKeys(), clock)
        self.forgotten: list[tuple[str, str]] = []
        self.sweeper = FileSweep(store, self.blobs, clock, self.forget)

    async def forget(self, workspace: str, sha256: str) -> None:
        self.forgotten.append((workspace, sha256))

    async def save(self, data: bytes) -> StoredFile:
        """As `Files.save`, with the blob's age on the test's clock."""
        file = await self.files.save(WS, data, "a.txt", owner="me")
        await make_old(self.blobs, self.folder, WS, file.sha256, self.clock.now_ms())
        return file

    async def is_there(self, file: StoredFile) -> bool:
        try:
            await self.files.read(await self.files.require(WS, file.id))
        except NotFound:
            return False
        return True


@pytest.fixture(params=BLOB_KINDS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[Rig]:
    async with (
        fresh_store("sqlite", tmp_path, clock, ALL) as store,
        blob_store(request.param, tmp_path) as blobs,
    ):
        await store.insert(WORKSPACES, {"_id": f"sys.{WS}", "name": "W"})
        yield Rig(store, clock, blobs, tmp_path)


async def test_unattached_files_go_after_a_day(rig: Rig) -> None:
    lost, kept = await rig.save(b"lost"), await rig.save(b"kept")
    await rig.files.attach(WS, [kept.id], f"{WS}.talk", owners=["me"])
    await rig.clock.advance(DAY_S - 10)
    assert await rig.sweeper.sweep() == 0
    assert await rig.is_there(lost)
    await rig.clock.advance(20)
    assert await rig.sweeper.sweep() == 1
    assert not await rig.is_there(lost)
    assert await rig.is_there(kept)
    assert rig.forgotten == [(WS, lost.sha256)]


async def test_drafts_and_waiting_events_keep_their_files(rig: Rig) -> None:
    drafted, waiting, done = [await rig.save(text) for text in (b"1", b"2", b"3")]
    draft = {"_id": f"{WS}.talk.me", "file_ids": [drafted.id.split(".")[1]]}
    await rig.store.insert(DRAFTS, draft)
    for key, file, state in (("a", waiting, "new"), ("b", done, "done")):
        event = {"message": {"attachments": [{"file_id": file.id}]}}
        text = json.dumps(event)
        row = {"_id": f"l07.{key}", "state": state, "at": START_MS, "expires_at": 0, "event": text}
        await rig.store.insert(JOURNAL, row)
    await rig.clock.advance(3 * DAY_S)
    assert await rig.sweeper.sweep() == 1
    there = [await rig.is_there(file) for file in (drafted, waiting, done)]
    assert there == [True, True, False]


async def test_bytes_that_another_file_shares_stay(rig: Rig) -> None:
    lost, kept = await rig.save(b"same"), await rig.save(b"same")
    await rig.files.attach(WS, [kept.id], f"{WS}.talk", owners=["me"])
    await rig.clock.advance(2 * DAY_S)
    assert await rig.sweeper.sweep() == 1
    assert not await rig.is_there(lost)
    assert await rig.is_there(kept)


async def test_bytes_stored_again_meanwhile_stay(rig: Rig) -> None:
    file = await rig.save(b"same")
    before = rig.clock.now_ms() - 1
    await rig.blobs.delete(WS, file.sha256, before=before)
    assert await rig.is_there(file)
    await rig.blobs.delete(WS, file.sha256, before=before + 10_000)
    assert not await rig.is_there(file)


async def test_bytes_without_any_document_go(rig: Rig) -> None:
    writer = await rig.blobs.create(WS)
    await writer.write(b"a hub died before the document was written")
    facts = await writer.commit()
    await make_old(rig.blobs, rig.folder, WS, facts.sha256, 0)
    await rig.sweeper.sweep()
    assert await rig.blobs.facts(WS, facts.sha256) is None


def test_ids_are_found_wherever_they_stand() -> None:
    doc = {
        "a": [{"file_id": "1"}, {"b": {"file_ids": ["2", "3"]}}],
        "mail": {"source_file_id": "4"},
        "text": "file_id",
    }
    assert sorted(file_ids(doc)) == ["1", "2", "3", "4"]
