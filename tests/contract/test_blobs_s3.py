"""A bucket's own troubles: refused keys, a server that dies or hangs, sweeping while somebody
stores the same, and files larger than the memory that they may take.
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.errors import ConfigFault, NotFound, Unavailable
from hub.services.blobs_disk import DiskBlobs
from hub.services.blobs_s3 import S3Blobs
from tests.architecture.source import ROOT
from tests.contract.test_blobs import FUTURE_MS, WS, put, read
from tests.support.blob_stores import BUCKET, make_old, s3_blobs
from tests.support.real_hub import free_port
from tests.support.s3_server import ACCESS_KEY, SECRET_KEY, S3Server, rclone, running_s3

BIG = os.urandom(1_000_000) * 12
HASH = hashlib.sha256(BIG).hexdigest()
HELLO = hashlib.sha256(b"hello").hexdigest()
GOING = f"tmp/going/{WS}/{HELLO[:2]}/{HELLO[2:]}"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[S3Server]:
    async with running_s3(tmp_path, BUCKET) as server:
        yield server


@pytest.fixture
def blobs(server: S3Server, tmp_path: Path) -> S3Blobs:
    return s3_blobs(server, tmp_path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret": "another-secret"}, "403 SignatureDoesNotMatch: check HUB_S3_ACCESS_KEY"),
        ({"key": "ANOTHERKEY"}, "403 InvalidAccessKeyId: check HUB_S3_ACCESS_KEY"),
        ({"bucket": "elsewhere"}, "404 NoSuchBucket: make the bucket first"),
    ],
)
async def test_wrong_settings_are_told_with_what_to_do(
    server: S3Server, tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    blobs = s3_blobs(server, tmp_path, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigFault) as caught:
        await blobs.check()
    [fault] = caught.value.faults
    assert fault.startswith(f"HUB_FILES: the file store answers {told}")
    with pytest.raises(Unavailable) as refused:
        await put(blobs, b"hello")
    for text in (fault, str(refused.value)):
        assert not any(secret in text for secret in (SECRET_KEY, "another-secret", "ANOTHERKEY"))
    assert refused.value.__cause__ is None, "what the library said goes into no log"


async def test_nothing_at_the_endpoint_is_told(server: S3Server, tmp_path: Path) -> None:
    server.endpoint = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unavailable, match="HUB_FILES: the file store does not answer; is the end"):
        await s3_blobs(server, tmp_path).check()


async def test_a_check_leaves_nothing_behind(blobs: S3Blobs, tmp_path: Path) -> None:
    await blobs.check()
    assert [path for path in (tmp_path / BUCKET).rglob("*") if path.is_file()] == []


async def test_a_server_that_dies_in_an_upload_has_stored_nothing(
    server: S3Server, blobs: S3Blobs, tmp_path: Path
) -> None:
    async def die(request: str) -> None:
        if "partNumber=2" in request:
            await server.kill()

    server.seen = die
    with pytest.raises(Unavailable, match="the file store does not answer"):
        await put(blobs, BIG)
    with pytest.raises(Unavailable):
        await blobs.facts(WS, HASH)
    server.seen = None
    await server.start()
    assert await blobs.facts(WS, HASH) is None
    assert (await put(blobs, BIG)).sha256 == HASH
    assert await read(blobs, HASH) == BIG
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_server_that_dies_in_a_download_is_told(server: S3Server, blobs: S3Blobs) -> None:
    await put(blobs, BIG)
    parts = blobs.stream(WS, HASH)
    await anext(parts)
    await server.kill()
    with pytest.raises(Unavailable):
        await anext(parts)
    await server.start()
    assert await read(blobs, HASH) == BIG


async def test_a_server_that_never_answers_is_given_up(server: S3Server, tmp_path: Path) -> None:
    await put(s3_blobs(server, tmp_path), b"hello")
    blobs = s3_blobs(server, tmp_path, patience_s=0.3)

    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    server.seen = hang
    with pytest.raises(Unavailable):
        await blobs.facts(WS, HELLO)
    with pytest.raises(Unavailable):
        await read(blobs, HELLO)
    with pytest.raises(Unavailable):
        await anext(blobs.all(WS))


async def test_what_is_stored_while_it_is_removed_stays(
    server: S3Server, blobs: S3Blobs, tmp_path: Path
) -> None:
    """The sweep has seen that it is old; before its request arrives somebody stores it."""
    facts = await put(blobs, b"hello")
    other = s3_blobs(server, tmp_path)
    storing: list[asyncio.Task[object]] = []
    looks = 0

    async def store_meanwhile(request: str) -> None:
        nonlocal looks
        looks += bool(storing) and request.startswith("GET") and "going" in request
        if "?delete" in request and not storing:
            storing.append(asyncio.ensure_future(put(other, b"hello")))
            while looks < 2 and not storing[0].done():
                await asyncio.sleep(0.01)  # until it is stored, and looks again for the sign

    server.seen = store_meanwhile
    await blobs.delete(WS, HELLO, before=facts.stored_at + FUTURE_MS)
    await storing[0]
    assert await read(other, HELLO) == b"hello"
    assert sum(r.startswith("PUT") and "going" not in r for r in server.requests) == 3
    assert [path for path in (tmp_path / BUCKET / "tmp").rglob("*") if path.is_file()] == []


async def test_what_is_stored_before_the_second_look_stays(
    server: S3Server, blobs: S3Blobs, tmp_path: Path
) -> None:
    """The sweep has seen that it is old, and nothing more."""
    old = await put(blobs, b"hello")
    await make_old(blobs, tmp_path, WS, HELLO, 0)

    async def store_first(request: str) -> None:
        if request.startswith("PUT") and "going" in request:
            server.seen = None
            (tmp_path / BUCKET / WS / HELLO[:2] / HELLO[2:]).write_bytes(b"hello")

    server.seen = store_first
    await blobs.delete(WS, HELLO, before=old.stored_at)
    assert any("PUT" in request and "going" in request for request in server.requests)
    assert sum("?delete" in request for request in server.requests) == 1, "the sign's"
    assert await read(blobs, HELLO) == b"hello"


async def test_who_stores_waits_for_a_sign_but_not_for_one_of_a_dead_hub(
    server: S3Server, blobs: S3Blobs, tmp_path: Path
) -> None:
    sign = tmp_path / BUCKET / GOING / "of-a-hub"
    sign.parent.mkdir(parents=True)
    sign.write_bytes(b"going")
    looked = 0

    async def count(request: str) -> None:
        nonlocal looked
        looked += "going" in request
        if looked == 3:
            os.utime(sign, (0, 0))

    server.seen = count
    await put(blobs, b"hello")
    assert looked >= 3
    assert sign.exists()
    await blobs.check()
    assert not sign.exists(), "tidied up at the next start"


async def test_who_stops_waiting_leaves_nothing_on_its_way_when_the_process_ends(
    server: S3Server, blobs: S3Blobs
) -> None:
    """The library's threads must not call into an interpreter that is ending."""
    hold = asyncio.Event()
    is_there = asyncio.Event()

    async def wait(_: str) -> None:
        is_there.set()
        await hold.wait()

    server.seen = wait
    storing = asyncio.ensure_future(put(blobs, b"hello"))
    await is_there.wait()
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert len(blobs._asked) == 1
    closing = asyncio.ensure_future(blobs.close())
    hold.set()
    await closing
    assert blobs._asked == set()


