"""Hooks whose vendors want more than a 200: handshakes, their own answers, and only after the
events are on disk.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from hub.errors import BadSignature, Unavailable
from hub.i18n import Texts
from hub.model.inbox import Inbox
from hub.ports.channel import HookAnswer, RawRequest
from hub.ports.inbound import Ignored, InboundEvent
from hub.web.acknowledgement import Acknowledgement
from hub.web.connections import Runner
from hub.web.errors import error_middleware
from hub.web.hooks import Hooks

INBOX = Inbox(id="ws.inbox", channel="talk", name="Talk")
PATH = "/hooks/talk/ws.inbox"


class Plain:
    max_body_bytes = 1000

    def verify(self, request: RawRequest) -> None:
        if request.headers.get("X-Key") != "right":
            raise BadSignature("no")

    def parse(self, request: RawRequest) -> list[InboundEvent]:
        return [Ignored(reason=request.body.decode())]


class Answering(Plain):
    def handshake(self, request: RawRequest) -> HookAnswer | None:
        if request.method != "GET":
            return None
        if "token=right" not in request.query:
            raise BadSignature("no")
        return HookAnswer(body="12345")

    def answer(self, request: RawRequest) -> HookAnswer:
        return HookAnswer(body="<Response/>", media_type="text/xml")


class FakeJournal:
    def __init__(self) -> None:
        self.accepted: list[InboundEvent] = []
        self.is_down = False

    async def accept(self, inbox: Inbox, events: Sequence[InboundEvent]) -> None:
        if self.is_down:
            raise Unavailable("the store is down")
        self.accepted += events


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


@pytest.fixture(params=[Answering, Plain])
async def client(
    request: pytest.FixtureRequest, journal: FakeJournal
) -> AsyncIterator[aiohttp.ClientSession]:
    adapter = request.param()
    inboxes = SimpleNamespace(
        get=lambda id: INBOX if id == INBOX.id else None,
        adapter=lambda id: adapter,
        siblings=lambda inbox: [],
    )
    hooks = Hooks(
        inboxes,  # type: ignore[arg-type]
        journal,  # type: ignore[arg-type]
        error_middleware(Texts()),
        Acknowledgement(is_https=False),
    )
    runner = Runner(web.Application(), door=hooks.door, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        yield client
    await runner.cleanup()


answering = pytest.mark.parametrize("client", [Answering], indirect=True)
plain = pytest.mark.parametrize("client", [Plain], indirect=True)


@answering
async def test_a_handshake_is_answered_and_brings_no_events(
    client: aiohttp.ClientSession, journal: FakeJournal
) -> None:
    answer = await client.get(f"{PATH}?token=right")
    assert (answer.status, await answer.text()) == (200, "12345")
    assert (await client.get(f"{PATH}?token=wrong")).status == 403
    assert journal.accepted == []


@answering
async def test_the_vendor_reads_its_own_answer_once_the_events_are_kept(
    client: aiohttp.ClientSession, journal: FakeJournal
) -> None:
    answer = await client.post(PATH, data=b"hello", headers={"X-Key": "right"})
    assert (answer.status, await answer.text()) == (200, "<Response/>")
    assert answer.content_type == "text/xml"
    assert journal.accepted == [Ignored(reason="hello")]
    journal.is_down = True
    assert (await client.post(PATH, data=b"x", headers={"X-Key": "right"})).status == 503


@answering
async def test_an_unsigned_event_is_refused(
    client: aiohttp.ClientSession, journal: FakeJournal
) -> None:
    assert (await client.post(PATH, data=b"hello")).status == 403
    assert journal.accepted == []


@plain
async def test_others_are_told_ok(client: aiohttp.ClientSession, journal: FakeJournal) -> None:
    answer = await client.post(PATH, data=b"hello", headers={"X-Key": "right"})
    assert (answer.status, await answer.text()) == (200, "ok\n")
    assert (await client.get(PATH)).status == 403
