"""A running inbox of web chat on a real port, and a browser's half of its protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from channels.webchat.adapter import Adapter
from tests.support.chat_context import ChatContext, Site, app_for
from tests.support.clock import ManualClock

ORIGIN = "https://shop.example"
SECRET = "s" * 40
PUBLIC_URL = "https://hub.example"
CONFIG = {"origins": [ORIGIN], "identity_secret": SECRET}


class Visitor:
    """Speaks to one inbox as the widget does."""

    def __init__(self, http: aiohttp.ClientSession, base: str, ctx: ChatContext) -> None:
        self._http = http
        self.base = base
        self.ctx = ctx
        self.token = ""
        self.said: dict[str, Any] = {}

    async def call(
        self, method: str, path: str, *, origin: str | None = ORIGIN, **options: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        if origin is not None:
            headers["Origin"] = origin
        url = f"{self.base}/{path}"
        async with self._http.request(method, url, headers=headers, **options) as response:
            return response.status, await response.json()

    async def open(self, **ask: Any) -> dict[str, Any]:
        status, said = await self.call("POST", "session", json={"token": self.token, **ask})
        assert status == 200, said
        self.said = said
        self.token = said["token"]
        return self.said

    async def write(self, text: str, client_id: str = "client-0001", **more: Any) -> Any:
        body = {"client_id": client_id, "text": text, **more}
        return await self.call("POST", "messages", json=body)

    async def upload(self, data: Any, name: str = "a.txt", kind: str = "text/plain") -> Any:
        headers = {"Content-Type": kind, "X-File-Name": name}
        return await self.call("POST", "files", data=data, headers=headers)

    async def socket(self, **hello: Any) -> aiohttp.ClientWebSocketResponse:
        """A socket after its hello was sent."""
        ws = await self.connect()
        await ws.send_json({"type": "hello", "token": self.token, **hello})
        return ws

    async def connect(self, origin: str | None = ORIGIN) -> aiohttp.ClientWebSocketResponse:
        headers = {"Origin": origin} if origin is not None else {}
        return await self._http.ws_connect(f"{self.base}/socket", headers=headers)


async def frames_until(ws: aiohttp.ClientWebSocketResponse, kind: str) -> list[dict[str, Any]]:
    """Frames up to and with the first of `kind`."""
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["type"] != kind:
        frames.append(await ws.receive_json(timeout=5))
    return frames


async def start(
    config: dict[str, Any], clock: ManualClock, **more: Any
) -> tuple[ChatContext, Site]:
    ctx = ChatContext(config, public_url=more.get("public_url", PUBLIC_URL), clock=clock)
    ctx.adapter = Adapter(ctx)
    await ctx.adapter.start()
    site = Site(app_for(ctx))
    await site.start()
    return ctx, site


@pytest.fixture
async def ctx_and_site(clock: ManualClock) -> AsyncIterator[tuple[ChatContext, Site]]:
    ctx, site = await start(CONFIG, clock)
    yield ctx, site
    await ctx.close()
    await site.stop()


@pytest.fixture
def ctx(ctx_and_site: tuple[ChatContext, Site]) -> ChatContext:
    return ctx_and_site[0]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def stranger(ctx_and_site: tuple[ChatContext, Site], http: aiohttp.ClientSession) -> Visitor:
    """A second browser."""
    ctx, site = ctx_and_site
    return Visitor(http, site.url + ctx.inbox.hook_path, ctx)


@pytest.fixture
def visitor(ctx_and_site: tuple[ChatContext, Site], http: aiohttp.ClientSession) -> Visitor:
    ctx, site = ctx_and_site
    return Visitor(http, site.url + ctx.inbox.hook_path, ctx)
