"""Files: stored whole, typed by their bytes, given to one conversation, opened by signed links."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.app.blobs import Blobs
from hub.errors import (
    BadInput,
    BadSignature,
    ContentRejected,
    NotFound,
    TooLarge,
    TransientFailure,
    Unavailable,
)
from hub.model.ids import local
from hub.ports.collections import ALL, FILES
from hub.ports.store import DocumentStore
from hub.services.blobs_disk import DiskBlobs
from hub.services.files import Files
from hub.services.thumbnails import Thumbnails
from tests.support.blob_stores import BLOB_KINDS, BUCKET, blob_store, s3_blobs
from tests.support.clock import ManualClock
from tests.support.media import FixedKeys, png, png_header
from tests.support.s3_server import running_s3
from tests.support.stores import fresh_store

WS, OTHER = "aaaaaaaa", "bbbbbbbb"


@pytest.fixture
async def documents(tmp_path: Path, clock: ManualClock) -> AsyncIterator[DocumentStore]:
    async with fresh_store("sqlite", tmp_path, clock, ALL) as store:
        yield store


@pytest.fixture(params=BLOB_KINDS)
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    async with blob_store(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def files(documents: DocumentStore, blobs: Blobs, clock: ManualClock, tmp_path: Path) -> Files:
    thumbnails = Thumbnails(tmp_path / "thumbnails")
    return Files(documents, blobs, FixedKeys(), clock, thumbnails=thumbnails, max_bytes=100_000)


def on_disk(tmp_path: Path) -> list[str]:
    root = tmp_path / "files"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_a_file_lies_under_its_hash_and_nothing_else(files: Files, tmp_path: Path) -> None:
    file = await files.save(WS, b"hello", "../../evil\u202e.txt", owner="me")
    sha256 = hashlib.sha256(b"hello").hexdigest()
    assert on_disk(tmp_path) == [f"{WS}/{sha256[:2]}/{sha256[2:]}"]
    assert (file.name, file.media_type, file.size_bytes) == ("evil.txt", "text/plain", 5)
    assert (file.sha256, file.owner, file.conversation_id) == (sha256, "me", "")
    assert await files.read(await files.require(WS, file.id)) == b"hello"
    assert await files.require(WS, local(file.id)) == file


async def test_equal_bytes_are_kept_once_but_belong_to_two(files: Files, tmp_path: Path) -> None:
    one = await files.save(WS, b"same", "a.txt")
    two = await files.save(WS, b"same", "b.txt")
    assert one.id != two.id
    assert len(on_disk(tmp_path)) == 1


async def test_a_stream_is_stored_like_bytes(files: Files) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"x" * 10_000

    file = await files.save(WS, body(), "a.txt")
    assert file.size_bytes == 90_000
    parts = [part async for part in files.stream(file, 89_990, 5)]
    assert b"".join(parts) == b"x" * 5


async def test_too_much_leaves_nothing_behind(
    files: Files, documents: DocumentStore, tmp_path: Path
) -> None:
    with pytest.raises(TooLarge) as refused:
        await files.save(WS, b"x" * 100_001, "a.txt")
    assert refused.value.limit_bytes == 100_000
    assert on_disk(tmp_path) == []
    assert (await documents.dump(FILES)).docs == []


async def test_a_stream_that_breaks_off_leaves_nothing_behind(
    files: Files, documents: DocumentStore, tmp_path: Path
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise BadInput("broken off")

    with pytest.raises(BadInput):
        await files.save(WS, broken(), "a.txt")
    assert on_disk(tmp_path) == []
    assert (await documents.dump(FILES)).docs == []


async def test_the_declared_type_decides_nothing(files: Files) -> None:
    file = await files.save(WS, b"<svg onload=x>", "a.png", declared_type="image/png")
    assert file.media_type == "application/octet-stream"


async def test_an_image_says_its_size_and_a_bomb_is_a_download(files: Files) -> None:
    image = await files.save(WS, png(30, 20), "a.png")
    assert (image.media_type, image.width, image.height) == ("image/png", 30, 20)
    bomb = await files.save(WS, png_header(60_000, 60_000), "bomb.png")
    assert (bomb.media_type, bomb.width, bomb.height) == ("application/octet-stream", 0, 0)
    with pytest.raises(TooLarge):
        await files.save(WS, png_header(60_000, 60_000), "bomb.png", refuses_bombs=True)


async def test_files_of_another_workspace_do_not_exist(files: Files) -> None:
    file = await files.save(WS, b"secret", "a.txt")
    for id in (file.id, local(file.id), f"{WS}.../x", "..", "", "a" * 99):
        with pytest.raises(NotFound):
            await files.require(OTHER, id)


async def test_only_the_uploader_attaches_and_only_once(files: Files) -> None:
    file = await files.save(WS, b"mine", "a.txt", owner="me")
    with pytest.raises(NotFound):
        await files.attach(WS, [file.id], f"{WS}.talk1", owners=["somebody"])
    attached = await files.attach(WS, [local(file.id)], f"{WS}.talk1", owners=["me"])
    assert [(a.file_id, a.name, a.size_bytes) for a in attached] == [(file.id, "a.txt", 4)]
    again = await files.attach(WS, [file.id], f"{WS}.talk1", owners=["me"])
    assert again == attached
    with pytest.raises(NotFound):
        await files.attach(WS, [file.id], f"{WS}.talk2", owners=["me"])
    assert (await files.require(WS, file.id)).conversation_id == f"{WS}.talk1"


async def test_an_agent_cannot_attach_what_a_channel_brought(files: Files) -> None:
    file = await files.save(WS, b"from a mail", "a.txt")
    with pytest.raises(NotFound):
        await files.attach(WS, [file.id], f"{WS}.talk", owners=["me"])
    assert await files.attach(WS, [file.id], f"{WS}.talk", owners=["", "visitor"])


async def test_a_link_opens_its_file_for_some_minutes(files: Files, clock: ManualClock) -> None:
    sink = await files.sink(WS)
    attachment = await sink.save(b"hello", "a.txt", owner="reader")
    assert await sink.read(attachment.file_id) == b"hello"
    with pytest.raises(ContentRejected):
        await sink.read(f"{WS}.{'a' * 26}")
    link = sink.link(attachment.file_id, "reader")
    query = dict(part.split("=") for part in link.split("?")[1].split("&"))
    id = link.split("?")[0].rsplit("/", 1)[1]
    assert link.startswith(f"/files/{WS}/{local(attachment.file_id)}?reader=reader&until=")

    async def opens(**changed: str) -> bool:
        try:
            await files.check_link(
                changed.get("workspace", WS),
                changed.get("file", id),
                changed.get("reader", query["reader"]),
                changed.get("until", query["until"]),
                changed.get("key", query["key"]),
            )
        except BadSignature:
            return False
        return True

    assert await opens()
    later = str(int(query["until"]) + 1)
    for changed in (
        {"workspace": OTHER},
        {"file": "x" * 26},
        {"reader": "other"},
        {"until": later},
        {"until": "²"},
        {"key": ""},
        {"key": "ü"},
    ):
        assert not await opens(**changed), changed
    await clock.advance(239)
    assert await opens()
    await clock.advance(62)
    assert not await opens()


@pytest.mark.parametrize("blobs", ["disk"], indirect=True)
async def test_a_full_disk_is_said_and_nothing_is_lost(
    files: Files, documents: DocumentStore, tmp_path: Path
) -> None:
    """R-19."""
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable):
        await files.save(WS, b"hello", "a.txt")
    (tmp_path / "files").unlink()
    file = await files.save(WS, b"hello", "a.txt")
    assert await files.read(file) == b"hello"
    assert len((await documents.dump(FILES)).docs) == 1


async def test_strays_of_a_crash_are_cleared(tmp_path: Path) -> None:
    blobs = DiskBlobs(tmp_path / "files")
    writer = await blobs.create(WS)
    await writer.write(b"half")
    assert len(on_disk(tmp_path)) == 1
    assert blobs.clear_strays() == 1
    assert on_disk(tmp_path) == []
    await writer.discard()


async def test_a_missing_blob_is_not_found(files: Files, tmp_path: Path) -> None:
    file = await files.save(WS, b"hello", "a.txt")
    for name in on_disk(tmp_path):
        (tmp_path / "files" / name).unlink()
    with pytest.raises(NotFound):
        await files.read(file)


async def test_an_adapter_is_told_to_try_again_while_bytes_cannot_be_read(tmp_path: Path) -> None:
    """Nothing has gone out yet, so a file that cannot be read makes no message unknown."""
    clock = ManualClock()
    async with (
        running_s3(tmp_path, BUCKET) as server,
        fresh_store("sqlite", tmp_path, clock, ALL) as documents,
    ):
        files = Files(documents, s3_blobs(server, tmp_path), FixedKeys(), clock)
        sink = await files.sink(WS)
        attachment = await sink.save(b"hello", "a.txt")
        await server.kill()
        with pytest.raises(TransientFailure):
            await sink.read(attachment.file_id)
        with pytest.raises(Unavailable):
            await sink.save(b"another", "b.txt")
        assert len((await documents.dump(FILES)).docs) == 1
        await server.start()
        assert await sink.read(attachment.file_id) == b"hello"


@pytest.mark.parametrize("fault", ["open", "read"])
async def test_a_disk_that_fails_is_no_missing_file(
    documents: DocumentStore, tmp_path: Path, clock: ManualClock, fault: str
) -> None:
    files = Files(documents, DiskBlobs(tmp_path / "files"), FixedKeys(), clock)
    sink = await files.sink(WS)
    attachment = await sink.save(b"hello", "a.txt")
    (path,) = [tmp_path / "files" / name for name in on_disk(tmp_path)]
    path.unlink()
    if fault == "open":
        path.mkdir()
    else:
        path.symlink_to("/proc/self/mem")  # its first byte cannot be read
    with pytest.raises(TransientFailure):
        await sink.read(attachment.file_id)


async def test_thumbnails_are_made_once_and_only_of_images(files: Files, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    image = await files.save(WS, png(900, 600), "a.png")
    thumbnail = await files.thumbnail(image)
    assert thumbnail.startswith(b"RIFF")
    assert thumbnail[8:12] == b"WEBP"
    for blob in on_disk(tmp_path):
        (tmp_path / "files" / blob).unlink()
    assert await files.thumbnail(image) == thumbnail
    text = await files.save(WS, b"text", "a.txt")
    with pytest.raises(NotFound):
        await files.thumbnail(text)


async def test_an_image_that_cannot_be_decoded_has_no_thumbnail(files: Files) -> None:
    pytest.importorskip("PIL")
    broken = await files.save(WS, png_header(10, 10), "a.png")
    for _ in range(2):
        with pytest.raises(NotFound):
            await files.thumbnail(broken)
