"""A Telegram inbox against the stand-in, over real HTTP in both directions; every call and every
update of the stand-in is checked against the API's description.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import pytest

from channels.telegram.adapter import Adapter
from channels.telegram.config import SPEC
from channels.telegram.ids import address
from channels.telegram.standin import Standin
from channels.telegram.standin_bot import Bot
from hub.model.contact import Address
from hub.ports.inbound import InboundEvent
from hub.services.inbox_config import check_config
from hub.standin import Fault
from tests.channels.telegram.bot_api import bot_api
from tests.channels.telegram.sample import SOMEBODY, TOKEN
from tests.support.adapter_context import MemoryContext
from tests.support.channel_hook import Hook, hook_of, served


@dataclass
class World:
    """An inbox that has started, the stand-in, and the hub's hook between them."""

    ctx: MemoryContext
    adapter: Adapter
    vendor: Standin
    hook: Hook
    base: str
    http: aiohttp.ClientSession

    @property
    def bot(self) -> Bot:
        return self.vendor.bot(TOKEN)

    @property
    def to(self) -> Address:
        return address(SOMEBODY)

    @property
    def calls(self) -> list[str]:
        """Methods that were called, in order."""
        ledger = self.vendor.desk.ledger
        return [e.path.rsplit("/", 1)[-1] for e in ledger if e.path.startswith("/bot")]

    async def customer(self, path: str = "messages", **what: Any) -> str:
        """Something on the customer's phone; the message's id."""
        body = {"address": str(SOMEBODY), "name": "Zoë", **what}
        if path != "messages":
            del body["name"]
        async with self.http.post(f"{self.base}/_customer/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return str((await answer.json())["id"])

    async def send_file(self, data: bytes, media_type: str, name: str = "", **more: Any) -> str:
        file = {"name": name, "media_type": media_type, "data": base64.b64encode(data).decode()}
        return await self.customer(file=file | more.pop("as_file", {}), **more)

    async def phone(self, after: str = "") -> list[dict[str, Any]]:
        """What the customer's phone shows."""
        params = {"address": str(SOMEBODY), "after": after}
        async with self.http.get(f"{self.base}/_customer/messages", params=params) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found

    def event(self) -> InboundEvent:
        """The last that came in."""
        return self.ctx.events[-1]

    def fault(self, kind: Any, path: str = "send", **more: Any) -> None:
        self.vendor.desk.faults.append(Fault(kind=kind, path=path, **more))


#: Makes a world out of further settings; `is_started=False` leaves the start to the test.
MakeWorld = Callable[..., AbstractAsyncContextManager[World]]


@asynccontextmanager
async def a_world(*, is_started: bool = True, **settings: Any) -> AsyncIterator[World]:
    ctx = MemoryContext({})
    vendor = Standin(ctx.clock, validate=bot_api().call)
    async with (
        served(vendor.app()) as base,
        hook_of(ctx) as hook,
        aiohttp.ClientSession() as http,
    ):
        config = check_config(SPEC, {"token": TOKEN, "api_base": base, **settings})
        ctx.inbox = msgspec.structs.replace(ctx.inbox, config=config, public_url=hook.url)
        adapter = hook.adapter = Adapter(ctx)
        vendor.bot(TOKEN).meet(SOMEBODY, "Zoë")
        world = World(ctx, adapter, vendor, hook, base, http)
        if is_started:
            await adapter.start()
            await ctx.until(lambda: ("connected", "") in ctx.states)
        yield world
        await world.adapter.stop()
        await ctx.http.close()
        assert ctx.tasks.names() == []
        assert ctx.crashes == []
        assert vendor.complaints == []


@pytest.fixture
def make_world() -> MakeWorld:
    return a_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made
