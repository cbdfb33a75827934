"""An inbox of direct messages (Messenger, Instagram) between its stand-in and a hub that verifies,
parses and collects, all over real HTTP. Used by `tests/channels/messenger` and `…/instagram`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from channels._meta.direct.adapter import DirectAdapter
from channels._meta.direct.standin import DirectStandin
from channels._meta.direct.standin_people import Written
from hub.errors import HubError
from hub.model.contact import Address
from hub.model.message import Attachment
from hub.ports.channel import OutboundMessage, RawRequest
from hub.ports.inbound import InboundEvent
from hub.standin import CustomerFile, Fault
from tests.support.adapter_context import MemoryContext
from tests.support.clock import ManualClock

APP_SECRET = "0123456789abcdef0123456789abcdef"
VERIFY_TOKEN = "a-word-of-our-own"
TOKEN = "EAAGm0PX4ZCpsBAKZCq1234567890"
SECRETS = {"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, "access_token": TOKEN}
PERSON = "5614879045270001"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def conversation_id() -> str:
    return "aaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb"


class Bench:
    """One running inbox."""

    def __init__(self, ctx: MemoryContext, standin: DirectStandin, base: str) -> None:
        self.ctx = ctx
        self.standin = standin
        self.base = base
        self.adapter: DirectAdapter
        self.received: list[InboundEvent] = []
        self.seq = 0

    @property
    def person(self) -> Address:
        return Address("handle", PERSON, self.ctx.inbox.id)

    def message(self, text: str = "", **more: Any) -> OutboundMessage:
        self.seq += 1
        given = {
            "id": f"{conversation_id()}.{self.seq}",
            "conversation_id": conversation_id(),
            "seq": self.seq,
            "to": self.person,
            "text": text,
            "at": self.ctx.clock.now_ms(),
            "last_inbound_at": self.ctx.clock.now_ms() - 60_000,
        }
        return OutboundMessage(**{**given, **more})

    async def file(self, media_type: str, data: bytes = PNG, name: str = "a.bin") -> Attachment:
        return await self.ctx.files.save(data, name, declared_type=media_type)

    def fault(self, kind: Any, **more: Any) -> None:
        self.standin.desk.faults.append(Fault(kind=kind, **more))

    async def writes(self, text: str = "", **more: Any) -> list[InboundEvent]:
        """What the hub got of something that a customer wrote."""
        before = len(self.received)
        await self.standin.write(Written(address=PERSON, text=text, **more), self.base)
        return self.received[before:]

    async def phone(self, path: str, **body: Any) -> list[InboundEvent]:
        """What the hub got of something that a customer did."""
        before = len(self.received)
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.base}/_customer/{path}", json={"address": PERSON, **body}
            ) as answer,
        ):
            assert answer.status < 300, await answer.text()
        return self.received[before:]

    def sent(self) -> dict[str, Any]:
        """Body of the last call of the Send API."""
        calls = [e for e in self.standin.desk.ledger if e.path.endswith("/me/messages")]
        body: dict[str, Any] = msgspec.json.decode(calls[-1].body)
        return body

    def calls(self, tail: str) -> int:
        return sum(e.path.partition("?")[0].endswith(tail) for e in self.standin.desk.ledger)


def attached(media_type: str, data: bytes = PNG, name: str = "photo.png") -> CustomerFile:
    return CustomerFile(name, media_type, data)


@asynccontextmanager
async def bench(
    make_standin: Callable[[ManualClock], DirectStandin],
    make_adapter: Callable[[Any], DirectAdapter],
    config: dict[str, Any],
    *,
    is_started: bool = True,
) -> AsyncIterator[Bench]:
    clock = ManualClock()
    standin = make_standin(clock)
    async with served(standin.app()) as base:
        ctx = MemoryContext({**config, "api_base": base}, clock=clock)
        found = Bench(ctx, standin, base)
        async with served(_hub(found)) as hub:
            ctx.inbox = msgspec.structs.replace(ctx.inbox, public_url=hub)
            found.adapter = make_adapter(ctx)
            standin.meet(PERSON, wrote_at=clock.now_ms())
            try:
                if is_started:
                    await _connect(found, hub)
                yield found
            finally:
                await found.adapter.stop()
                assert await ctx.tasks.close() == []
                await ctx.http.close()
        assert ctx.crashes == []


async def _connect(found: Bench, hub: str) -> None:
    await found.adapter.start()
    hook = {
        "url": hub + found.ctx.inbox.hook_path,
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{found.base}/_hook", json=hook) as answer,
    ):
        assert answer.status == 200, await answer.text()
    found.standin.desk.ledger.clear()


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _hub(found: Bench) -> web.Application:
    """What `hub.web.hooks` and the files' links do."""

    async def hook(request: web.Request) -> web.Response:
        raw = RawRequest(
            method=request.method,
            path=request.path,
            query=request.query_string,
            headers=dict(request.headers),
            body=await request.read(),
        )
        try:
            told = found.adapter.handshake(raw)
            if told is None:
                found.adapter.verify(raw)
                found.received += found.adapter.parse(raw)
                told = found.adapter.answer(raw)
        except HubError as refused:
            return web.Response(status=403, text=refused.code)
        return web.Response(status=told.status, text=told.body, content_type=told.media_type)

    async def file(request: web.Request) -> web.Response:
        _, data = found.ctx.files.saved[request.match_info["id"]]
        return web.Response(body=data, content_type="application/octet-stream")

    app = web.Application()
    app.router.add_route("*", found.ctx.inbox.hook_path, hook)
    app.router.add_get("/files/{id}", file)
    return app
