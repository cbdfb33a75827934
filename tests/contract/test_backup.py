"""Backup and restore (R-41): every store, from each to each; what was sent is not sent again."""

import asyncio
import gzip
import io
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.app.blobs import Blobs
from hub.errors import BadInput, ConfigFault, Conflict
from hub.ports.collections import (
    ALL,
    CONTACTS,
    CONVERSATIONS,
    FILES,
    LEASES,
    MESSAGES,
    META,
    SESSIONS,
)
from hub.ports.store import Doc, DocumentStore, Patch
from hub.services import backup as backup_
from hub.services.archive import Manifest
from hub.services.backup import BACKED_UP, read_backup, write_backup
from hub.services.files import Files
from hub.services.hold import Hold, is_held
from hub.services.migrate import migrate, schema_version
from hub.services.restoring import is_restoring
from hub.store import migrations
from hub.store.open import make_store
from hub.store.snapshot import snapshot
from tests.support.blob_stores import BLOB_KINDS, blob_store
from tests.support.clock import ManualClock
from tests.support.media import FixedKeys, png
from tests.support.stores import KINDS, fresh_store, opened

WS = "aaaaaaaa"
Rows = dict[str, list[Doc]]


class Place:
    """A store with its files."""

    def __init__(
        self, store: DocumentStore, blobs: Blobs, folder: Path, clock: ManualClock
    ) -> None:
        self.store, self.folder, self.clock = store, folder, clock
        self.blobs = blobs
        self.files = Files(store, self.blobs, FixedKeys(), clock)
        self.key_file = folder / "secret.key"

    async def write(self, target: Path, **more: object) -> Manifest:
        arguments = {"fuzzy": not self.store.is_exclusive, **more}
        return await write_backup(
            self.store, self.blobs, target, clock=self.clock, version="1.2", **arguments
        )  # type: ignore[arg-type]

    async def read(self, source: Path, **more: object) -> Manifest:
        arguments = {"newest_schema": 1, **more}
        return await read_backup(self.store, self.blobs, source, clock=self.clock, **arguments)  # type: ignore[arg-type]

    async def rows(self) -> Rows:
        found: Rows = {}
        for coll in BACKED_UP:
            docs: list[Doc] = []
            after: str | None = None
            while True:
                page = await self.store.dump(coll, after, 100)
                docs += page.docs
                if (after := page.next) is None:
                    break
            found[coll.name] = [doc for doc in docs if doc["_id"] != "sys.outbound_hold"]
        return found

    def bytes_on_disk(self) -> dict[str, bytes]:
        root = self.folder / "files"
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@asynccontextmanager
async def place(
    kind: str, folder: Path, clock: ManualClock, *, files: str = "disk"
) -> AsyncIterator[Place]:
    folder.mkdir(exist_ok=True)
    async with (
        fresh_store(kind, folder, clock, ALL) as store,
        blob_store(files, folder) as blobs,
    ):
        yield Place(store, blobs, folder, clock)


async def fill(there: Place, messages: int = 450) -> None:
    """Rows with odd values, versions over 1, files shared and not."""
    await migrate(there.store, there.clock, migrations.ALL)
    contact = {
        "_id": f"{WS}.c1",
        "name": "Łódź İ 🙂 \u2028",
        "updated_at": 2**62,
        "fields": {"x": ""},
    }
    await there.store.insert(CONTACTS, contact)
    for _ in range(3):
        await there.store.patch(CONTACTS, f"{WS}.c1", Patch(inc={"updated_at": 1}))
    docs = [
        {
            "_id": f"{WS}.talk.{n:010d}",
            "conversation_id": f"{WS}.talk",
            "kind": "message",
            "at": n,
            "text": f"message {n}",
            "share": n / 7,
            "nothing": None,
            "list": [n, {"a": []}],
        }
        for n in range(messages)
    ]
    assert await there.store.insert_many(MESSAGES, docs) == []
    await there.store.insert(SESSIONS, {"_id": "sys.s1", "account_id": "sys.a", "expires_at": 0})
    await there.store.insert(LEASES, {"_id": "sys.lane-00", "owner": "old hub"})
    await there.files.save(WS, png(), "a.png")
    await there.files.save(WS, b"x" * 700_001, "a.txt")
    await there.files.save(WS, b"x" * 700_001, "the same.txt")
    await there.files.save("bbbbbbbb", b"x" * 700_001, "elsewhere.txt")
    await there.files.save(WS, b"", "empty.txt")


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
async def test_a_restore_equals_what_was_backed_up(
    source: str, target: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with (
        place(source, tmp_path / "a", clock) as old,
        place(target, tmp_path / "b", clock) as new,
    ):
        await fill(old)
        written = await old.write(tmp_path / "x.tar")
        read = await new.read(tmp_path / "x.tar")
        assert read == written
        assert (written.files, written.missing_files, written.has_key) == (4, 0, False)
        assert written.documents["messages"] == 450
        before, after = await old.rows(), await new.rows()
        assert after == before
        assert after["contacts"][0]["v"] == 4
        assert new.bytes_on_disk() == old.bytes_on_disk()
        assert await schema_version(new.store) == 1
        assert (await new.store.dump(SESSIONS)).docs == []
        assert [d["_id"] for d in (await new.store.dump(LEASES)).docs] == []
        assert not await is_restoring(new.store)


@pytest.mark.parametrize("target", BLOB_KINDS)
@pytest.mark.parametrize("source", BLOB_KINDS)
async def test_files_move_between_disk_and_bucket(
    source: str, target: str, tmp_path: Path, clock: ManualClock
) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock, files=source) as old,
        place("sqlite", tmp_path / "b", clock, files=target) as new,
    ):
        await fill(old, messages=1)
        await old.write(tmp_path / "x.tar")
        assert (await new.read(tmp_path / "x.tar")).files == 4
        assert len(old.bytes_on_disk()) == 4
        assert new.bytes_on_disk() == old.bytes_on_disk()


