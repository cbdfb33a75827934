"""Files that vendors keep, over both stores: shown at once, fetched later, over crashes, outages
and lies.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from hub.clock import SystemClock
from hub.errors import AuthFailed, NotFound, TooLarge, TransientFailure
from hub.model.message import Attachment
from hub.ports.collections import ALL, FILES
from hub.ports.inbound import MediaRef, MessageDeleted
from hub.services import migrate
from hub.store.migrations import ALL as MIGRATIONS
from tests.support.core import Core, bear, running_core
from tests.support.phone_channel import ANN, Network, sms
from tests.support.real_hub import JumpingClock
from tests.support.stores import KINDS, fresh_store

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636060606000000005000148afa4710000000049454e44ae426082"
)


@pytest.fixture
def net() -> Network:
    return Network()


@pytest.fixture
def jumping() -> JumpingClock:
    return JumpingClock()


@pytest.fixture(params=KINDS)
async def core(
    request: pytest.FixtureRequest, tmp_path: Path, net: Network, jumping: JumpingClock
) -> AsyncIterator[Core]:
    async with running_core(request.param, tmp_path, jumping, net) as core:
        yield core


async def _until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await what():
            await asyncio.sleep(0.02)


async def _receive(core: Core, *media: MediaRef, event_id: str = "m1") -> None:
    event = sms("Look", event_id, media=list(media))
    await core.wire.receive(core.inboxes["phone"].id, event)
    await core.hub.journal.settle()


async def _files(core: Core) -> list[Attachment]:
    return [file for message in await core.messages() for file in message.attachments]


async def test_a_message_shows_at_once_and_its_file_follows(core: Core, net: Network) -> None:
    net.is_stuck = True
    net.media["f1"] = PNG
    sent = MediaRef(
        ref="f1", media_type="video/mp4", is_voice=True, sha256=hashlib.sha256(PNG).hexdigest()
    )
    await _receive(core, sent)
    [waiting] = await _files(core)
    assert (waiting.state, waiting.file_id, waiting.name) == ("fetching", "", "video.mp4")
    net.is_stuck = False
    await core.hub.receiving.media.settle()
    [file] = await _files(core)
    # What the bytes show counts, not what the vendor says.
    assert (file.state, file.media_type, file.is_voice) == ("ready", "image/png", True)
    files = core.hub.services.files
    stored = await files.require(core.workspace, file.file_id)
    assert await files.read(stored) == PNG
    assert stored.conversation_id == (await core.conversations())[0].id


@pytest.mark.parametrize(
    "ref",
    [
        MediaRef(ref="gone"),
        MediaRef(ref="large"),
        MediaRef(ref="f1", sha256="0" * 64),
        MediaRef(ref="f1", size_bytes=10**12),
    ],
)
async def test_what_will_never_come_says_so(core: Core, net: Network, ref: MediaRef) -> None:
    net.media = {"f1": b"bytes", "gone": NotFound("404"), "large": TooLarge("big", 1)}
    await _receive(core, ref)
    await core.hub.receiving.media.settle()
    [file] = await _files(core)
    assert (file.state, file.file_id) == ("failed", "")


async def test_an_outage_and_refused_credentials_only_delay_a_file(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    for fault in (TransientFailure("down"), AuthFailed("token")):
        net.media["f1"] = fault
        event_id = f"m-{fault.code}"
        await _receive(core, MediaRef(ref="f1", name="a.txt"), event_id=event_id)

        async def was_tried() -> bool:
            return net.most_fetching > 0 and net.fetching == 0

        await _until(was_tried)
        assert (await _files(core))[-1].state == "fetching"
        net.media["f1"] = b"text"
        jumping.jump(60)
        await core.hub.receiving.media.settle()
        assert (await _files(core))[-1].state == "ready"


async def test_few_files_of_an_inbox_are_fetched_at_once(core: Core, net: Network) -> None:
    net.media = {f"f{n}": b"x" for n in range(30)}
    net.is_stuck = True
    await _receive(core, *[MediaRef(ref=f"f{n}", name=f"{n}.txt") for n in range(30)])

    async def is_busy() -> bool:
        return net.fetching == 4

    await _until(is_busy)
    net.is_stuck = False
    await core.hub.receiving.media.settle()
    files = await _files(core)
    assert [file.name for file in files] == [f"{n}.txt" for n in range(30)]
    assert {file.state for file in files} == {"ready"}
    assert net.most_fetching == 4


async def test_a_file_of_a_deleted_message_is_not_kept(core: Core, net: Network) -> None:
    net.is_stuck = True
    net.media["f1"] = b"secret"
    await _receive(core, MediaRef(ref="f1", name="a.txt"))
    gone = MessageDeleted(event_id="d1", provider_id="m1", sender=ANN, at=9)
    await core.wire.receive(core.inboxes["phone"].id, gone)
    await core.hub.journal.settle()
    net.is_stuck = False
    await core.hub.receiving.media.settle()
    assert await _files(core) == []
    kept = await core.store.find(FILES, core.workspace, {})
    assert [doc for doc in kept.docs if doc["conversation_id"]] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_hub_fetches_on_in_its_next_life(kind: str, tmp_path: Path) -> None:
    clock, net = SystemClock(), Network()
    net.is_stuck = True
    net.media = {"f1": b"one", "f2": b"two"}
    async with fresh_store(kind, tmp_path, clock, ALL) as store:
        await migrate.migrate(store, clock, MIGRATIONS)
        core = await bear(store, tmp_path, net, clock)
        refs = [MediaRef(ref="f1", name="1.txt"), MediaRef(ref="f2", name="2.txt")]
        await _receive(core, *refs)
        await core.die()
        net.adapters.clear()
        net.is_stuck = False
        core = await bear(store, tmp_path, net, clock)
        await core.hub.receiving.media.settle()
        assert [(f.name, f.state) for f in await _files(core)] == [
            ("1.txt", "ready"),
            ("2.txt", "ready"),
        ]
        await core.die()