async def test_a_removal_that_broke_off_keeps_its_sign(server: S3Server, blobs: S3Blobs) -> None:
    facts = await put(blobs, b"hello")

    async def die(request: str) -> None:
        if "?delete" in request:
            await server.kill()

    server.seen = die
    with pytest.raises(Unavailable):
        await blobs.delete(WS, HELLO, before=facts.stored_at + FUTURE_MS)
    server.seen = None
    await server.start()
    assert [key async for key, _, _ in blobs._list("tmp/going")] != []


SCRIPT = """
import asyncio, sys
from pathlib import Path
from hub.clock import SystemClock
from hub.services.blobs_disk import DiskBlobs
from hub.services.blobs_s3 import Place, S3Blobs

def peak():
    line = next(l for l in open("/proc/self/status") if l.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

async def main():
    endpoint, key, secret, spool = sys.argv[1:]
    place = Place("files", "", endpoint, "us-east-1", key, secret)
    blobs = S3Blobs(place, Path(spool), SystemClock())
    async def up_and_down(megabytes):
        writer = await blobs.create("aaaaaaaa")
        for number in range(megabytes):
            await writer.write(bytes([number % 256]) * 1_000_000)
        facts = await writer.commit()
        size = 0
        async for piece in blobs.stream("aaaaaaaa", facts.sha256):
            size += len(piece)
        assert size == facts.size_bytes == megabytes * 1_000_000
    await up_and_down(1)
    before = peak()
    await up_and_down(90)
    print(peak() - before)

asyncio.run(main())
"""


async def test_a_large_file_takes_the_memory_of_some_parts(
    server: S3Server, tmp_path: Path
) -> None:
    arguments = (server.endpoint, ACCESS_KEY, SECRET_KEY, str(tmp_path / "spool"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert int(out) < 60_000_000, f"{int(out):,} bytes"


async def test_another_bucket_prefix_sees_nothing(server: S3Server, tmp_path: Path) -> None:
    ours, theirs = s3_blobs(server, tmp_path, prefix="a/b"), s3_blobs(server, tmp_path, prefix="a")
    await put(ours, b"hello")
    assert (tmp_path / BUCKET / "a/b" / WS / HELLO[:2] / HELLO[2:]).exists()
    assert await theirs.facts(WS, HELLO) is None
    with pytest.raises(NotFound):
        await read(theirs, HELLO)


async def test_the_folder_of_the_disk_is_copied_as_it_is(server: S3Server, tmp_path: Path) -> None:
    """As docs/operations.md says, by the same program."""
    disk = DiskBlobs(tmp_path / "data/files")
    stored = [await put(disk, data) for data in (b"hello", b"", BIG)]
    stray = await disk.create(WS)
    await stray.write(b"half")
    remote = {
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_REMOTE_TYPE": "s3",
        "RCLONE_CONFIG_REMOTE_PROVIDER": "Other",
        "RCLONE_CONFIG_REMOTE_ENDPOINT": server.endpoint,
        "RCLONE_CONFIG_REMOTE_ACCESS_KEY_ID": ACCESS_KEY,
        "RCLONE_CONFIG_REMOTE_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    process = await asyncio.create_subprocess_exec(
        rclone(), "copy", tmp_path / "data/files", f"remote:{BUCKET}/x", "--exclude", "/tmp/**",
        env={**remote, "HOME": str(tmp_path)},
    )  # fmt: skip
    assert await process.wait() == 0
    await stray.discard()
    blobs = s3_blobs(server, tmp_path, prefix="x")
    assert {facts.sha256 async for facts in blobs.all(WS)} == {facts.sha256 for facts in stored}
    assert await read(blobs, HASH) == BIG
    assert await read(blobs, HELLO) == b"hello"
    assert not (tmp_path / BUCKET / "x/tmp").exists()
