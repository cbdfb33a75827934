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
from hub.errors import (
    AuthFailed,
    BadInput,
    ContentRejected,
    NotFound,
    TooLarge,
    TooMany,
    TransientFailure,
)
from hub.model.message import Attachment, Message
from hub.ports.collections import ALL, FILES, MEDIA_JOBS
from hub.ports.inbound import MediaRef, MessageDeleted
from hub.ports.store import Patch
from hub.services import migrate
from hub.services.media import job_id
from hub.store.migrations import ALL as MIGRATIONS
from tests.support.core import Core, bear, running_core
from tests.support.merging import next_life
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
    async with asyncio.timeout(90):
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
        net.is_stuck = False
        core = await next_life(store, tmp_path, net)
        await core.hub.receiving.media.settle()
        assert [(f.name, f.state) for f in await _files(core)] == [
            ("1.txt", "ready"),
            ("2.txt", "ready"),
        ]
        await core.die()


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (MediaRef(ref="gone"), "gone"),
        (MediaRef(ref="large"), "too_large"),
        (MediaRef(ref="f1", size_bytes=10**12), "too_large"),
        (MediaRef(ref="f1", sha256="0" * 64), "changed"),
        (MediaRef(ref="refused"), "refused"),
    ],
)
async def test_a_lost_file_says_why(core: Core, net: Network, ref: MediaRef, reason: str) -> None:
    net.media = {"f1": b"bytes", "gone": NotFound("404"), "large": TooLarge("big", 1),
                 "refused": ContentRejected("no")}  # fmt: skip
    await _receive(core, ref)
    await core.hub.receiving.media.settle()
    [file] = await _files(core)
    assert (file.state, file.reason) == ("failed", reason)


async def _lost(core: Core, net: Network, ref: str = "f1") -> Message:
    """A message whose file the vendor did not have."""
    net.media.setdefault(ref, NotFound("404"))
    await _receive(core, MediaRef(ref=ref, name="a.txt"))
    await core.hub.receiving.media.settle()
    [message] = await core.messages()
    return message


async def test_a_person_may_ask_for_a_lost_file_again(core: Core, net: Network) -> None:
    message = await _lost(core, net)
    net.media["f1"] = b"text"
    net.is_stuck = True
    asked = await core.hub.receiving.lost_files.fetch_again(message, 0)
    assert (asked.attachments[0].state, asked.attachments[0].reason) == ("fetching", "")
    again = await core.hub.receiving.lost_files.fetch_again(asked, 0)
    assert again.attachments[0].state == "fetching", "it is under way"
    net.is_stuck = False
    await core.hub.receiving.media.settle()
    [file] = await _files(core)
    assert (file.state, file.reason) == ("ready", "")
    with pytest.raises(NotFound):
        await core.hub.receiving.lost_files.fetch_again((await core.messages())[0], 0)


async def test_asking_for_a_lost_file_has_limits(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    message = await _lost(core, net)
    ask = core.hub.receiving.lost_files.fetch_again
    for _ in range(5):
        await ask(message, 0)
        await core.hub.receiving.media.settle()
        message = (await core.messages())[0]
        assert message.attachments[0].reason == "gone"
        with pytest.raises(TooMany):
            await ask(message, 0)
        jumping.jump(61)
    with pytest.raises(BadInput, match="too often"):
        await ask(message, 0)
    for position in (-1, 1):
        with pytest.raises(NotFound):
            await ask(message, position)


async def test_what_is_too_large_is_not_asked_for_again(core: Core, net: Network) -> None:
    net.media["f1"] = TooLarge("big", 1)
    message = await _lost(core, net)
    with pytest.raises(BadInput):
        await core.hub.receiving.lost_files.fetch_again(message, 0)


async def test_a_lost_file_is_forgotten_after_a_month(
    core: Core, net: Network, jumping: JumpingClock
) -> None:
    message = await _lost(core, net)
    jumping.jump(29 * 24 * 3600)
    net.media["f1"] = b"text"
    kept = await core.store.get(MEDIA_JOBS, job_id(message.id, 0))
    assert kept is not None and kept["expires_at"] > jumping.now_ms()
    await core.hub.receiving.lost_files.fetch_again(message, 0)
    await core.hub.receiving.media.settle()
    assert (await _files(core))[0].state == "ready"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wish_for_a_lost_file_survives_a_crash(kind: str, tmp_path: Path) -> None:
    """Between the job and what the message shows."""
    clock, net = SystemClock(), Network()
    async with fresh_store(kind, tmp_path, clock, ALL) as store:
        await migrate.migrate(store, clock, MIGRATIONS)
        core = await bear(store, tmp_path, net, clock)
        message = await _lost(core, net)
        await core.die()
        net.media["f1"] = b"text"
        waits = {"state": "waiting", "attempts": 9, "expires_at": 0, "asked": 1}
        await store.patch(MEDIA_JOBS, job_id(message.id, 0), Patch(set=waits))
        core = await next_life(store, tmp_path, net)
        await core.hub.receiving.media.settle()
        assert [file.state for file in await _files(core)] == ["ready"]
        await core.die()