async def test_a_restored_hub_sends_nothing_until_released(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        await fill(old, 1)
        old_hold, new_hold = Hold(old.store, clock), Hold(new.store, clock)
        assert old_hold.is_held()
        assert not await old_hold.refresh()
        await old.write(tmp_path / "x.tar")
        await new.read(tmp_path / "x.tar")
        assert await new_hold.refresh()
        # A backup of a held hub restores as held, and can be taken at all.
        await new.write(tmp_path / "y.tar")
        await old.read(tmp_path / "y.tar", force=True)
        assert await is_held(old.store)
        assert await new_hold.release()
        assert not new_hold.is_held()
        assert not await is_held(new.store)
        assert not await new_hold.release()


async def test_a_backup_beside_a_hub_that_writes_is_of_one_moment(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Each round writes a message and then counts it on its conversation: never may the count
    run ahead.
    """
    async with place("sqlite", tmp_path / "a", clock) as busy:
        await migrate(busy.store, clock, migrations.ALL)
        talk = {
            "_id": f"{WS}.talk",
            "home": "h",
            "state": "open",
            "last_at": 0,
            "snoozed_until": 0,
            "contact_id": "",
            "assignee_id": "",
            "priority": 0,
            "channel": "x",
            "seq": 0,
        }
        await busy.store.insert(CONVERSATIONS, talk)
        written = 0

        async def round_() -> None:
            nonlocal written
            written += 1
            message = {
                "_id": f"{WS}.talk.{written:010d}",
                "conversation_id": f"{WS}.talk",
                "kind": "message",
                "at": 1,
            }
            await busy.store.insert(MESSAGES, {**message, "text": "x" * 500})
            await busy.store.patch(CONVERSATIONS, f"{WS}.talk", Patch(inc={"seq": 1}))

        for _ in range(300):
            await round_()
        copying = asyncio.ensure_future(snapshot(tmp_path / "a" / "hub.db", tmp_path / "s.db"))
        at_start = written
        while not copying.done():
            await round_()
        await copying
        async with opened(make_store(f"sqlite:{tmp_path / 's.db'}", tmp_path, clock), ALL) as still:
            manifest = await write_backup(
                still, busy.blobs, tmp_path / "x.tar", clock=clock, version="1"
            )
            count = (await still.get(CONVERSATIONS, f"{WS}.talk") or {})["seq"]
        assert manifest.is_exact
        assert at_start <= manifest.documents["messages"] <= written
        assert manifest.documents["messages"] - count in (0, 1)


async def test_a_store_that_is_not_empty_is_left_alone(tmp_path: Path, clock: ManualClock) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        await fill(old, 3)
        await old.write(tmp_path / "x.tar")
        await new.store.insert(CONTACTS, {"_id": f"{WS}.mine", "updated_at": 1})
        before = await new.rows()
        with pytest.raises(Conflict):
            await new.read(tmp_path / "x.tar")
        assert await new.rows() == before
        assert not await is_held(new.store)
        await new.read(tmp_path / "x.tar", force=True)
        assert await new.rows() == await old.rows()


async def test_a_restore_that_broke_off_is_not_served_and_can_be_repeated(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        await fill(old)
        await old.write(tmp_path / "x.tar")
        real, calls = backup_._load, 0

        async def dies(*args: object) -> None:
            nonlocal calls
            calls += 1
            if calls == 4:
                raise RuntimeError("killed")
            await real(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(backup_, "_load", dies)
        with pytest.raises(RuntimeError):
            await new.read(tmp_path / "x.tar")
        assert await is_restoring(new.store)
        assert await is_held(new.store)
        monkeypatch.undo()
        await new.read(tmp_path / "x.tar")
        assert await new.rows() == await old.rows()
        assert not await is_restoring(new.store)


async def test_every_damage_is_found_before_anything_is_changed(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        await fill(old, 20)
        await old.write(tmp_path / "x.tar")
        good = (tmp_path / "x.tar").read_bytes()
        at = good.index(b"message 7")
        damaged = {
            "flipped": good[:at] + b"M" + good[at + 1 :],
            "cut": good[: len(good) // 2],
            "cut in a header": good[: 512 * 3 + 100],
            "no manifest": _without_last(good),
            "not a tar": b"hello" * 1000,
            "empty": b"",
            "cut gzip": gzip.compress(good)[:3000],
            "another tar": _other_tar(),
        }
        for what, data in damaged.items():
            (tmp_path / "bad.tar").write_bytes(data)
            with pytest.raises(BadInput):
                await new.read(tmp_path / "bad.tar")
            assert not await is_held(new.store), what
            assert (await new.store.dump(META)).docs == [], what


async def test_a_newer_backup_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        await fill(old, 1)
        await old.write(tmp_path / "x.tar")
        with pytest.raises(BadInput, match="newer"):
            await new.read(tmp_path / "x.tar", newest_schema=0)


async def test_the_secret_key_travels_only_under_a_passphrase(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        old.key_file.write_text("c2VjcmV0IGtleQ==\n")
        await fill(old, 1)
        await old.write(tmp_path / "open.tar", key_file=old.key_file)
        sealed = await old.write(
            tmp_path / "x.tar", key_file=old.key_file, passphrase="correct horse"
        )
        assert sealed.has_key
        for name in ("open.tar", "x.tar"):
            assert b"c2VjcmV0IGtleQ" not in (tmp_path / name).read_bytes()
        with pytest.raises(BadInput):
            await new.read(tmp_path / "x.tar", key_file=new.key_file, passphrase="wrong horse")
        with pytest.raises(BadInput):
            await new.read(tmp_path / "open.tar", key_file=new.key_file, passphrase="correct horse")
        assert not await is_held(new.store)
        new.key_file.write_text("another key")
        with pytest.raises(ConfigFault):
            await new.read(tmp_path / "x.tar", key_file=new.key_file, passphrase="correct horse")
        new.key_file.unlink()
        await new.read(tmp_path / "x.tar", key_file=new.key_file, passphrase="correct horse")
        assert new.key_file.read_text() == "c2VjcmV0IGtleQ==\n"
        assert new.key_file.stat().st_mode & 0o777 == 0o600


async def test_gzipped_backups_and_missing_files(tmp_path: Path, clock: ManualClock) -> None:
    async with (
        place("sqlite", tmp_path / "a", clock) as old,
        place("sqlite", tmp_path / "b", clock) as new,
    ):
        await fill(old, 50)
        lost = (await old.store.dump(FILES)).docs[0]["sha256"]
        for path in (tmp_path / "a" / "files").rglob(lost[2:]):
            path.unlink()
        manifest = await old.write(tmp_path / "x.tar.gz")
        assert manifest.missing_files >= 1
        assert gzip.decompress((tmp_path / "x.tar.gz").read_bytes())[:19] == b"santral-backup.json"
        assert (tmp_path / "x.tar.gz").stat().st_mode & 0o777 == 0o600
        await new.read(tmp_path / "x.tar.gz")
        assert await new.rows() == await old.rows()


async def test_a_backup_that_fails_leaves_no_file(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place("sqlite", tmp_path / "a", clock) as old:
        await fill(old, 1)

        async def dies(*args: object) -> None:
            raise RuntimeError("killed")

        monkeypatch.setattr(backup_, "_write_files", dies)
        with pytest.raises(RuntimeError):
            await old.write(tmp_path / "x.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


async def test_a_shared_store_needs_a_word_about_writes(tmp_path: Path, clock: ManualClock) -> None:
    async with place("mongo", tmp_path / "a", clock) as shared:
        with pytest.raises(ConfigFault):
            await shared.write(tmp_path / "x.tar", fuzzy=False)


def _without_last(tar: bytes) -> bytes:
    """The archive without its manifest, but with a proper end."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(tar)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old.getmembers()[:-1]:
            new.addfile(member, old.extractfile(member))
    return out.getvalue()


def _other_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as new:
        new.addfile(tarfile.TarInfo("../../etc/passwd"))
    return out.getvalue()
