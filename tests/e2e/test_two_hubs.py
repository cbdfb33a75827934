"""Two hubs as processes on one MongoDB with a real Redis: a customer at one, an agent at the other;
one is killed; Redis is gone for a while; a proxy gives each request to any of them.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.clock import SystemClock
from hub.ports.collections import ALL, INBOXES, MESSAGES, OUTBOX, WORKSPACES
from hub.ports.store import Doc
from hub.store.open import make_store
from tests.chaos import faults
from tests.chaos.pair import Member, member
from tests.chaos.server import ADMIN, PASSWORD, free_port
from tests.support.live_client import LiveClient
from tests.support.nginx import running_nginx
from tests.support.redis_server import RedisServer, running_redis
from tests.support.stores import drop_database, mongo_database, mongo_uri
from tests.support.visitor import Visitor
from tests.support.web import API, Browser

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
PATIENCE_S = 90.0


class Scene:
    """Two hubs, and what stands around them."""

    def __init__(self, hubs: list[Member], redis: RedisServer, url: str, folder: Path) -> None:
        self.hubs = hubs
        self.redis = redis
        self._url = url
        self._folder = folder

    async def docs(self, coll: Any) -> list[Doc]:
        """Straight from the database, whichever hub is alive."""
        store = make_store(self._url, self._folder, SystemClock())
        await store.open(ALL)
        try:
            return (await store.dump(coll)).docs
        finally:
            await store.close()

    async def hook(self, base: str) -> str:
        inboxes = [doc for doc in await self.docs(INBOXES) if doc["channel"] == "webchat"]
        return f"{base}/hooks/webchat/{inboxes[0]['_id']}"

    async def texts(self) -> Counter[str]:
        return Counter(d["text"] for d in await self.docs(MESSAGES) if d["kind"] == "message")


@asynccontextmanager
async def scene(folder: Path, public_url: str = "") -> AsyncIterator[Scene]:
    uri = mongo_uri()
    database = f"test_{uuid.uuid4().hex[:12]}"
    url = mongo_database(uri, database)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(running_redis())
        hubs = [member(folder, number, url) for number in (1, 2)]
        try:
            for hub in hubs:
                hub.shared_data_dir = folder / "data"
                hub.env = {"HUB_REDIS_URL": redis.url, faults.LEASE_MS: "6000"}
                if public_url:
                    hub.env["HUB_PUBLIC_URL"] = public_url
                await hub.start()
            yield Scene(hubs, redis, url, folder)
        finally:
            for hub in hubs:
                await hub.kill()
            await drop_database(uri, database)


class Widget:
    """A page with the chat open at one hub."""

    def __init__(self, session: aiohttp.ClientSession, base: str, hook: str) -> None:
        self.visitor = Visitor(session, base, hook)
        self._session, self._base, self._hook = session, base, hook
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self.seen: dict[int, str] = {}

    async def open(self) -> None:
        origin = {"Origin": self._base}
        self._ws = await self._session.ws_connect(f"{self._hook}/socket", headers=origin)
        await self._ws.send_json({"type": "hello", "token": self.visitor.token})

    async def until(self, text: str) -> None:
        assert self._ws is not None
        async with asyncio.timeout(PATIENCE_S):
            while text not in self.seen.values():
                frame = await self._ws.receive_json()
                for message in frame.get("messages", ()):
                    self.seen[message["seq"]] = message["text"]


async def _agent(session: aiohttp.ClientSession, base: str) -> tuple[Browser, LiveClient]:
    browser = Browser(base, session)
    await browser.sign_in(ADMIN, PASSWORD)
    client = LiveClient(browser)
    await client.load()
    await client.come_back()
    return browser, client


def _known(client: LiveClient) -> dict[int, str]:
    """Texts by number, of the only conversation."""
    [timeline] = client.state["messages"].values()
    return {m["seq"]: m["text"] for m in timeline.values() if m["kind"] == "message"}


async def _see(client: LiveClient, text: str) -> None:
    """Apply live frames until the agent's inbox holds `text`."""
    async with asyncio.timeout(PATIENCE_S):
        while not any(
            message["text"] == text
            for timeline in client.state["messages"].values()
            for message in timeline.values()
        ):
            await client.follow_one()


async def _reply(browser: Browser, client: LiveClient, text: str) -> None:
    [conversation] = client.state["conversations"]
    client_id = f"client-{text.replace(' ', '-')}"
    body = {"client_id": client_id, "kind": "message", "text": text}
    status, answer = await browser.ask("POST", f"{API}/conversations/{conversation}/messages", body)
    assert status == 200, answer


async def test_one_chat_over_two_hubs(tmp_path: Path) -> None:
    async with (
        scene(tmp_path) as town,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        first, second = town.hubs
        widget = Widget(session, first.base, await town.hook(first.base))
        browser, agent = await _agent(session, second.base)
        await widget.visitor.say("Hello from the first hub")
        await widget.open()
        await _see(agent, "Hello from the first hub")
        await _reply(browser, agent, "An answer from the second")
        await widget.until("An answer from the second")
        await _see(agent, "An answer from the second")
        assert widget.seen == _known(agent)

        await town.redis.kill()
        await widget.visitor.say("Redis is gone")
        await _see(agent, "Redis is gone")
        async with asyncio.timeout(PATIENCE_S):
            while not agent.resyncs:  # live updates have become a poll
                await agent.follow_one()
        await _reply(browser, agent, "I can hear you")
        await widget.until("I can hear you")
        await town.redis.start()

        await first.kill()
        again = Widget(session, second.base, await town.hook(second.base))
        again.visitor.token = widget.visitor.token
        again.visitor._headers["Authorization"] = f"Bearer {widget.visitor.token}"
        again.visitor._numbers = widget.visitor._numbers
        await again.visitor.say("The first hub is dead")
        await again.open()
        await _see(agent, "The first hub is dead")
        await _reply(browser, agent, "The second goes on")
        await again.until("The second goes on")

        await first.start()
        third, other = await _agent(session, first.base)
        await _reply(third, other, "Both are back")
        await again.until("Both are back")
        for client in (agent, other):
            await _see(client, "Both are back")
        assert _known(agent) == _known(other)
        assert set((await town.texts()).values()) == {1}, "nothing is doubled"
        assert len(await town.texts()) == 7, "nothing is lost"
        assert {row["state"] for row in await town.docs(OUTBOX)} == {"accepted"}


async def test_any_hub_serves_any_request_behind_a_proxy(tmp_path: Path) -> None:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    async with (
        scene(tmp_path, public) as town,
        running_nginx(tmp_path / "nginx", [hub.port for hub in town.hubs], port) as url,
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(force_close=True)
        ) as session,
    ):
        assert url == public
        widget = Widget(session, public, await town.hook(public))
        browser, agent = await _agent(session, public)
        await widget.visitor.say("Hello")
        await widget.open()
        await _see(agent, "Hello")
        for number in range(12):
            await _reply(browser, agent, f"answer {number}")
            await widget.until(f"answer {number}")
        await _see(agent, "answer 11")
        assert widget.seen == _known(agent)
        assert set((await town.texts()).values()) == {1}
        assert len(await town.docs(WORKSPACES)) == 1
